/** Checks what filters of lists make of the items: a sum of deals is 0 until it is said of which property. */
import type { Type } from '../template-words.ts';

/** What is wrong, and what to write instead. */
export interface ItemsProblem {
  readonly message: string;
  readonly hint: string;
}

/**
 * @param list what the filter is applied to. @param property its argument, and what that names; `undefined` without one.
 * @returns `undefined` where the items are right, or nothing is known of them.
 */
export function itemsProblem(
  filter: string,
  list: Type,
  property: { readonly type: Type; readonly text: string } | undefined,
): ItemsProblem | undefined {
  const item = list.kind === 'list' ? list.of : undefined;
  if (filter === 'sum' && property !== undefined) {
    return NO_NUMBERS.has(property.type.kind)
      ? { message: `sum: ${property.text} is not a number`, hint: sumHint(item) }
      : undefined;
  }
  if (property !== undefined || (item?.kind !== 'group' && item?.kind !== 'fields'))
    return undefined;
  const name = nameOf(item);
  switch (filter) {
    case 'sum':
      return { message: 'sum: the items are no numbers', hint: sumHint(item) };
    case 'sort':
    case 'sort_natural':
      return {
        message: `${filter}: the items have no order`,
        hint: `name the property: ${filter}: "${name}"`,
      };
    case 'join':
    case 'array_to_sentence_string':
      return {
        message: `${filter}: the items are no texts`,
        hint: `take a property of each: map: "${name}" | ${filter}`,
      };
    default:
      return undefined;
  }
}

const NO_NUMBERS: ReadonlySet<Type['kind']> = new Set([
  'text',
  'date',
  'boolean',
  'group',
  'fields',
  'list',
]);

function sumHint(item: Type | undefined): string {
  const words = item?.kind === 'group' ? Object.entries(item.words) : [];
  const [number] = words.find(([, { type }]) => type.kind === 'number') ?? [];
  return number === undefined
    ? 'size counts the items; a field of the CRM is such as sum: "fields.NAME"'
    : `name the property: sum: "${number}"`;
}

/** What an item is called by. */
function nameOf(item: Type): string {
  const words = item.kind === 'group' ? Object.keys(item.words) : [];
  return words.find((word) => word === 'name' || word === 'subject') ?? words[0] ?? 'name';
}
