/** What a cell may hold. An empty cell is an unknown value. */
export type CellKind = 'text' | 'number' | 'boolean' | 'date' | 'kind';
export type CellValue = string | number | boolean;

/** @returns the value, or `{ expected, got }` without the cell's content. */
export function parseCell(
  kind: CellKind,
  cell: string,
): CellValue | { readonly expected: string; readonly got: string } {
  const value = PARSERS[kind](cell);
  return value ?? { expected: EXPECTED[kind], got: describe(kind, cell) };
}

const EXPECTED: Readonly<Record<CellKind, string>> = {
  text: 'a text',
  number: 'a number such as 1234.50',
  boolean: 'true or false (or yes, no, 1, 0)',
  date: 'a date such as 2026-11-24, or 2026-11-24T09:40:00Z',
  kind: 'contact or lead',
};

const PARSERS: Readonly<Record<CellKind, (cell: string) => CellValue | undefined>> = {
  text: (cell) => cell,
  number(cell) {
    const number = /^-?\d+(?:\.\d+)?$/.test(cell) ? Number(cell) : NaN;
    return Number.isFinite(number) ? number : undefined;
  },
  boolean: (cell) => BOOLEANS.get(cell.toLowerCase()),
  date: parseDate,
  kind: (cell) => ['contact', 'lead'].find((kind) => kind === cell.toLowerCase()),
};

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', '1'].map((word) => [word, true] as const),
  ...['false', 'no', '0'].map((word) => [word, false] as const),
]);

const ISO_DATE = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** A bare date stays one; a time becomes UTC. */
function parseDate(cell: string): string | undefined {
  const [, day, time] = ISO_DATE.exec(cell) ?? [];
  const ms = Date.parse(cell);
  if (day === undefined || Number.isNaN(ms) || !isCalendarDay(day)) return undefined;
  return time === undefined ? day : new Date(ms).toISOString();
}

/** `Date.parse` takes 30 February for 2 March. */
function isCalendarDay(day: string): boolean {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** What the cell looks like, without its content. */
function describe(kind: CellKind, cell: string): string {
  if (kind === 'number' && /^-?\d+(?:\.\d+)?$/.test(cell)) return 'a number that is too large';
  if (kind === 'number' && /^[-+\d.,' \u00a0\u202f]*\d[.,\d]*$/.test(cell))
    return 'a number with a comma, a sign or separators of thousands';
  if (kind === 'number' && /\d/.test(cell)) return 'a number with a unit, or a text';
  if (kind === 'date' && /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(cell)) return 'a time without a zone';
  if (kind === 'date' && ISO_DATE.test(cell)) return 'a day or time that does not exist';
  if (kind === 'date' && /^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}/.test(cell))
    return 'a date in another form';
  return 'a text';
}
