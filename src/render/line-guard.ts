/**
 * Keeps values from forging a line: with another separator than a line break, such as ` | ` or `<br>`, the separator
 * is removed from all that a text shows but did not write itself.
 */
import type { TemplateContext } from './template-set.ts';

/** What separates lines while a template is rendered, by any writer. */
const LINE_BREAKS = /[\n\v\f\r\u0085\u2028\u2029]+/gu;
/** Tags that begin a line where HTML is shown, which a separator such as `<br>` says. */
const HTML_LINES =
  /<\s*\/?\s*(?:br|p|div|hr|li|[ou]l|tr|table|pre|blockquote|h[1-6])(?![a-z0-9])[^<>]*>?/giu;

/** Controls and bidirectional controls, which a decoder can bring back. */
const FORGING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

export interface LineGuard {
  /** Whether a sanitized value can hold the separator: not when it is of line breaks or blanks. */
  readonly isInValues: boolean;
  /** A value without what separates lines, also where removing it makes another. */
  clean(value: string): string;
  /** The places of separators, each as start and end. */
  separatorsIn(text: string): readonly (readonly [start: number, end: number])[];
  /** How many separators and line breaks a text has. */
  count(text: string): number;
}

/** @param separator between the lines of an answer; in values also with other capitals. */
export function createLineGuard(separator: string): LineGuard {
  const core = separator.trim();
  const literal = /[\r\n]/u.test(separator) ? core : separator;
  const own = new RegExp(literal.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&'), 'giu');
  // Blanks alone cannot be distinguished from those between words.
  const patterns = core === '' ? [] : /^<[a-z]/iu.test(core) ? [HTML_LINES, own] : [own];
  const remove = (text: string): string =>
    patterns
      .reduce((rest, each) => rest.replace(each, ' '), text.replace(FORGING, ' '))
      .replace(/ {2,}/gu, ' ')
      .trim();
  const separatorsIn = (text: string) =>
    patterns.flatMap((each) =>
      Array.from(
        text.matchAll(each),
        ({ index, 0: found }) => [index, index + found.length] as const,
      ),
    );
  return {
    isInValues: patterns.length > 0,
    clean(value) {
      let before = value;
      for (let after = remove(before); after !== before; after = remove(before)) before = after;
      return before;
    },
    separatorsIn,
    count: (text) => separatorsIn(text).length + (text.match(LINE_BREAKS)?.length ?? 0),
  };
}

/**
 * What a filter made of a value, without line breaks and separators that it put together itself. Those of an
 * argument, such as `join: " | "`, are the template's.
 */
export function guardResult(
  filter: string,
  result: unknown,
  [value, ...args]: readonly unknown[],
  guard: LineGuard,
): unknown {
  if (typeof result !== 'string' || filter === 'newline_to_br') return result;
  if (DECODERS.has(filter)) return result === value ? result : guard.clean(result);
  const found = guard.count(result);
  if (found === 0) return result;
  const countIn = (texts: readonly unknown[]): number =>
    texts
      .flat()
      .reduce<number>((sum, text) => sum + (typeof text === 'string' ? guard.count(text) : 0), 0);
  const ofArguments = countIn(args);
  if (ofArguments > 0 && !ENDS.has(filter)) return result;
  return found > countIn([value]) + ofArguments ? guard.clean(result) : result;
}

const DECODERS: ReadonlySet<string> = new Set(['url_decode', 'base64_decode']);
const ENDS: ReadonlySet<string> = new Set(['append', 'prepend']);

/** The context with every text of it clean; names of fields too, since a template can list them. */
export function guardContext(context: TemplateContext, guard: LineGuard): TemplateContext {
  if (!guard.isInValues) return context;
  const cleaned = (value: unknown): unknown => {
    if (typeof value === 'string') return guard.count(value) > 0 ? guard.clean(value) : value;
    if (Array.isArray(value)) return value.map(cleaned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        guard.count(name) > 0 ? guard.clean(name) : name,
        cleaned(item),
      ]),
    );
  };
  const { contact, company, deals, tickets, others, visitor, caseId } = context;
  const values = cleaned({ contact, company, deals, tickets, others, visitor, caseId });
  return { ...context, ...(values as Partial<TemplateContext>) };
}
