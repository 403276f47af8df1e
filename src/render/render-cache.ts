/**
 * Shows a text again as long as it would come out the same: same CRM data, template and style, the same values
 * of all that the template reads of the request and the source, and a time up to which no filter that looks at
 * the clock prints something else.
 */
import type { Variable } from 'liquidjs';
import type { Outcome, Source } from '../model/outcome.ts';
import type { Rendered, RenderOptions, TemplateContext, Visitor } from './template-set.ts';

/** A word whose value can change though the CRM data is the same. */
export type RequestWord =
  | readonly [root: 'caseId' | 'now', name?: undefined]
  | readonly [root: 'source', name: keyof Source]
  | readonly [root: 'visitor', name: keyof Visitor];

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
 * @returns hands out what `render` made before, if that is still valid. A text is gone with its `about`.
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
const SOURCE: readonly (keyof Source)[] = [
  ...(['connection', 'connector', 'fetchedAt', 'stale', 'ageSeconds', 'partial'] as const),
  'missing',
];
const VISITOR: readonly (keyof Visitor)[] = ['email', 'ip', 'url', 'host'];

/** Of all that a template reads. `{{ visitor | json }}` and `{{ visitor[name] }}` read every word of the group. */
export function requestWords(variables: Iterable<Variable>): readonly RequestWord[] {
  const words = new Map<string, RequestWord>();
  for (const { segments } of variables) {
    const [root, name] = segments;
    if (root === 'caseId' || root === 'now') words.set(root, [root]);
    const isNamed = typeof name === 'string';
    if (root === 'source') {
      for (const key of SOURCE)
        if (!isNamed || key === name) words.set(`source.${key}`, [root, key]);
    } else if (root === 'visitor') {
      for (const key of VISITOR) if (!isNamed || key === name) words.set(key, [root, key]);
    }
  }
  return [...words.values()];
}

function isValid(entry: Entry, words: readonly RequestWord[], view: TemplateContext): boolean {
  if (!words.every((word, index) => isSame(valueOf(view, word), entry.values[index]))) return false;
  if (entry.validUntil === Infinity) return true;
  const now = Date.parse(view.now);
  return entry.from <= now && now < entry.validUntil;
}

function valueOf(view: TemplateContext, [root, name]: RequestWord): unknown {
  if (root === 'source') return view.source[name];
  return root === 'visitor' ? view.visitor[name] : view[root];
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other)) return false;
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
