/**
 * Reads what Salesforce says of a statement that asks for something the org does not have. The wording:
 * jsforce issue 1663 for columns, the SOQL reference for relationships and objects.
 */
import { fieldsIn, type Statement } from './statements.ts';

/** @returns keys of what is missing and can be left out; none when the statement can't do without it. */
export function complaint(statement: Statement, message: string): readonly string[] {
  const [, column, entity] = /No such column '([\w.]+)' on entity '(\w+)'/i.exec(message) ?? [];
  if (column !== undefined && entity !== undefined) {
    return missingColumn(statement, columnOf(column).toLowerCase(), entity.toLowerCase());
  }
  const [, path, relation] =
    /relationship '(\w+)' in field path|No such relation '(\w+)'/i.exec(message) ?? [];
  const relationship = (path ?? relation)?.toLowerCase();
  if (relationship !== undefined) return missingParent(statement, relationship);
  const [, child] = /relationship '(\w+)' in FROM part/i.exec(message) ?? [];
  if (child !== undefined) return missingChild(statement, child.toLowerCase());
  const [, object] = /sObject type '(\w+)' is not supported/i.exec(message) ?? [];
  return object?.toLowerCase() === statement.object.toLowerCase()
    ? [`object ${statement.object}`]
    : [];
}

/** The object Salesforce names is believed if it fits; else any field of that name on a parent. */
function missingColumn(statement: Statement, column: string, entity: string): readonly string[] {
  const named = fieldsIn(statement).filter(({ path }) => columnOf(path).toLowerCase() === column);
  const meant = [
    named.filter(({ object }) => object.toLowerCase() === entity),
    named.filter(({ object }) => object.endsWith('__r')),
    named.filter(({ path }) => path.includes('.')),
  ].find((fields) => fields.length > 0);
  const optional = (meant ?? []).filter(({ needed }) => !needed);
  return [...new Set(optional.map(({ object, path }) => fieldKey(object, columnOf(path))))];
}

function missingParent(statement: Statement, relationship: string): readonly string[] {
  const uses = ({ path }: { readonly path: string }) =>
    relationshipsOf(path).includes(relationship);
  const optional = fieldsIn(statement).some((field) => uses(field) && !field.needed);
  const lost = statement.children.filter(({ fields }) =>
    fields.some((field) => uses(field) && field.needed),
  );
  return [
    ...(optional ? [pathKey(statement, relationship)] : []),
    ...lost.map((child) => childKey(statement, child.relationship)),
  ];
}

function missingChild(statement: Statement, relationship: string): readonly string[] {
  return statement.children
    .filter((child) => child.relationship.toLowerCase() === relationship)
    .map((child) => childKey(statement, child.relationship));
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
