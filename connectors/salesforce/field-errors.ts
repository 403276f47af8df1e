/** Parses Salesforce's refusals of fields, relationships and objects into keys of what can be omitted. */
import type { Field } from './fields.ts';
import { fieldsIn, type Statement } from './statements.ts';

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
    named.filter(({ object }) => object.includes('.')),
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

export function objectKey({ object }: Statement): string {
  return `object ${object}`;
}

export function fieldKey(object: string, column: string): string {
  return `field ${object}.${column}`;
}

export function pathKey(statement: Statement, relationship: string): string {
  return `relationship ${statement.name}.${relationship}`;
}

export function childKey(statement: Statement, relationship: string): string {
  return `records ${statement.name}.${relationship}`;
}

/** The last part of a path, without ASC or DESC. */
export function columnOf(path: string): string {
  return path.split(' ')[0]?.split('.').at(-1) ?? '';
}

/** The parts before it, in lower case. */
export function relationshipsOf(path: string): readonly string[] {
  return path.toLowerCase().split('.').slice(0, -1);
}
