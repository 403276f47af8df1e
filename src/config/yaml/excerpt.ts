/** The source line of a problem with a caret below it. The neighbour of a mistake may be a secret: it is `…`. */

/** Offsets in the text, the end not included. */
export type Range = readonly [start: number, end: number];

/** What stands between words; of a path or an address a part is not shown alone. */
const WORD = /[^\s:,[\]{}"'?|>*&#]+/gu;
const WIDTH = 100;
/** How much of a long line is looked at, before the caret and after it. */
const MAX_BEFORE = 400;
const MAX_AFTER = 200;

/**
 * @param offset where the caret goes
 * @param lineNumber from 1
 * @param isShown whether a word may be shown
 */
export function excerptAt(
  text: string,
  offset: number,
  lineNumber: number,
  isShown: (word: string) => boolean,
): string {
  const [lineStart, lineEnd] = lineAt(text, offset);
  const start = Math.max(lineStart, offset - MAX_BEFORE);
  const comment = commentAt(text, offset, lineEnd);
  const end = Math.min(comment ?? lineEnd, offset + MAX_AFTER);
  const isWhole = (from: number, to: number): boolean =>
    (from > start || start === lineStart) && (to < end || end === lineEnd || end === comment);
  const cut = start > lineStart ? '…' : '';
  let caret = offset - start + cut.length;
  const line = text.slice(start, end).replace(WORD, (word, index: number) => {
    const [from, to] = [start + index, start + index + word.length];
    if (isWhole(from, to) && isShown(word)) return word;
    if (to <= offset) caret -= word.length - 1;
    else if (from < offset) caret -= offset - from;
    return '…';
  });
  const rest = end === comment ? ' # …' : end < lineEnd ? '…' : '';
  return draw(`${cut}${line.trimEnd()}${rest}`.replaceAll('\t', ' '), caret, lineNumber);
}

/** Where a comment begins behind an offset. It may have a secret, and single words of it between dots say nothing. */
function commentAt(text: string, offset: number, lineEnd: number): number | undefined {
  let quote = '';
  for (let at = offset; at < Math.min(lineEnd, offset + MAX_AFTER); at += 1) {
    const sign = text.charAt(at);
    if (quote !== '') quote = sign === quote ? '' : quote;
    else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === '#' && /\s/u.test(text.charAt(at - 1))) return at;
  }
  return undefined;
}

/** Where the line with an offset begins and ends. */
export function lineAt(text: string, offset: number): Range {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  return [start, end === -1 ? text.length : end];
}

/** Puts the line's number before its first line. */
export function withGutter(excerpt: string, lineNumber: number): string {
  return `${String(lineNumber).padStart(4)} | ${excerpt.replaceAll('\n', '\n     | ')}`;
}

function draw(line: string, caret: number, lineNumber: number): string {
  const skip = caret < WIDTH - 10 ? 0 : caret - Math.floor(WIDTH / 2);
  const cut = skip === 0 ? '' : '…';
  const rest = line.slice(skip, skip + WIDTH) + (line.length > skip + WIDTH ? '…' : '');
  return withGutter(`${cut}${rest}\n${' '.repeat(caret - skip + cut.length)}^`, lineNumber);
}
