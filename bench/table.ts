/** Tables for a terminal and for Markdown. */
import type { Cell, Table } from './measurement.ts';

/** Aligned by spaces, numbers to the right. */
export function alignedTable({ title, rows }: Table): string {
  return [title, ...lines(rows, '  ', '').map((line) => `  ${line}`.trimEnd())].join('\n');
}

export function markdownTable({ title, rows }: Table): string {
  return [`**${title}**`, '', ...lines(rows, ' | ', '-').map((line) => `| ${line} |`)].join('\n');
}

/** @param rule what the line below the headings is made of; without it there is none. */
function lines(rows: Table['rows'], separator: string, rule: string): readonly string[] {
  const headings = Object.keys(rows[0] ?? {});
  const columns = headings.map((heading) => {
    const cells = rows.map((row) => row[heading]);
    const texts = [heading, ...cells.map(worded)];
    const width = Math.max(...texts.map((text) => text.length));
    const isNumeric = cells.every((cell) => typeof cell !== 'string');
    const padded = texts.map((text) => (isNumeric ? text.padStart(width) : text.padEnd(width)));
    const below = isNumeric ? `${rule.repeat(width - 1)}:` : rule.repeat(width);
    return rule === '' ? padded : padded.toSpliced(1, 0, below);
  });
  return (columns[0] ?? []).map((_, line) => columns.map((column) => column[line]).join(separator));
}

/** `8,412 (8,100–8,700)`: the median and its spread. */
function worded(cell: Cell): string {
  if (cell === undefined) return '–';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return numeral(cell);
  return `${numeral(cell.median)} (${numeral(cell.min)}–${numeral(cell.max)})`;
}

/** Three digits that matter; counts whole. */
function numeral(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits =
    Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
