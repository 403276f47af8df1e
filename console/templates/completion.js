/** What can be written at the cursor, from what the service knows of the language and of the person that is shown. */
import { snippetCompletion } from '@codemirror/autocomplete';
import { localNames, wordsBelow } from './local-names.js';

/** @param {{ language: any, pieces: readonly any[], fields: object }} context may change later. */
export function createCompletion(context) {
  return (at) => {
    const before = at.state.sliceDoc(0, at.pos);
    const code = codeBefore(before);
    if (code === undefined) return at.explicit ? constructs(at, before, context) : null;
    const [found, prefix] = optionsFor(code, before, context, at.explicit) ?? [];
    if (found === undefined || found.length === 0) return null;
    return { from: at.pos - prefix.length, options: found, validFor: /^[\w-]*$/u };
  };
}

/** What stands between the last `{{` or `{%` and the cursor; `undefined` in the text around them. */
function codeBefore(before) {
  const start = Math.max(before.lastIndexOf('{{'), before.lastIndexOf('{%'));
  const end = Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}'));
  if (start < 0 || end > start) return undefined;
  return { isTag: before[start + 1] === '%', text: before.slice(start + 2).replace(/^-/u, '') };
}

const WORD_EXPECTED =
  /(?:^|[=<>:,(]|\b(?:and|or|contains|if|elsif|unless|case|when|in|echo|with|for|as))\s+$/u;

function optionsFor({ isTag, text }, before, context, isExplicit) {
  const { language, pieces } = context;
  if (isTag && /^\s*(?:#|comment)/u.test(text)) return undefined;
  const piece = /\b(?:render|include)\s+(["'])([\w.-]*)$/u.exec(text);
  if (piece !== null) return [pieces.map(pieceOption), piece[2]];
  const argument = /\|\s*(\w+)\s*:\s*["'](\w*)$/u.exec(text);
  if (argument !== null) return [argumentOptions(language, argument[1]), argument[2]];
  if (isInText(text)) return undefined;
  const tag = /^\s*(\w*)$/u.exec(text);
  if (isTag && tag !== null) return [tagOptions(language, before), tag[1]];
  const filter = /\|\s*(\w*)$/u.exec(text);
  if (filter !== null) return [language.filters.map(filterOption), filter[1]];
  const parameter = /^\s*(?:render|include)\s+["']([\w.-]+)["'].*,\s*(\w*)$/su.exec(text);
  if (parameter !== null) {
    const { parameters = [] } = pieces.find(({ name }) => `${name}` === parameter[1]) ?? {};
    return [
      parameters.map((name) => ({ label: name, apply: `${name}: `, type: 'property' })),
      parameter[2],
    ];
  }
  const names = localNames(before);
  const property = /([\p{L}_][\w.[\]-]*)\.(\w*)$/u.exec(text);
  if (property !== null) {
    return [wordsBelow(property[1], { ...context, names }).map(wordOption), property[2]];
  }
  const word = /[\p{L}_]\w*$/u.exec(text)?.[0] ?? '';
  if (word === '' && !isExplicit && !WORD_EXPECTED.test(text)) return undefined;
  return [
    [
      ...[...names.keys()].map((name) => ({ label: name, type: 'variable', boost: 1 })),
      ...topWords(language),
    ],
    word,
  ];
}

function topWords({ words }) {
  return words.filter(({ name }) => /^\w+$/u.test(name)).map(wordOption);
}

/** The example is that of a sample; `value` is that of the person who is shown. */
function wordOption({ name, field, type, doc, example, value }) {
  const label = field ?? name.split('.').at(-1);
  return {
    label,
    type: 'variable',
    detail: value ?? (exampleOf(example) || (DETAILS[type] ?? '')),
    ...info(doc),
    apply: applyOf(label),
  };
}

function exampleOf(example) {
  return example === undefined ? '' : `e.g. ${example}`;
}

const DETAILS = { group: '…', list: 'a list', fields: "the CRM's own fields" };

/** `contact.fields.Support plan` would be two words. */
function applyOf(label) {
  if (/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(label)) return label;
  return (view, _completion, from, to) => {
    const insert = `["${label.replaceAll('"', '')}"]`;
    view.dispatch({
      changes: { from: from - 1, to, insert },
      selection: { anchor: from - 1 + insert.length },
    });
  };
}

function filterOption({ name, doc, example, arguments: args }) {
  const needs = args.some(({ optional }) => !optional);
  const detail = example === name ? '' : example;
  return {
    label: name,
    type: 'function',
    detail,
    ...info(doc),
    ...(needs && { apply: `${name}: ` }),
  };
}

function argumentOptions({ filters }, name) {
  const { arguments: args = [] } = filters.find((each) => each.name === name) ?? {};
  return (args[0]?.values ?? []).map((value) => ({ label: value, type: 'text' }));
}

function pieceOption({ name, parameters, doc }) {
  return { label: name, type: 'text', detail: parameters.join(', '), ...info(doc) };
}

/** The tags, first those that go on with or end the innermost block that is open. */
function tagOptions({ tags }, before) {
  const [open] = openBlocks(before);
  const next = open === undefined ? [] : [...(BRANCHES[open] ?? []), `end${open}`];
  return [
    ...next.map((label) => ({ label, type: 'keyword', boost: 2, detail: `of ${open}` })),
    ...tags.map(({ name, syntax, doc }) => ({
      label: name,
      type: 'keyword',
      ...info(`${doc}: ${syntax}`),
    })),
  ];
}

const BRANCHES = { if: ['else', 'elsif'], unless: ['else'], case: ['when', 'else'], for: ['else'] };

/** The innermost first. */
function openBlocks(before) {
  const open = [];
  for (const [, name] of before.matchAll(/\{%-?\s*(\w+)/gu)) {
    if (/^(?:if|unless|case|for|capture|comment|raw)$/u.test(name)) open.unshift(name);
    else if (name === `end${open[0]}`) open.shift();
  }
  return open;
}

/** In the text: whole constructs, with places to fill in. */
function constructs(at, before, { language }) {
  const [prefix = ''] = /[\w.]*$/u.exec(before) ?? [];
  const values = language.words
    .filter(({ name, type }) => !name.includes('[]') && ['text', 'number', 'date'].includes(type))
    .map(({ name, type, doc, example }) => {
      const filter = { date: ' | day', number: ' | number' }[type] ?? '';
      return {
        label: name,
        apply: `{{ ${name}${filter} }}`,
        type: 'variable',
        detail: exampleOf(example),
        ...info(doc),
      };
    });
  return { from: at.pos - prefix.length, options: [...SNIPPETS, ...values], validFor: /^[\w.]*$/u };
}

const SNIPPETS = [
  ['if', '{% if #{contact.title} %}#{text}{% endif %}', 'a text only if something is known'],
  [
    'if … else',
    '{% if #{contact.title} %}#{text}{% else %}#{other text}{% endif %}',
    'one text or another',
  ],
  [
    'if equal',
    '{% if #{contact.kind} == "#{lead}" %}#{text}{% endif %}',
    'a text only for a certain value',
  ],
  [
    'for each deal',
    '{% for deal in deals limit: #{3} %}\n - {{ deal.name }}\n{% endfor %}',
    'a line for each deal',
  ],
  [
    'for each ticket',
    '{% for ticket in tickets limit: #{3} %}\n - {{ ticket.subject }}\n{% endfor %}',
    'a line for each ticket',
  ],
  ['value', '{{ #{contact.name} }}', 'prints a value'],
  ['note', '{% # #{note} %}', 'a note that is not shown'],
].map(([label, template, doc]) =>
  snippetCompletion(template, { label, type: 'keyword', boost: 5, ...info(doc) }),
);

function isInText(text) {
  return (text.match(/"/gu)?.length ?? 0) % 2 === 1 || (text.match(/'/gu)?.length ?? 0) % 2 === 1;
}

function info(doc) {
  return doc === undefined || doc === '' ? {} : { info: doc.replaceAll('`', '') };
}
