/** The names that a template gives itself, and what is below a name. */

/** Filters that give a list of the same items. */
const SAME_ITEMS = /^(?:where|reject|sort|sort_natural|reverse|uniq|compact|slice|concat)$/u;
/** What pieces are given, by custom. */
const BY_CUSTOM = { deal: 'deals[]', ticket: 'tickets[]', other: 'others[]' };

/** @returns {Map<string, string | undefined>} names made before the cursor, and which words they stand for, if known. */
export function localNames(before) {
  const names = new Map();
  const tags =
    /\{%-?\s*(?:assign\s+(\w+)\s*=\s*([^%]*)|capture\s+(\w+)|for\s+(\w+)\s+in\s+([\w.]+))/gu;
  for (const [, assigned, value = '', captured, item, list = ''] of before.matchAll(tags)) {
    if (assigned !== undefined) names.set(assigned, valuePath(value, names));
    else if (captured !== undefined) names.set(captured, undefined);
    else names.set(item, itemPath(pathOf(list, names)));
  }
  return names;
}

function valuePath(value, names) {
  const [start = '', ...filters] = value.split('|').map((part) => part.trim());
  let path = /^[\w.]+$/u.test(start) ? pathOf(start, names) : undefined;
  for (const filter of filters) {
    const [name = ''] = /^\w+/u.exec(filter) ?? [];
    if (name === 'first' || name === 'last') path = itemPath(path);
    else if (!SAME_ITEMS.test(name)) path = undefined;
  }
  return path;
}

function itemPath(path) {
  return path === undefined ? undefined : `${path}[]`;
}

/** `deals.first.owner` → `deals[].owner`; a local name → what it stands for. */
function pathOf(text, names) {
  const [first = '', ...rest] = text.replace(/\[\d+\]/gu, '.first').split('.');
  const start = names.has(first) ? names.get(first) : (BY_CUSTOM[first] ?? first);
  if (start === undefined) return undefined;
  return rest.reduce(
    (path, part) => (/^(?:first|last)$/u.test(part) ? `${path}[]` : `${path}.${part}`),
    start,
  );
}

/** @returns {readonly object[]} the words that may follow a name and a dot. */
export function wordsBelow(text, { language, fields, names }) {
  if (text === 'forloop') return FORLOOP;
  const path = pathOf(text, names);
  if (path === undefined) return [];
  const { words } = language;
  const isList = words.some(({ name, type }) => name === path && type === 'list');
  if (isList) return LIST;
  const own = Object.entries(fields[path] ?? {}).map(([name, value]) => ({
    ...{
      name,
      type: 'text',
      doc: 'a field of the CRM, with the value of the person in the preview',
    },
    value: value === null ? 'nothing' : String(value),
  }));
  return [
    ...words.filter(
      ({ name }) => name.startsWith(`${path}.`) && !/[.[]/u.test(name.slice(path.length + 1)),
    ),
    ...own,
  ];
}

const LIST = [
  { name: 'size', type: 'number', doc: 'how many there are' },
  { name: 'first', type: 'group', doc: 'the first one' },
  { name: 'last', type: 'group', doc: 'the last one' },
];
const FORLOOP = [
  { name: 'first', type: 'boolean', doc: 'in the first turn' },
  { name: 'last', type: 'boolean', doc: 'in the last turn' },
  { name: 'index', type: 'number', doc: 'the number of the turn, from 1' },
  { name: 'length', type: 'number', doc: 'how many turns there are' },
];
