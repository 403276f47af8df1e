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

/** Columns of equal width, two spaces apart; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    }
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === row.length - 1
            ? cell
            : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
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
