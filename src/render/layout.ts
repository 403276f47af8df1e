/** The last steps from what a template wrote to what the agent sees. */
import { wholeCharacters } from '../model/characters.ts';
import type { RenderOptions } from './template-set.ts';

/**
 * Marks an empty line that the template's author wrote. All other empty lines come from values
 * that are missing, and are not shown. A control character, so no CRM value holds it.
 */
export const EMPTY_LINE = '\u001e';

const ELLIPSIS = '…';
/** The share of the text given up for ending at the end of a line. */
const MAX_TRIM_SHARE = 0.1;

/**
 * Line breaks become the tenant's separator, blanks at the ends of lines and of the text go, empty
 * lines stay only where the template has one, and the whole, separators included, is at most
 * `maxLength` UTF-16 units; what is cut ends in `…`, between lines if near, never within a character.
 */
export function layoutText(
  text: string,
  style: Pick<RenderOptions, 'maxLength' | 'lineSeparator'>,
): string {
  const { maxLength, lineSeparator } = style;
  const lines = tidyLines(text.toWellFormed(), lineSeparator);
  const whole = lines.join(lineSeparator);
  return whole.length <= maxLength ? whole : truncate(lines, maxLength, lineSeparator);
}

/** Marks the empty lines of a piece of a template. */
export function markEmptyLines(text: string): string {
  return text.replace(/\n[ \t\r]*(?=\n)/gu, `\n${EMPTY_LINE}`);
}

export function withoutMarks(text: string): string {
  return text.includes(EMPTY_LINE) ? text.replaceAll(EMPTY_LINE, '') : text;
}

function tidyLines(text: string, separator: string): readonly string[] {
  const lines: string[] = [];
  for (const raw of text.split(/\r\n?|\n/u)) {
    const line = beforeSeparator(withoutMarks(raw).trimEnd(), separator);
    if (line !== '') lines.push(line);
    else if (raw.includes(EMPTY_LINE) && lines.length > 0 && lines.at(-1) !== '') lines.push('');
  }
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** A line without an end such as ` -`, which makes one separator more together with a ` - ` behind it. */
function beforeSeparator(line: string, separator: string): string {
  const first = Math.max(line.length - separator.length + 1, 0);
  for (let at = first; at < line.length; at++)
    if ((line.slice(at) + separator).startsWith(separator))
      return beforeSeparator(line.slice(0, at).trimEnd(), separator);
  return line;
}

function truncate(lines: readonly string[], maxLength: number, separator: string): string {
  const room = maxLength - ELLIPSIS.length;
  if (room < 0) return '';
  let kept = '';
  for (const line of lines) {
    const start = kept === '' ? '' : kept + separator;
    if (start.length + line.length > room) {
      const rest = room - start.length;
      if (kept !== '' && rest < maxLength * MAX_TRIM_SHARE)
        return (rest < 0 ? kept : start) + ELLIPSIS;
      return start + wholeCharacters(line, rest).trimEnd() + ELLIPSIS;
    }
    kept = start + line;
  }
  return kept;
}
