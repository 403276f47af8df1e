/** Groups of words, and lists of them, have no text of their own. */
import { Value, type EchoTag, type Output } from 'liquidjs';
import type { LintContext } from './check/infer.ts';
import type { Type } from './check/template-schema.ts';

/** Reports `{{ contact.owner }}`. @param type of what is printed. */
export function checkPrintable(
  tag: Output | EchoTag,
  type: Type | undefined,
  place: LintContext,
): void {
  const item = type?.kind === 'list' ? type.of : type;
  if (item?.kind !== 'group' && item?.kind !== 'fields') return;
  const [value] = tag.arguments();
  if (!(value instanceof Value)) return;
  const [start] = value.initial.postfix;
  const path = start?.getText() ?? '';
  const isPlain = value.filters.length === 0;
  const [what, hint] =
    type?.kind === 'list'
      ? ['a list', 'loop over it with {% for %}']
      : item.kind === 'group'
        ? ['a group of words', `name one: ${wordsOf(item, isPlain ? `${path}.` : '')}`]
        : ['a group of fields', `name one${isPlain ? `: ${path}.NAME` : ''}`];
  const subject = isPlain ? path : `what becomes of ${path}`;
  place.report(start?.begin ?? tag.token.begin, `${subject}: ${what} cannot be printed`, hint);
}

function wordsOf(group: Extract<Type, { kind: 'group' }>, prefix: string): string {
  return Object.keys(group.words)
    .map((word) => prefix + word)
    .join(', ');
}
