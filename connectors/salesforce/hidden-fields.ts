/**
 * What the org does not have, or hides from the Run-As user. One such field makes Salesforce refuse the whole
 * statement, so it is omitted for an hour; then it is tried again, because it may have been granted.
 */
import { Omissions, type ConnectorContext } from '../../src/connector/index.ts';
import type { Field } from './fields.ts';
import type { Subrequest } from './session.ts';
import { fieldsIn, type Child, type Statement } from './statements.ts';

/** A statement without what is hidden. */
export interface ReadableStatement {
  readonly statement: Statement;
  /** Sections whose records cannot be read. */
  readonly omittedSections: readonly Child['section'][];
}

export class HiddenFields {
  /** By key in lower case, since names are not case-sensitive: `field contact.tier__c`, `object lead`. */
  readonly #omissions: Omissions;

  constructor(context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>) {
    this.#omissions = new Omissions(context, {
      notice: 'fields',
      message: (names) => `not there, or hidden from the Run-As user: ${names.join(', ')}`,
    });
  }

  /** @returns `undefined` when the Run-As user may not read the object at all. */
  omitFrom(statement: Statement): ReadableStatement | undefined {
    if (this.#isHidden(objectKey(statement))) return undefined;
    const isHidden = ({ relationship }: Child) => this.#isHidden(childKey(statement, relationship));
    return {
      statement: {
        ...statement,
        fields: this.#visible(statement, statement.fields),
        children: statement.children
          .filter((child) => !isHidden(child))
          .map((child) => ({ ...child, fields: this.#visible(statement, child.fields) })),
        orderBy: statement.orderBy.filter(
          (order) => !this.#isHidden(fieldKey(statement.object, columnOf(order))),
        ),
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
    for (const key of keys) this.#hide(key);
    return keys.length > 0;
  }

  /** Hides those of `fields` that the description of their object does not list. */
  recordUnlisted(object: string, description: unknown, fields: readonly Field[]): void {
    const listed = visibleFields(description);
    if (listed === undefined) return;
    const hidden = fields.filter(
      ({ path, needed, object: home }) =>
        home === object && !needed && !listed.has(columnOf(path).toLowerCase()),
    );
    for (const { path } of hidden) this.#hide(fieldKey(object, columnOf(path)));
  }

  /** Updates the notice for the operator. */
  publish(): void {
    this.#omissions.publish();
  }

  #visible(statement: Statement, fields: readonly Field[]): readonly Field[] {
    return fields.filter(
      ({ path, object, needed }) =>
        needed ||
        !(
          this.#isHidden(fieldKey(object, columnOf(path))) ||
          relationshipsOf(path).some((name) => this.#isHidden(pathKey(statement, name)))
        ),
    );
  }

  #isHidden(key: string): boolean {
    return this.#omissions.has(key.toLowerCase());
  }

  #hide(key: string): void {
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

/**
 * Parses what Salesforce says about a statement that names something the org does not have. The wording: jsforce
 * issue 1663 for columns, the SOQL reference for relationships and objects.
 * @returns keys of what can be omitted; none when the statement needs it.
 */
export function parseFieldError(statement: Statement, message: string): readonly string[] {
  const [, column, entity] = /No such column '([\w.]+)' on entity '(\w+)'/i.exec(message) ?? [];
  if (column !== undefined && entity !== undefined) {
    return keysOfColumn(statement, columnOf(column).toLowerCase(), entity.toLowerCase());
  }
  const [, path, relation] =
    /relationship '(\w+)' in field path|No such relation '(\w+)'/i.exec(message) ?? [];
  const relationship = (path ?? relation)?.toLowerCase();
  if (relationship !== undefined) return keysOfParent(statement, relationship);
  const [, child] = /relationship '(\w+)' in FROM part/i.exec(message) ?? [];
  if (child !== undefined) {
    return statement.children
      .filter((one) => one.relationship.toLowerCase() === child.toLowerCase())
      .map((one) => childKey(statement, one.relationship));
  }
  const [, object] = /sObject type '(\w+)' is not supported/i.exec(message) ?? [];
  const isOwn = object?.toLowerCase() === statement.object.toLowerCase();
  return isOwn ? [objectKey(statement)] : [];
}

/** The object Salesforce names is taken if it fits; else any field of that name on a parent. */
function keysOfColumn(statement: Statement, column: string, entity: string): readonly string[] {
  const named = fieldsIn(statement).filter(({ path }) => columnOf(path).toLowerCase() === column);
  const meant = [
    named.filter(({ object }) => object.toLowerCase() === entity),
    named.filter(({ object }) => object.endsWith('__r')),
    named.filter(({ path }) => path.includes('.')),
  ].find((fields) => fields.length > 0);
  const optional = (meant ?? []).filter(({ needed }) => !needed);
  return [...new Set(optional.map(({ object, path }) => fieldKey(object, columnOf(path))))];
}

function keysOfParent(statement: Statement, relationship: string): readonly string[] {
  const uses = ({ path }: Field) => relationshipsOf(path).includes(relationship);
  const isOptional = fieldsIn(statement).some((field) => uses(field) && !field.needed);
  const lost = statement.children.filter(({ fields }) =>
    fields.some((field) => uses(field) && field.needed),
  );
  return [
    ...(isOptional ? [pathKey(statement, relationship)] : []),
    ...lost.map((child) => childKey(statement, child.relationship)),
  ];
}

function objectKey({ object }: Statement): string {
  return `object ${object}`;
}

function fieldKey(object: string, column: string): string {
  return `field ${object}.${column}`;
}

function pathKey(statement: Statement, relationship: string): string {
  return `relationship ${statement.name}.${relationship}`;
}

function childKey(statement: Statement, relationship: string): string {
  return `records ${statement.name}.${relationship}`;
}

/** The last part of a path, without ASC or DESC. */
function columnOf(path: string): string {
  return path.split(' ')[0]?.split('.').at(-1) ?? '';
}

/** The parts before it, in lower case. */
function relationshipsOf(path: string): readonly string[] {
  return path.toLowerCase().split('.').slice(0, -1);
}
