/** How SOQL compares values and writes them into answers. */
import type { Row } from './people.ts';
import type { FieldType } from './schema.ts';
import { valueOf, type Literal } from './soql-lexer.ts';
import type { Value } from './soql-parser.ts';

export function worded(value: Row[string], type: FieldType): Row[string] {
  return type === 'datetime' && typeof value === 'string'
    ? value.replace(/(\.\d+)?Z$/, '.000+0000')
    : value;
}

export function plain(value: Value): string | number | boolean | null {
  return value.type === 'string' ? valueOf(value.literal) : value.value;
}

/** Texts are compared without regard to capital letters, ids with. */
export function equal(left: unknown, right: unknown, type: FieldType): boolean {
  return typeof left === 'string' && typeof right === 'string' && type === 'text'
    ? same(left, right)
    : left === right;
}

export function compareBy(
  operator: string,
  left: unknown,
  right: unknown,
  type: FieldType,
): boolean {
  if (operator === '=') return equal(left, right, type);
  if (operator === '!=' || operator === '<>') return !equal(left, right, type);
  if (left == null || right == null) return false;
  if (operator === '<') return left < right;
  if (operator === '>') return left > right;
  return operator === '<=' ? left <= right : left >= right;
}

export function likePattern(value: Value): RegExp {
  const literal: Literal =
    value.type === 'string' ? value.literal : { pieces: [], onlyForLike: false };
  const pattern = literal.pieces.map(({ text, escaped }) => {
    if (!escaped && text === '%') return '.*';
    if (!escaped && text === '_') return '.';
    return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${pattern.join('')}$`, 'is');
}

export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
