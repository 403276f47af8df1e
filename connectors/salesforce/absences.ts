/**
 * What the org does not have, or hides from the Run-As user. One such field makes Salesforce refuse the
 * whole statement, so it is left out for an hour; then it is tried again, in case somebody granted it.
 */
import type { ConnectorContext } from '../../src/connector/index.ts';
import { childKey, columnOf, complaint, fieldKey, pathKey, relationshipsOf } from './complaint.ts';
import type { Field } from './fields.ts';
import { write, type Select } from './soql.ts';
import type { Child, Statement } from './statements.ts';

/** A statement without what is absent. */
export interface Pruned {
  readonly statement: Statement;
  readonly soql: string;
  /** Sections whose records can't be had. */
  readonly without: readonly Child['section'][];
}

const REMEMBERED = 3_600_000;

export class Absences {
  readonly #context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>;
  /** By key in lower case, for names are not case-sensitive: `field contact.tier__c`, `object lead`. */
  readonly #until = new Map<string, { readonly until: number; readonly what: string }>();
  readonly #warned = new Set<string>();
  #told: string | undefined;

  constructor(context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>) {
    this.#context = context;
  }

  /** @returns `undefined` when the Run-As user may not read the object at all. */
  prune(statement: Statement): Pruned | undefined {
    if (this.#isAbsent(`object ${statement.object}`)) return undefined;
    const children = statement.children.filter(
      (child) => !this.#isAbsent(childKey(statement, child.relationship)),
    );
    const pruned: Statement = {
      ...statement,
      fields: this.#present(statement, statement.fields),
      children: children.map((child) => ({
        ...child,
        fields: this.#present(statement, child.fields),
      })),
      orderBy: statement.orderBy.filter(
        (order) => !this.#isAbsent(fieldKey(statement.object, columnOf(order))),
      ),
    };
    const kept = new Set(children);
    const without = statement.children.filter((child) => !kept.has(child));
    return {
      statement: pruned,
      soql: write(asSelect(pruned)),
      without: without.map(({ section }) => section),
    };
  }

  /**
   * @param statement as it was asked.
   * @param message Salesforce's, with the code INVALID_FIELD or INVALID_TYPE.
   * @returns false when the statement would be the same again.
   */
  learn(statement: Statement, message: string): boolean {
    const keys = complaint(statement, message);
    for (const key of keys) this.#add(key);
    return keys.length > 0;
  }

  /**
   * @param visible the object's fields as the Run-As user sees them, in lower case.
   * @param asked those that are not among them are absent.
   */
  learnFrom(object: string, visible: ReadonlySet<string>, asked: readonly Field[]): void {
    const hidden = asked.filter(
      ({ path, needed, object: home }) =>
        home === object && !needed && !visible.has(columnOf(path).toLowerCase()),
    );
    for (const { path } of hidden) this.#add(fieldKey(object, columnOf(path)));
  }

  /** Shows the operator what is left out at present, or withdraws it. */
  tell(): void {
    const now = this.#context.clock.now();
    const names = [...this.#until.values()].filter(({ until }) => until > now);
    const text =
      names.length === 0
        ? undefined
        : `not there, or hidden from the Run-As user: ${names
            .map(({ what }) => what)
            .sort()
            .join(', ')}`;
    if (text !== this.#told) this.#context.setNotice('fields', text);
    this.#told = text;
  }

  #present(statement: Statement, fields: readonly Field[]): readonly Field[] {
    return fields.filter(
      ({ path, object, needed }) =>
        needed ||
        !(
          this.#isAbsent(fieldKey(object, columnOf(path))) ||
          relationshipsOf(path).some((name) => this.#isAbsent(pathKey(statement, name)))
        ),
    );
  }

  #isAbsent(key: string): boolean {
    const entry = this.#until.get(key.toLowerCase());
    return entry !== undefined && entry.until > this.#context.clock.now();
  }

  #add(key: string): void {
    const what = key.replace(/^(field|object) /, '');
    const until = this.#context.clock.now() + REMEMBERED;
    this.#until.set(key.toLowerCase(), { until, what });
    if (this.#warned.has(what)) return;
    this.#warned.add(what);
    this.#context.log.warn(
      'Salesforce does not have this, or hides it from the Run-As user: left out, tried again hourly',
      { what },
    );
  }
}

function asSelect(statement: Statement): Select {
  return {
    ...statement,
    from: statement.object,
    fields: statement.fields.map(({ path }) => path),
    children: statement.children.map((child) => ({
      ...child,
      from: child.relationship,
      fields: child.fields.map(({ path }) => path),
    })),
  };
}
