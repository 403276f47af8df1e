/**
 * What the org does not have, or hides from the Run-As user. One such field makes Salesforce refuse the whole
 * statement, so it is omitted. An object's description lists what the user sees: it teaches all fields at once,
 * and once an hour it travels along with a lookup to find out what has been granted since, one object at a time.
 */
import { Omissions, type ConnectorContext } from '../../src/connector/index.ts';
import { parentsIn, visibleFields, type Field } from './fields.ts';
import { fieldsIn, type Child, type Statement } from './statements.ts';

const CHECK_INTERVAL_MS = 3_600_000;

/** A statement without what is hidden. */
export interface ReadableStatement {
  readonly statement: Statement;
  /** Sections whose records cannot be read. */
  readonly omittedSections: readonly Child['section'][];
}

/** A field, relationship, list of child records or object that can be omitted. */
export interface Omittable {
  /** Such as `field Contact.Tier__c` or `records contacts.Cases`. */
  readonly key: string;
  /** For the operator, such as `Contact.Tier__c` or `Case`. */
  readonly name: string;
  /** The object whose description says whether it is there; see {@link Field.object}. */
  readonly home: string;
  /** The field or relationship the description must list. Without it the description itself is enough. */
  readonly listed?: string | undefined;
}

export class HiddenFields {
  /** By key in lower case, since names are not case-sensitive. */
  readonly #omissions: Omissions;
  readonly #clock: ConnectorContext['clock'];
  /** By the same keys, what is hidden; `home` is an object that has a description. */
  readonly #hidden = new Map<string, Pick<Omittable, 'home' | 'listed'>>();
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
    if (this.#hidden.size === 0) return { statement, omittedSections: [] };
    if (this.#isHidden(objectOf(statement))) return undefined;
    const isHidden = (child: Child) =>
      this.#isHidden(recordsOf(statement, child)) ||
      (child.conditions ?? []).some((field) => this.#isFieldHidden(statement, child, field));
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
    const refused = parseFieldError(statement, message);
    for (const one of refused) this.#hide(one);
    return refused.length > 0;
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
    for (const field of this.fieldsOn(object, fields)) {
      const isListed = listed.has(columnOf(field.path).toLowerCase());
      if (!field.needed && !isListed) this.#hide(columnIn(field.object, field.path));
    }
  }

  /** Hides the records of an object that has no description for the Run-As user. */
  recordUnreadable(object: string, statement: Statement): void {
    const records = statement.children.map((child) => recordsOf(statement, child));
    for (const one of records) if (one.home === object) this.#hide(one);
  }

  /** Restores what the description lists. @returns whether there was anything. */
  restoreListed(object: string, description: unknown): boolean {
    const visible = visibleFields(description);
    if (visible === undefined) return false;
    const granted = [...this.#hidden].filter(
      ([, { home, listed }]) =>
        home === object && (listed === undefined || visible.has(listed.toLowerCase())),
    );
    for (const [key] of granted) {
      this.#hidden.delete(key);
      this.#omissions.restore(key);
    }
    return granted.length > 0;
  }

  /**
   * The object whose description should travel along this time, as something of it has been hidden for an hour.
   * Only one, because descriptions are long.
   */
  dueObject(): string | undefined {
    const now = this.#clock.monotonic();
    const objects = new Set([...this.#hidden.values()].map(({ home }) => home));
    const due = [...objects].find(
      (object) => now - (this.#checkedAtMs.get(object) ?? 0) >= CHECK_INTERVAL_MS,
    );
    // Lookups at the same time need not ask as well.
    if (due !== undefined) this.#checkedAtMs.set(due, now);
    return due;
  }

  /** Those of the fields that are visible; all of them when none is, since a statement needs one. */
  visibleOf(object: string, names: readonly string[]): readonly string[] {
    const visible = names.filter((name) => !this.#isHidden(columnIn(object, name)));
    return visible.length === 0 ? names : visible;
  }

  /** @returns the objects whose descriptions say which of the fields are visible, as far as they are known. */
  objectsOf(fields: readonly Field[]): readonly string[] {
    return [...new Set(fields.flatMap(({ object }) => this.#describedBy(object) ?? []))];
  }

  /** Those of the fields that the description of the object lists. */
  fieldsOn<T extends Field>(object: string, fields: readonly T[]): readonly T[] {
    return fields.filter((field) => this.#describedBy(field.object) === object);
  }

  /** Updates the notice for the operator. */
  publish(): void {
    this.#omissions.publish();
  }

  #withoutHidden<T extends Pick<Child, 'object' | 'fields' | 'orderBy'>>(
    statement: Statement,
    part: T,
  ): T {
    const omitted = part.fields.filter(
      (field) => !field.needed && this.#isFieldHidden(statement, part, field),
    );
    const names = new Set(omitted.map(({ path }) => path));
    return {
      ...part,
      fields: part.fields.filter(({ path }) => !names.has(path)),
      orderBy: part.orderBy.filter((order) => !names.has(order.split(' ')[0] ?? '')),
    };
  }

  #isFieldHidden(
    statement: Statement,
    part: Pick<Child, 'object'>,
    { path, object }: Field,
  ): boolean {
    return (
      this.#isHidden(columnIn(object, path)) ||
      relationshipsOf(path).some((name) => this.#isHidden(relationshipIn(statement, part, name)))
    );
  }

  /** @param home see {@link Field.object}. `Name` is a user or a queue, and has no description. */
  #describedBy(home: string): string | undefined {
    if (home === 'Name') return 'User';
    return home.includes('.') ? this.#parents.get(home.toLowerCase()) : home;
  }

  #isHidden({ key }: Omittable): boolean {
    return this.#omissions.has(key.toLowerCase());
  }

  #hide({ key, name, home, listed }: Omittable): void {
    const object = this.#describedBy(home);
    // Which object the tenant's relationship leads to is not known yet: it is tried again.
    const check =
      object === undefined ? { home: home.split('.')[0] ?? '' } : { home: object, listed };
    if (!this.#checkedAtMs.has(check.home)) {
      this.#checkedAtMs.set(check.home, this.#clock.monotonic());
    }
    this.#hidden.set(key.toLowerCase(), check);
    this.#omissions.add(key.toLowerCase(), name);
  }
}

/**
 * Parses what Salesforce says about a statement that names something the org does not have. The wording: jsforce
 * issue 1663 for columns, the SOQL reference for relationships and objects.
 * @returns what can be omitted; nothing when the statement needs it.
 */
export function parseFieldError(statement: Statement, message: string): readonly Omittable[] {
  const [, column, entity] = /No such column '([\w.]+)' on entity '(\w+)'/i.exec(message) ?? [];
  if (column !== undefined && entity !== undefined) {
    return columnsMeant(statement, columnOf(column).toLowerCase(), entity.toLowerCase());
  }
  const [, path, relation] =
    /relationship '(\w+)' in field path|No such relation '(\w+)'/i.exec(message) ?? [];
  const parent = path ?? relation;
  if (parent !== undefined) return usesOfParent(statement, parent);
  const [, child] = /relationship '(\w+)' in FROM part/i.exec(message) ?? [];
  if (child !== undefined) {
    return statement.children
      .filter(({ relationship }) => relationship.toLowerCase() === child.toLowerCase())
      .map((one) => recordsOf(statement, one));
  }
  const [, object] = /sObject type '(\w+)' is not supported/i.exec(message) ?? [];
  const isOwn = object?.toLowerCase() === statement.object.toLowerCase();
  return isOwn ? [objectOf(statement)] : [];
}

/** The object Salesforce names is taken if it fits; else any field of that name on a parent. */
function columnsMeant(statement: Statement, column: string, entity: string): readonly Omittable[] {
  const named = fieldsIn(statement).filter(({ path }) => columnOf(path).toLowerCase() === column);
  const meant = [
    named.filter(({ object }) => object.toLowerCase() === entity),
    named.filter(({ object }) => object.includes('.')),
    named.filter(({ path }) => path.includes('.')),
  ].find((fields) => fields.length > 0);
  const optional = (meant ?? []).filter(({ needed }) => !needed);
  const columns = optional.map(({ object, path }) => columnIn(object, path));
  return [...new Map(columns.map((one) => [one.key, one])).values()];
}

function usesOfParent(statement: Statement, relationship: string): readonly Omittable[] {
  const uses = ({ path }: Field) => relationshipsOf(path).includes(relationship.toLowerCase());
  const parts: readonly Pick<Child, 'object' | 'fields' | 'conditions'>[] = [
    statement,
    ...statement.children,
  ];
  const user = parts.find(({ fields, conditions = [] }) =>
    [...fields, ...conditions].some((field) => uses(field) && !field.needed),
  );
  const lost = statement.children.filter(({ fields }) =>
    fields.some((field) => uses(field) && field.needed),
  );
  return [
    ...(user === undefined ? [] : [relationshipIn(statement, user, relationship)]),
    ...lost.map((child) => recordsOf(statement, child)),
  ];
}

function objectOf({ object }: Statement): Omittable {
  return { key: `object ${object}`, name: object, home: object };
}

function columnIn(object: string, path: string): Omittable {
  const listed = columnOf(path);
  const name = `${object}.${listed}`;
  return { key: `field ${name}`, name, home: object, listed };
}

function relationshipIn(
  statement: Statement,
  { object }: Pick<Child, 'object'>,
  relationship: string,
): Omittable {
  const key = `relationship ${statement.name}.${relationship.toLowerCase()}`;
  return { key, name: `${object}.${relationship}`, home: object, listed: relationship };
}

/** The user may read the roles of a contact once it may read the opportunities, which have the needed fields. */
function recordsOf(statement: Statement, { relationship, fields }: Child): Omittable {
  const home = fields.find(({ needed }) => needed)?.object ?? statement.object;
  return { key: `records ${statement.name}.${relationship}`, name: home, home };
}

/** The last part of a path. */
function columnOf(path: string): string {
  return path.split('.').at(-1) ?? '';
}

/** The parts before it, in lower case. */
function relationshipsOf(path: string): readonly string[] {
  return path.toLowerCase().split('.').slice(0, -1);
}
