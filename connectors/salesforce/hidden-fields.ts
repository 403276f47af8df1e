/**
 * What the org does not have, or hides from the Run-As user. One such field makes Salesforce refuse the whole
 * statement, so it is omitted. An object's description lists what the user sees: it teaches all fields at once,
 * and once an hour it travels along with a lookup to find out what has been granted since, one object at a time.
 */
import { Omissions, type ConnectorContext } from '../../src/connector/index.ts';
import {
  childKey,
  columnOf,
  fieldKey,
  objectKey,
  parseFieldError,
  pathKey,
  relationshipsOf,
} from './field-errors.ts';
import type { Field } from './fields.ts';
import type { Subrequest } from './session.ts';
import type { Child, Statement } from './statements.ts';

const CHECK_INTERVAL_MS = 3_600_000;

/** A statement without what is hidden. */
export interface ReadableStatement {
  readonly statement: Statement;
  /** Sections whose records cannot be read. */
  readonly omittedSections: readonly Child['section'][];
}

/** How to find out that something is no longer hidden. */
interface Check {
  /** The object whose description says so. */
  readonly object: string;
  /** In lower case: the field or relationship it must list. Without it the description itself is enough. */
  readonly listed: string | undefined;
}

export class HiddenFields {
  /** By key in lower case, since names are not case-sensitive: `field contact.tier__c`, `object lead`. */
  readonly #omissions: Omissions;
  readonly #clock: ConnectorContext['clock'];
  readonly #checks = new Map<string, Check>();
  readonly #checkedAtMs = new Map<string, number>();
  /** The objects behind the tenant's relationships, by `contact.region__r`, as descriptions name them. */
  readonly #parents = new Map<string, string>();

  constructor(context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>) {
    this.#clock = context.clock;
    this.#omissions = new Omissions(context, {
      notice: 'fields',
      message: (names) => `not there, or hidden from the Run-As user: ${names.join(', ')}`,
      untilRestored: true,
    });
  }

  /** @returns `undefined` when the Run-As user may not read the object at all. */
  omitFrom(statement: Statement): ReadableStatement | undefined {
    if (this.#isHidden(objectKey(statement))) return undefined;
    const isHidden = ({ relationship }: Child) => this.#isHidden(childKey(statement, relationship));
    return {
      statement: {
        ...this.#withoutHidden(statement, statement),
        children: statement.children
          .filter((child) => !isHidden(child))
          .map((child) => this.#withoutHidden(statement, child)),
      },
      omittedSections: statement.children.filter(isHidden).map(({ section }) => section),
    };
  }

  /**
   * @param statement as it was sent.
   * @param message Salesforce's, with the code INVALID_FIELD or INVALID_TYPE.
   * @returns false when the statement would be the same again.
   */
  recordFrom(statement: Statement, message: string): boolean {
    const keys = parseFieldError(statement, message);
    for (const key of keys) this.#hide(key, this.#checkFor(statement, key));
    return keys.length > 0;
  }

  /**
   * Hides what the description of an object does not list.
   * @param fields those requested, of any object.
   */
  recordUnlisted(object: string, description: unknown, fields: readonly Field[]): void {
    const listed = visibleFields(description);
    if (listed === undefined) return;
    for (const [relationship, parent] of parentsIn(description)) {
      this.#parents.set(`${object}.${relationship}`.toLowerCase(), parent);
    }
    for (const { path, needed, object: home } of fields) {
      const column = columnOf(path);
      const isListed = listed.has(column.toLowerCase());
      if (this.#describedBy(home) === object && !needed && !isListed) {
        this.#hide(fieldKey(home, column), { object, listed: column.toLowerCase() });
      }
    }
  }

  /** Hides the records of an object that has no description for the Run-As user. */
  recordUnreadable(object: string, statement: Statement): void {
    for (const { relationship } of statement.children) {
      const check = this.#checkFor(statement, childKey(statement, relationship));
      if (check.object === object) this.#hide(childKey(statement, relationship), check);
    }
  }

  /** Restores what the description lists. @returns whether there was anything. */
  restoreListed(object: string, description: unknown): boolean {
    const listed = visibleFields(description);
    if (listed === undefined) return false;
    const granted = [...this.#checks].filter(
      ([, check]) =>
        check.object === object && (check.listed === undefined || listed.has(check.listed)),
    );
    for (const [key] of granted) {
      this.#checks.delete(key);
      this.#omissions.restore(key);
    }
    return granted.length > 0;
  }

  /**
   * The object whose description should travel along this time, as something of it has been hidden for an hour.
   * Only one, because descriptions are long.
   */
  dueObject(): string | undefined {
    const objects = new Set([...this.#checks.values()].map(({ object }) => object));
    const due = [...objects].find(
      (object) =>
        this.#clock.monotonic() - (this.#checkedAtMs.get(object) ?? 0) >= CHECK_INTERVAL_MS,
    );
    // Lookups at the same time need not ask as well.
    if (due !== undefined) this.#checkedAtMs.set(due, this.#clock.monotonic());
    return due;
  }

  /** Those of the fields that are visible; all of them when none is, since a statement needs one. */
  visibleOf(object: string, names: readonly string[]): readonly string[] {
    const visible = names.filter((name) => !this.#isHidden(fieldKey(object, name)));
    return visible.length === 0 ? names : visible;
  }

  /** @returns the objects whose descriptions say which of the fields are visible, as far as they are known. */
  objectsOf(fields: readonly Field[]): readonly string[] {
    return [...new Set(fields.flatMap(({ object }) => this.#describedBy(object) ?? []))];
  }

  /** Updates the notice for the operator. */
  publish(): void {
    this.#omissions.publish();
  }

  #withoutHidden<T extends Pick<Child, 'fields' | 'orderBy'>>(statement: Statement, part: T): T {
    const fields = part.fields.filter(
      ({ path, object, needed }) =>
        needed ||
        !(
          this.#isHidden(fieldKey(object, columnOf(path))) ||
          relationshipsOf(path).some((name) => this.#isHidden(pathKey(statement, name)))
        ),
    );
    const omitted = new Set(
      part.fields.filter((field) => !fields.includes(field)).map(({ path }) => path),
    );
    const orderBy = part.orderBy.filter((order) => !omitted.has(order.split(' ')[0] ?? ''));
    return { ...part, fields, orderBy };
  }

  /** @param home see {@link Field.object}. `Name` is a user or a queue, and has no description. */
  #describedBy(home: string): string | undefined {
    if (home === 'Name') return 'User';
    return home.includes('.') ? this.#parents.get(home.toLowerCase()) : home;
  }

  /** @param key one of {@link parseFieldError}. */
  #checkFor(statement: Statement, key: string): Check {
    const [kind, name = ''] = key.split(' ');
    if (kind === 'object') return { object: name, listed: undefined };
    const dot = name.lastIndexOf('.');
    const [owner, part] = [name.slice(0, dot), name.slice(dot + 1)];
    if (kind === 'field') {
      const object = this.#describedBy(owner);
      if (object !== undefined) return { object, listed: part.toLowerCase() };
      // Which object the tenant's relationship leads to is not known yet; it is tried again.
      return { object: owner.split('.')[0] ?? '', listed: undefined };
    }
    if (kind === 'relationship') {
      const parts = [statement, ...statement.children];
      const home = parts.find(({ fields }) =>
        fields.some(({ path }) => relationshipsOf(path)[0] === part),
      );
      return { object: home?.object ?? statement.object, listed: part };
    }
    const child = statement.children.find(({ relationship }) => relationship === part);
    // The user may read the roles once it may read the opportunities.
    const home = child?.fields.find(({ needed }) => needed)?.object ?? statement.object;
    return { object: home, listed: undefined };
  }

  #isHidden(key: string): boolean {
    return this.#omissions.has(key.toLowerCase());
  }

  #hide(key: string, check: Check): void {
    if (!this.#checkedAtMs.has(check.object)) {
      this.#checkedAtMs.set(check.object, this.#clock.monotonic());
    }
    this.#checks.set(key.toLowerCase(), check);
    this.#omissions.add(key.toLowerCase(), key.replace(/^(field|object) /, ''));
  }
}

export function describeRequest(object: string): Subrequest {
  return { name: `describe${object}`, path: `/sobjects/${object}/describe` };
}

/**
 * Reads an object's description, which lists what the Run-As user sees.
 * @returns the names of fields and of relationships to parents, in lower case; `undefined` when it is invalid.
 */
export function visibleFields(description: unknown): ReadonlySet<string> | undefined {
  const { fields } = Object(description) as { fields?: unknown };
  if (!Array.isArray(fields)) return undefined;
  const names = fields.flatMap((field: unknown) => {
    const { name, relationshipName } = Object(field) as Record<string, unknown>;
    return [name, relationshipName].filter((text) => typeof text === 'string');
  });
  return new Set(names.map((name) => name.toLowerCase()));
}

/** @returns the relationships of an object that lead to one other object, with that. */
function parentsIn(description: unknown): readonly (readonly [string, string])[] {
  const { fields } = Object(description) as { fields?: readonly unknown[] };
  return (fields ?? []).flatMap((field) => {
    const { relationshipName, referenceTo } = Object(field) as Record<string, unknown>;
    const [parent, ...others] = Array.isArray(referenceTo) ? (referenceTo as unknown[]) : [];
    const isKnown = typeof relationshipName === 'string' && typeof parent === 'string';
    return isKnown && others.length === 0 ? [[relationshipName, parent] as const] : [];
  });
}
