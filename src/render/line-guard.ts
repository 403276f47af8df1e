/**
 * Keeps values from forging a line. They hold no line break; what else begins a line depends on the tenant's separator:
 * itself, such as ` | `, or, if it is of HTML (a tag, or a reference such as `&#10;`), any tag and reference.
 */
import type { TemplateContext } from './template-set.ts';

/** Controls and bidirectional controls, which a decoder can bring back. */
const FORGING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/u;

/** Where HTML has a tag or the like, with the start of its name. */
const TAG = /<[a-z/!?][^\s/>]{0,20}/iu;
/** What HTML can take for a control character, such as `&#10;`. */
const REFERENCE = /&(?:#|NewLine;)/u;
/** What an agent reads as the same, and HTML as a text. */
const LOOKALIKES = { '<': '‹', '&': '＆' } as const;

export interface LineGuard {
  /** Whether a sanitized value can hold what begins a line. */
  readonly isInValues: boolean;
  /** Whether lines are begun by HTML. */
  readonly isHtml: boolean;
  /** A value without what begins a line, also where removing it makes another. */
  clean(value: string): string;
  /** What begins lines in a text; those that are alike are equal. */
  marks(text: string): readonly string[];
  /** The text, in which nothing that is of several pieces begins a line. @param pieces as they stand in the text */
  untangle(text: string, pieces: readonly Piece[]): string;
}

export interface Piece {
  /** Where it ends in the text. */
  readonly end: number;
  /** Whether the template's author wrote it. */
  readonly isOwn: boolean;
}

/** @param separator between the lines of an answer; in values also with other capitals. */
export function createLineGuard(separator: string): LineGuard {
  if (TAG.test(separator) || REFERENCE.test(separator)) return createHtmlGuard(separator.trim());
  // No value has a line break or tab, and one blank cannot be distinguished from those between words.
  if (separator === ' ' || FORGING.test(separator)) return createGuard(FORGING.source);
  return createTextGuard(separator);
}

function createGuard(marks: string, replacements: readonly Replacement[] = []) {
  const pattern = new RegExp(marks, 'giu');
  const all = [[new RegExp(FORGING, 'gu'), ' '] as const, ...replacements];
  const once = (text: string): string =>
    all
      .reduce((rest, [each, instead]) => rest.replace(each, instead), text)
      .replace(/ {2,}/gu, ' ')
      .trim();
  return {
    isInValues: replacements.length > 0,
    isHtml: false,
    clean(value: string) {
      if (!all.some(([each]) => value.search(each) >= 0)) return value;
      let before = value;
      for (let after = once(before); after !== before; after = once(before)) before = after;
      return before;
    },
    marks: (text: string) =>
      (text.match(pattern) ?? []).map((mark) => (FORGING.test(mark) ? '\n' : mark.toLowerCase())),
    untangle: (text: string) => text,
  };
}

type Replacement = readonly [pattern: RegExp, instead: string];

function createTextGuard(separator: string): LineGuard {
  const source = escapePattern(separator);
  const pattern = new RegExp(source, 'giu');
  return {
    ...createGuard(`${FORGING.source}|${source}`, [[pattern, ' ']]),
    /** Of a separator what the template did not write goes. */
    untangle(text, pieces) {
      if (text.search(pattern) < 0) return text;
      const of = piecesOf(pieces);
      const whole = new RegExp(`^${source}$`, 'iu');
      const units: string[] = [];
      const from: number[] = [];
      let keptEnd = 0;
      // Unit by unit, in time that grows with the text: where a separator went, both sides may be one now.
      for (let at = 0; at < text.length; at++) {
        const pending: string[] = [text.charAt(at)];
        for (
          let unit = pending.shift(), piece = of[at] ?? 0;
          unit !== undefined;
          unit = pending.shift()
        ) {
          from.push(piece);
          const end = units.push(unit);
          const start = end - separator.length;
          if (start < keptEnd || !whole.test(units.slice(start).join(''))) continue;
          if (isMixed(from, start, end)) {
            const origins = from.splice(start);
            pending.unshift(...units.splice(start).filter((_, n) => origins[n] === 0));
            piece = 0;
          } else keptEnd = end;
        }
      }
      return units.join('');
    },
  };
}

function createHtmlGuard(separator: string): LineGuard {
  // Values lose each `<`, so that no filter can make a tag of one and what stands behind it.
  const guard = createGuard(`${FORGING.source}|${TAG.source}|${REFERENCE.source}`, [
    [new RegExp(escapePattern(separator), 'giu'), ' '],
    [/</gu, LOOKALIKES['<']],
    [/&(?=#|NewLine;)/giu, LOOKALIKES['&']],
  ]);
  const pattern = new RegExp(`(?=(${TAG.source}|${REFERENCE.source}))`, 'giu');
  return {
    ...guard,
    isHtml: true,
    untangle(text, pieces) {
      if (text.search(pattern) < 0) return text;
      const of = piecesOf(pieces);
      const forged = new Set<number>();
      for (const { index, 1: mark = '' } of text.matchAll(pattern))
        if (isMixed(of, index, index + mark.length)) forged.add(index);
      return text.replace(/[<&]/gu, (sign, at: number) =>
        forged.has(at) ? LOOKALIKES[sign as '<'] : sign,
      );
    },
  };
}

/** The piece of each UTF-16 unit, from 1; 0 for the template's own. */
function piecesOf(pieces: readonly Piece[]): number[] {
  const of: number[] = [];
  pieces.forEach(({ end, isOwn }, index) => {
    while (of.length < end) of.push(isOwn ? 0 : index + 1);
  });
  return of;
}

function isMixed(pieces: readonly number[], start: number, end: number): boolean {
  const first = pieces[start];
  for (let at = start + 1; at < end; at++) if (pieces[at] !== first) return true;
  return false;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}

/**
 * What a filter made of a value, without what begins a line and was put together by it. What stands in an argument,
 * such as `join: " | "`, is the template's.
 * @param given the value and the arguments.
 */
export function guardResult(
  filter: string,
  result: unknown,
  given: readonly unknown[],
  guard: LineGuard,
): unknown {
  if (typeof result !== 'string' || result === given[0] || filter === 'newline_to_br')
    return result;
  if (guard.isHtml && ESCAPERS.has(filter)) return result;
  if (DECODERS.has(filter)) return guard.clean(result);
  if (guard.marks(result).length === 0) return result;
  const [value, ...args] = given;
  const marks = countMarks(result, guard);
  const before = countMarks(value, guard);
  const argued = countMarks(args, guard);
  const isForged = [...marks].some(([mark, count]) => {
    const own = argued.get(mark) ?? 0;
    return count > (before.get(mark) ?? 0) + own && (own === 0 || ENDS.has(filter));
  });
  return isForged ? guard.clean(result) : result;
}

function countMarks(texts: unknown, guard: LineGuard): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of [texts].flat(2)) {
    if (typeof text !== 'string') continue;
    for (const mark of guard.marks(text)) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  }
  return counts;
}

/** What they write is text to HTML, such as `&#39;`. */
const ESCAPERS: ReadonlySet<string> = new Set(['escape', 'escape_once', 'xml_escape']);
const DECODERS: ReadonlySet<string> = new Set(['url_decode', 'base64_decode']);
const ENDS: ReadonlySet<string> = new Set(['append', 'prepend']);

/** The filter for HTML, which has to see the `<` of values. @param strip removes tags. */
export function stripTags(text: string, strip: (text: string) => string, guard: LineGuard): string {
  if (!guard.isHtml) return strip(text);
  return strip(text.replaceAll(LOOKALIKES['<'], '<')).replaceAll('<', LOOKALIKES['<']);
}

/** The context with every text of it clean; names of the CRM's own fields too, since a template can list them. */
export function guardContext(context: TemplateContext, guard: LineGuard): TemplateContext {
  if (!guard.isInValues) return context;
  const cleaned = (value: unknown, parent = ''): unknown => {
    if (typeof value === 'string') return guard.clean(value);
    if (Array.isArray(value)) return value.map((item) => cleaned(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        parent === 'fields' ? guard.clean(name) : name,
        cleaned(item, name),
      ]),
    );
  };
  const { contact, company, deals, tickets, others, visitor, caseId } = context;
  const values = cleaned({ contact, company, deals, tickets, others, visitor, caseId });
  return { ...context, ...(values as Partial<TemplateContext>) };
}
