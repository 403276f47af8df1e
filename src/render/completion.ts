/** What an editor offers while a template is written: words, filters, tags and pieces. */
import type { Compiled } from './compile.ts';
import { ARGUMENT_EXAMPLES, FILTERS, type Filter } from './filter-table.ts';
import { DATE_LENGTHS } from './format.ts';
import { toText } from './limits.ts';
import { pieceParameters, topComment } from './piece-parameters.ts';
import { sampleContext } from './sample-context.ts';
import { TEMPLATE_SCHEMA, type Type, type Words } from './template-words.ts';
import { WORD_DOCS } from './word-docs.ts';

/** What is the same in all templates. */
export interface Completions {
  readonly words: readonly WordCompletion[];
  readonly filters: readonly FilterCompletion[];
  readonly tags: readonly TagCompletion[];
}

export interface WordCompletion {
  /** Such as `contact.owner.name`; words of a list's items are below `deals[]`. */
  readonly name: string;
  readonly type: Type['kind'];
  readonly doc: string;
  /** What it prints for the person of `sampleContext`. */
  readonly example?: string;
}

export interface FilterCompletion {
  readonly name: string;
  readonly arguments: readonly {
    readonly name: string;
    readonly optional: boolean;
    /** All that there are. */
    readonly values?: readonly string[];
  }[];
  readonly doc: string;
  /** Such as `money: "EUR"`. */
  readonly example: string;
}

export interface TagCompletion {
  readonly name: string;
  readonly syntax: string;
  readonly doc: string;
}

export interface PieceCompletion {
  readonly name: string;
  /** The names that `render` gives it. */
  readonly parameters: readonly string[];
  /** The comment at its top. */
  readonly doc?: string;
}

export function languageCompletions(): Completions {
  return {
    words: wordsOf(TEMPLATE_SCHEMA, sampleContext('customer', SAMPLE_REQUEST)),
    filters: Object.entries(FILTERS).map(filterCompletion),
    tags: Object.entries(TAGS).map(([name, [syntax, doc]]) => ({ name, syntax, doc })),
  };
}

/** Those that a template may begin with; what belongs to them stands in their syntax. */
export const TAGS: Readonly<Record<string, readonly [syntax: string, doc: string]>> = {
  if: ['{% if contact.title %}…{% elsif … %}…{% else %}…{% endif %}', 'one text or another'],
  unless: ['{% unless contact.title %}…{% endunless %}', 'the reverse of `if`'],
  case: ['{% case contact.kind %}{% when "lead" %}…{% endcase %}', 'one text of several'],
  for: ['{% for deal in deals limit: 3 %}…{% endfor %}', 'a text for each item of a list'],
  break: ['{% break %}', 'ends a loop'],
  continue: ['{% continue %}', 'skips to the next item of a loop'],
  assign: ['{% assign name = contact.name %}', 'gives a value a name'],
  capture: ['{% capture line %}…{% endcapture %}', 'gives a text a name'],
  render: ['{% render "line", label: "Phone", value: contact.phone %}', 'prints a piece'],
  include: ['{% include "footer" %}', 'prints a piece that shares all names'],
  echo: ['{% echo contact.name %}', 'prints a value, as {{ … }} does'],
  liquid: ['{% liquid … %}', 'several tags, one a line'],
  cycle: ['{% cycle "a", "b" %}', 'the next of some texts each time'],
  increment: ['{% increment number %}', 'prints a number, one more each time'],
  decrement: ['{% decrement number %}', 'prints a number, one less each time'],
  comment: ['{% comment %}…{% endcomment %}', 'a note that is not shown'],
  '#': ['{% # … %}', 'a note on one line'],
  raw: ['{% raw %}…{% endraw %}', 'a text in which {{ means nothing'],
};

function filterCompletion([name, filter]: readonly [string, Filter]): FilterCompletion {
  const args = filter.arguments.map(({ type, optional }) => ({
    name: type,
    optional,
    ...(type === 'length' ? { values: DATE_LENGTHS } : {}),
  }));
  const examples = filter.arguments.map(({ type }) => ARGUMENT_EXAMPLES[type]).join(', ');
  const example = examples === '' ? name : `${name}: ${examples}`;
  return { name, arguments: args, doc: filter.doc, example };
}

const SAMPLE_REQUEST = {
  now: Date.UTC(2026, 10, 24, 13, 5),
  tenant: { id: 'acme', name: 'ACME support' },
};

/** @param sample the value at `path`. */
function wordsOf(words: Words, sample: object, path = ''): readonly WordCompletion[] {
  return Object.entries(words).flatMap(([word, { type }]) => {
    const name = path === '' ? word : `${path}.${word}`;
    const value = (sample as Readonly<Record<string, unknown>>)[word] ?? undefined;
    const isPlain = value !== undefined && typeof value !== 'object';
    const own = {
      name,
      type: type.kind,
      doc: WORD_DOCS[name] ?? WORD_DOCS[`${name}.size`] ?? '',
      ...(isPlain ? { example: toText(value) } : {}),
    };
    const [inner, item, below] =
      type.kind === 'list'
        ? [type.of, Array.isArray(value) ? (value as unknown[])[0] : undefined, `${name}[]`]
        : [type, value, name];
    return [own, ...(inner.kind === 'group' ? wordsOf(inner.words, item ?? {}, below) : [])];
  });
}

/** What `render` and `include` can print. */
export function pieceCompletions({ partials }: Compiled): readonly PieceCompletion[] {
  return [...partials]
    .map(([name, piece]) => {
      const doc = topComment(piece.text);
      const parameters = pieceParameters(piece, partials);
      return { name, parameters, ...(doc === undefined ? {} : { doc }) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
