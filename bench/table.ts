/** Tables for a terminal and for Markdown. */
import { verdict, type Cell, type Table } from './measurement.ts';

/** Aligned by spaces, numbers to the right. */
export function alignedTable(table: Table): string {
  const facts = factsOf(table).map((fact) => wrapped(fact, '    '));
  const cells = lines(table.rows, '  ', '').map((line) => `  ${line}`.trimEnd());
  return [table.title, ...facts.map((fact) => fact.replace(/^ {4}/, '  - ')), ...cells].join('\n');
}

export function markdownTable(table: Table): string {
  const facts = factsOf(table).map((fact) => `- ${fact}`);
  const cells = lines(table.rows, ' | ', '-').map((line) => `| ${line} |`);
  return [`### ${table.title}`, '', ...facts, '', ...cells].join('\n');
}

/** @returns lines of about a hundred characters, each after the indent. */
export function wrapped(text: string, indent = ''): string {
  return text.replace(/(.{1,100})(?: |$)/g, `${indent}$1\n`).trimEnd();
}

function factsOf({ measured, rounds, goal }: Table): readonly string[] {
  const often =
    rounds === 1
      ? 'one run'
      : `${rounds}, taking turns; medians, in brackets the least and the most where they differ`;
  return [
    `Measured: ${measured}`,
    `Rounds: ${often}.`,
    `Goal: ${goal === undefined ? 'none' : `${goal.text}: ${verdict(goal.isMet)}`}.`,
  ];
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

/** `8,412 (8,100–8,700)`: the median and its spread, if there is one. */
function worded(cell: Cell): string {
  if (cell === undefined) return '–';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return numeral(cell);
  const [median, min, max] = [cell.median, cell.min, cell.max].map(numeral);
  return min === max ? `${median}` : `${median} (${min}–${max})`;
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
