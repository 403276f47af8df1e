/**
 * Shows a text again as long as it would come out the same: same CRM data, template and style, the same values
 * of all that the template reads of the request and the source, and a time up to which no filter that looks at
 * the clock prints something else.
 */
import type { Variable } from 'liquidjs';
import type { Outcome } from '../model/outcome.ts';
import { TEMPLATE_SCHEMA } from './check/template-schema.ts';
import type { Rendered, RenderOptions, TemplateContext } from './template-set.ts';

const ROOTS = ['caseId', 'now', 'source', 'visitor'] as const;

/** A word whose value can change though the CRM data is the same, such as `['visitor', 'host']`. */
export type RequestWord = readonly [root: (typeof ROOTS)[number], name?: string];

/** A rendering and when, in milliseconds since 1970, filters that look at the clock may print something else. */
export interface Draft {
  readonly rendered: Rendered;
  readonly validUntil: number;
}

export type RenderFn = (view: TemplateContext, style: RenderOptions) => Draft;

/** What is kept for a person: values only. */
interface Entry extends Draft {
  readonly outcome: Outcome;
  readonly values: readonly unknown[];
  readonly from: number;
}

/**
 * @param words by the outcome whose template reads them.
 * @returns what `render` made before, if that is still valid. A text is dropped with its `about`.
 */
export function memoizeRender(
  render: RenderFn,
  words: (outcome: Outcome) => readonly RequestWord[],
): (view: TemplateContext, style: RenderOptions, about?: object) => Rendered {
  const styles = new WeakMap<RenderOptions, WeakMap<object, Entry>>();
  return (view, style, about) => {
    if (about === undefined) return render(view, style).rendered;
    const { outcome } = view;
    const read = words(outcome);
    const entries = entriesOf(style);
    const known = entries.get(about);
    if (known?.outcome === outcome && isValid(known, read, view)) return known.rendered;
    const draft = render(view, style);
    // A failure is reported each time. A text with what an unknown visitor sent is not kept with the company.
    const isShared = view.contact === null && read.some(([root]) => VISITORS_OWN.includes(root));
    if (draft.rendered.failure === undefined && !isShared) {
      const values = read.map((word) => valueOf(view, word));
      entries.set(about, { ...draft, outcome, values, from: Date.parse(view.now) });
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

function isValid(entry: Entry, words: readonly RequestWord[], view: TemplateContext): boolean {
  if (!words.every((word, index) => isSame(valueOf(view, word), entry.values[index]))) return false;
  if (entry.validUntil === Infinity) return true;
  const now = Date.parse(view.now);
  return entry.from <= now && now < entry.validUntil;
}

function valueOf(view: TemplateContext, [root, name]: RequestWord): unknown {
  const value: unknown = view[root];
  return name === undefined ? value : (value as Readonly<Record<string, unknown>>)[name];
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other)) return false;
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
