/** From rows to records: the names of columns are the words of templates, any other name is a field. */
import {
  assignWord,
  foldWord,
  toWordValue,
  wordTarget,
  type RawRecord,
  type Section,
  type WordKind,
} from '../../src/connector/index.ts';
import type { Result } from './rows.ts';

/** Columns that say whose row it is. */
export const JOINS = ['key', 'contact.id', 'company.id'] as const;
export type Join = (typeof JOINS)[number];

export interface JoinedRecord {
  readonly record: RawRecord;
  readonly keys: Partial<Readonly<Record<Join, string>>>;
}

/** @returns which join a column is; a person's `company.id` is a word like others. */
export function joinOf(section: Section, name: string): Join | undefined {
  if (section === 'company') return undefined;
  const join = JOINS.find((one) => one === foldWord(name));
  return section === 'person' && join !== 'key' ? undefined : join;
}

export function recordsOf(section: Section, { columns, rows }: Result): readonly JoinedRecord[] {
  const places = columns.map(({ name }) => {
    const join = joinOf(section, name);
    const { path, kind } = wordTarget(section, name) ?? {
      path: ['fields', name],
      kind: 'text' as const,
    };
    return { join, path, kind };
  });
  return rows.map((row) => {
    const record: Record<string, unknown> = {};
    const keys: Partial<Record<Join, string>> = {};
    places.forEach(({ join, path, kind }, at) => {
      const value = row[at];
      if (value === null || value === undefined) return;
      if (join === undefined) assignWord(record, path, convert(value, kind));
      else keys[join] = textOf(value);
    });
    return { record, keys };
  });
}

/** Keys are compared as text. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Databases without booleans have 0 and 1; a time without a zone is UTC. */
function convert(value: unknown, kind: WordKind): unknown {
  if (kind === 'date' && typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d/.test(value))
    return utcTime(value) ?? value;
  return toWordValue(value, kind);
}

/** @param text such as `2026-11-24 09:40:00.123456`, UTC. @returns ISO 8601; `undefined` for another form. */
export function utcTime(text: string): string | undefined {
  const parsed = new Date(`${text.replace(' ', 'T').replace(/(\.\d{3})\d*$/, '$1')}Z`);
  return Number.isNaN(parsed.getTime()) ? undefined : parsed.toISOString();
}
