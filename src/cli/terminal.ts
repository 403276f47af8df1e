/** Text for people: colours on a terminal only, aligned columns, a spinner. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Output } from './io.ts';

export type Style = Parameters<typeof styleText>[0];

/** @returns the text in that style if `output` is a terminal that wants colours (NO_COLOR is honoured). */
export function paint(output: Output, style: Style, text: string): string {
  return output.isTTY === true ? styleText(style, text, { stream: output }) : text;
}

/** The format of a log whose configuration names none. */
export function defaultLogFormat(output: Pick<Output, 'isTTY'>): 'json' | 'pretty' {
  return output.isTTY === true ? 'pretty' : 'json';
}

/** Columns of equal width, two spaces apart; the last one is not padded, and wrapped on a terminal. */
export function table(output: Output, rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    }
  }
  const padded = (row: readonly string[]) =>
    row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)) + '  ');
  return rows
    .map((row) => {
      const start = padded(row.slice(0, -1)).join('');
      const line = start + (row.at(-1) ?? '');
      return wrap(output, line, widthOf(start)).trimEnd();
    })
    .join('\n');
}

/** Of a terminal that is too narrow to align further lines, the indentation of these. */
const NARROW_INDENT = 4;

/**
 * Breaks a line between words where the terminal ends. A word that is longer stays whole, such as a URL to copy, and
 * nothing is broken for a file or another program.
 * @param indent of the further lines.
 */
export function wrap(output: Output, line: string, indent = NARROW_INDENT): string {
  const width = output.isTTY === true ? (output.columns ?? Infinity) : Infinity;
  if (widthOf(line) <= width) return line;
  const hanging = indent > width / 2 ? NARROW_INDENT : indent;
  const lines: string[] = [];
  let current = '';
  for (const word of line.match(/ *[^ ]+/g) ?? []) {
    if (widthOf(current + word) <= width || current.trim() === '') {
      current += word;
    } else {
      lines.push(current);
      current = ' '.repeat(hanging) + word.trimStart();
    }
  }
  lines.push(current);
  return lines.join('\n');
}

/** Colour codes take no width. */
function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Shows a spinner while `work` runs, on a terminal only, and erases it afterwards. */
export async function withSpinner<T>(
  output: Output,
  label: string,
  work: () => Promise<T>,
): Promise<T> {
  if (output.isTTY !== true) return work();
  let frame = 0;
  const draw = () => {
    output.write(`\r${paint(output, 'cyan', FRAMES[frame++ % FRAMES.length] ?? '')} ${label}`);
  };
  draw();
  const timer = setInterval(draw, 80);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    output.write('\r\u001b[K');
  }
}
