/**
 * Shows a text again as long as it would come out the same: same CRM data, template and style, the same values
 * of all that the template reads of the request and the source, and a time up to which no filter that looks at
 * the clock prints something else.
 */
import type { Variable } from 'liquidjs';
import type { Outcome } from '../model/outcome.ts';
import { TEMPLATE_SCHEMA } from './template-words.ts';
import type { Rendered, RenderOptions, TemplateContext } from './template-set.ts';

const ROOTS = ['caseId', 'now', 'source', 'visitor'] as const;

/** A word whose value can change though the CRM data is the same, such as `['visitor', 'host']`. */
export type RequestWord = readonly [root: (typeof ROOTS)[number], name?: string];

/** A rendering and when, in milliseconds since 1970, filters that look at the clock may print something else. */
export interface Draft {
  readonly rendered: Rendered;
  readonly validUntil: number;
}

export type RenderFn = (context: TemplateContext, style: RenderOptions) => Draft;

/** What is kept for a person: values only. */
interface Entry extends Draft {
  readonly outcome: Outcome;
  readonly values: readonly unknown[];
  readonly from: number;
}

/**
 * @param words by the outcome whose template reads them.
 * @returns what `render` made before, if that is still valid. A text is dropped with its `cacheKey`.
 */
export function memoizeRender(
  render: RenderFn,
  words: (outcome: Outcome) => readonly RequestWord[],
): (context: TemplateContext, style: RenderOptions, cacheKey?: object) => Rendered {
  const styles = new WeakMap<RenderOptions, WeakMap<object, Entry>>();
  return (context, style, cacheKey) => {
    if (cacheKey === undefined) return render(context, style).rendered;
    const { outcome } = context;
    const read = words(outcome);
    const entries = entriesOf(style);
    const known = entries.get(cacheKey);
    if (known?.outcome === outcome && isValid(known, read, context)) return known.rendered;
    const draft = render(context, style);
    // A failure is reported each time. A text with what an unknown visitor sent is not kept with the company.
    const isShared = context.contact === null && read.some(([root]) => VISITORS_OWN.includes(root));
    if (draft.rendered.failure === undefined && !isShared) {
      const values = read.map((word) => valueOf(context, word));
      entries.set(cacheKey, { ...draft, outcome, values, from: Date.parse(context.now) });
    }
    return draft.rendered;
  };

  function entriesOf(style: RenderOptions): WeakMap<object, Entry> {
    const known = styles.get(style);
    if (known !== undefined) return known;
    const entries = new WeakMap<object, Entry>();
    styles.set(style, entries);
    return entries;
  }
}

const VISITORS_OWN: readonly string[] = ['caseId', 'visitor'];

const REQUEST_WORDS = ROOTS.flatMap((root): readonly RequestWord[] => {
  const { type } = TEMPLATE_SCHEMA[root];
  return type.kind === 'group' ? Object.keys(type.words).map((name) => [root, name]) : [[root]];
});

/** Of all that a template reads. `{{ visitor | json }}` and `{{ visitor[name] }}` read every word of the group. */
export function requestWords(variables: readonly Variable[]): readonly RequestWord[] {
  return REQUEST_WORDS.filter(([root, name]) =>
    variables.some(
      ({ segments: [first, second] }) =>
        first === root && (name === undefined || typeof second !== 'string' || second === name),
    ),
  );
}

function isValid(entry: Entry, words: readonly RequestWord[], context: TemplateContext): boolean {
  if (!words.every((word, index) => isSame(valueOf(context, word), entry.values[index])))
    return false;
  if (entry.validUntil === Infinity) return true;
  const now = Date.parse(context.now);
  return entry.from <= now && now < entry.validUntil;
}

function valueOf(context: TemplateContext, [root, name]: RequestWord): unknown {
  const value: unknown = context[root];
  return name === undefined ? value : (value as Readonly<Record<string, unknown>>)[name];
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other)) return false;
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
