/**
 * A text may be shown again as long as it would come out the same: same CRM data, same template and style,
 * and the same values of all that the template reads of the request, the source and the clock. What it
 * reads is noted while it renders, so nothing needs to be known about a template beforehand.
 */
import type { Rendered, RenderOptions } from './template-set.ts';
import type { TemplateContext, Visitor } from './template-context.ts';
import type { Source } from '../model/outcome.ts';

/** The moment of a rendering, ISO 8601, UTC. */
export interface RenderingClock {
  /** To the millisecond: the text is good for no other. */
  now(): string;
  /**
   * What a filter makes of the minute that has begun, such as "5 days ago": the text is good as long as it
   * makes the same of later ones.
   */
  byMinute<T>(make: (minute: string) => T): T;
}

/** Renders what cannot be shown again. */
export type RenderFn = (
  view: TemplateContext,
  style: RenderOptions,
  clock: RenderingClock,
) => Rendered;

/** @param about what all CRM data of the view belongs to; `undefined` when there is none. */
export type Render = (view: TemplateContext, style: RenderOptions, about?: object) => Rendered;

/** @returns hands out what `draw` made before, if that still holds. A text is gone with its `about`. */
export function memoizeRender(draw: RenderFn): Render {
  const styles = new WeakMap<RenderOptions, WeakMap<object, Text>>();

  return (view, style, about) => {
    const texts = textsOf(style);
    const known = about && texts.get(about);
    if (known !== undefined && isValid(known, view)) return known.rendered;
    const reads = new Map<string, Read>();
    const moments: ClockRead[] = [];
    const minute = minuteOf(view);
    const note = (name: string, again: Reader): unknown => {
      const value = again(view);
      reads.set(name, { again, value });
      return value;
    };
    const clock: RenderingClock = {
      now: () => note('now', (of) => of.now) as string,
      byMinute(make) {
        const value = make(minute);
        moments.push({ make, value });
        return value;
      },
    };
    const rendered = draw(tracked(view, note), style, clock);
    // A failure is told each time. Of a stranger nothing is kept with the company, which is not theirs.
    const isOwn = view.contact !== null || !readsVisitor(reads);
    const isCacheable = rendered.failure === undefined && isOwn && moments.length <= MOST_MOMENTS;
    if (about !== undefined && isCacheable) {
      texts.set(about, { rendered, reads: [...reads.values()], moments, minute });
    }
    return rendered;
  };

  function textsOf(style: RenderOptions): WeakMap<object, Text> {
    const known = styles.get(style);
    if (known !== undefined) return known;
    const texts = new WeakMap<object, Text>();
    styles.set(style, texts);
    return texts;
  }
}

interface Text {
  readonly rendered: Rendered;
  readonly reads: readonly Read[];
  readonly moments: readonly ClockRead[];
  /** The latest for which the moments came out the same. */
  minute: string;
}

/** What was made of the clock, and how to make it again. */
interface ClockRead {
  readonly make: (minute: string) => unknown;
  readonly value: unknown;
}

/** A text with more of them is rendered anew rather than looked at once a minute. */
const MOST_MOMENTS = 100;

/** A word that a template read: how to read it in another view, and what it was. */
interface Read {
  readonly again: Reader;
  readonly value: unknown;
}

type Reader = (view: TemplateContext) => unknown;
type Recorder = (name: string, again: Reader) => unknown;

function readsVisitor(reads: ReadonlyMap<string, Read>): boolean {
  return [...reads.keys()].some((name) => name === 'caseId' || name.startsWith('visitor.'));
}

function isValid(text: Text, view: TemplateContext): boolean {
  for (const { again, value } of text.reads) if (!isSame(again(view), value)) return false;
  if (text.moments.length === 0) return true;
  const minute = minuteOf(view);
  if (minute === text.minute) return true;
  if (!text.moments.every(({ make, value }) => make(minute) === value)) return false;
  text.minute = minute;
  return true;
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other)) return false;
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

function minuteOf({ now }: TemplateContext): string {
  return `${now.slice(0, 'YYYY-MM-DDTHH:MM'.length)}:00.000Z`;
}

/** The view, with a note of each of its words that can change though the CRM data is the same. */
function tracked(view: TemplateContext, note: Recorder): TemplateContext {
  const ofSource = Object.keys(view.source) as (keyof Source)[];
  const all = {
    ...view,
    source: watchWords({}, ofSource, (of) => of.source, 'source.', note),
    visitor: watchWords({}, OF_VISITOR, (of) => of.visitor, 'visitor.', note),
  };
  return watchWords(all, OF_REQUEST, (of) => of, '', note);
}

const OF_REQUEST = ['outcome', 'caseId', 'now'] as const;
const OF_VISITOR = ['email', 'ip', 'url', 'host'] as const satisfies (keyof Visitor)[];

function watchWords<Words extends object>(
  target: object,
  names: readonly (keyof Words & string)[],
  among: (view: TemplateContext) => Words,
  prefix: string,
  note: Recorder,
): Words {
  for (const name of names) {
    const get = () => note(prefix + name, (view) => among(view)[name]);
    Object.defineProperty(target, name, { enumerable: true, configurable: true, get });
  }
  return target as Words;
}
