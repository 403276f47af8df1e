/** `check --live`: runs every statement for an address that does not exist and looks at what came back. */
import {
  closestMatch,
  wordsOf,
  wordTarget,
  type CheckResult,
  type Section,
} from '../../src/connector/index.ts';
import type { Query, Session } from './engine.ts';
import { joinOf, JOINS } from './records.ts';
import type { Column } from './rows.ts';
import type { DatabaseUrl } from './settings.ts';
import type { Statement } from './statement.ts';

const UNKNOWN = {
  emails: ['crm-bridge-check@example.invalid'],
  domains: ['crm-bridge-check.invalid'],
  contactIds: ['0'],
  companyIds: ['0'],
};

export async function checkStatements(
  statements: Partial<Readonly<Record<Section, Statement>>>,
  use: <T>(work: (session: Session) => Promise<T>) => Promise<T>,
  url: DatabaseUrl,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [...checkEncryption(url)];
  for (const [section, statement] of Object.entries(statements) as [Section, Statement][]) {
    try {
      const query: Query = { statement, values: UNKNOWN, keys: JOINS };
      const { columns } = await use((session) => session.run(query));
      results.push(...checkColumns(section, columns));
      for (const table of await use((session) => session.explain(query))) {
        const message = `${section}: reads the whole table ${table} for each lookup; add an index on what it compares with the list`;
        results.push({ level: 'warning', message });
      }
    } catch (error) {
      const { message } = error as Error;
      results.push({ level: 'error', message: `${section}: ${message}` });
    }
  }
  return results;
}

function checkEncryption({ dialect, host, tls }: DatabaseUrl): readonly CheckResult[] {
  const isLocal = host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host);
  if (dialect === 'sqlite' || tls !== undefined || isLocal) return [];
  return [
    { level: 'warning', message: `the connection to ${host} is not encrypted; set "tls: true"` },
  ];
}

function checkColumns(section: Section, columns: readonly Column[]): readonly CheckResult[] {
  const results: CheckResult[] = [];
  const words = [...wordsOf(section), ...JOINS];
  const names = columns.map(({ name }) => name);
  results.push({ level: 'ok', message: `${section}: gives ${names.join(', ')}` });
  for (const { name, type } of columns) {
    if (joinOf(section, name) !== undefined) continue;
    const target = wordTarget(section, name);
    const meant = target === undefined ? closestMatch(name, words) : undefined;
    if (meant !== undefined) {
      const message = `${section}: the column "${name}" goes to fields; did you mean "${meant}"?`;
      results.push({ level: 'warning', message });
    }
    const wanted = MISFITS[target?.kind ?? 'text'];
    if (wanted?.not.test(type) === true) {
      const message = `${section}: the column "${name}" is ${type}, expected ${wanted.expected}`;
      results.push({ level: 'warning', message });
    }
  }
  const has = (name: string) => names.some((one) => one.toLowerCase() === name);
  if (section === 'person' && !has('key')) {
    results.push({
      level: 'error',
      message: 'person: has no column "key"; add the address, as in lower(email) as "key"',
    });
  }
  if (
    section !== 'person' &&
    section !== 'company' &&
    !['key', 'contact.id', 'company.id'].some(has)
  ) {
    const message = `${section}: has no column "contact.id", "company.id" or "key", so its rows belong to no person`;
    results.push({ level: 'error', message });
  }
  return results;
}

/** Types of columns that a word cannot take. SQLite's are whatever was declared. */
const MISFITS: Partial<
  Readonly<Record<string, { readonly not: RegExp; readonly expected: string }>>
> = {
  number: { not: /^(?:text|varchar|char|date|time|boolean)/, expected: 'a number' },
  boolean: { not: /^(?:text|varchar|char|date|time)/, expected: 'true or false' },
  date: { not: /^(?:number|integer|int|real|boolean)/, expected: 'a date or time' },
};
