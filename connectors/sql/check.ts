/** `check --live`: runs every statement for people who do not exist and looks at its columns and its plan. */
import {
  wordHint,
  wordTarget,
  type CheckResult,
  type Section,
  type WordKind,
} from '../../src/connector/index.ts';
import { joinOf, type Statements } from './people.ts';
import { JOINS, type Column, type ColumnType } from './rows.ts';
import type { Inspection } from './session.ts';
import type { DatabaseUrl } from './settings.ts';
import type { Statement } from './statement.ts';

export async function checkStatements(
  statements: Statements,
  inspect: (statement: Statement) => Promise<Inspection>,
  url: DatabaseUrl,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [...checkEncryption(url)];
  for (const [section, statement] of Object.entries(statements) as [Section, Statement][]) {
    const add = (level: CheckResult['level'], message: string) => {
      results.push({ level, message: `${section}: ${message}` });
    };
    try {
      const { columns, scans } = await inspect(statement);
      add('ok', `has the columns ${columns.map(({ name }) => name).join(', ')}`);
      for (const message of missingColumns(section, columns)) add('error', message);
      if (section === 'person') {
        for (const message of missingIds(statements, columns)) add('error', message);
      }
      for (const message of columns.flatMap((one) => oddities(section, one)))
        add('warning', message);
      for (const table of scans) {
        const message = `reads the whole table ${table} for each lookup; add an index on what is compared with the list`;
        add('warning', message);
      }
    } catch (error) {
      add('error', (error as Error).message);
    }
  }
  return results;
}

function checkEncryption({ dialect, host, tls }: DatabaseUrl): readonly CheckResult[] {
  const isLocal = host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host);
  if (dialect === 'sqlite' || tls !== undefined || isLocal) return [];
  const message = `the connection to ${host} is not encrypted; set "tls: true"`;
  return [{ level: 'warning', message }];
}

function missingColumns(section: Section, columns: readonly Column[]): readonly string[] {
  const hasJoin = columns.some(({ name }) => joinOf(section, name) !== undefined);
  if (section === 'company' || hasJoin) return [];
  return [
    section === 'person'
      ? 'has no column "key"; add the address, such as lower(email) as "key"'
      : 'has no column "contact.id", "company.id" or "key", so its rows belong to no person',
  ];
}

/** @returns what other statements ask with, but no person has. */
function missingIds(statements: Statements, columns: readonly Column[]): readonly string[] {
  const words = new Set(columns.map(({ name }) => wordTarget('person', name)?.word));
  return Object.entries(statements).flatMap(([section, { placeholders }]) =>
    IDS.filter(([list, word]) => placeholders.has(list) && !words.has(word)).map(
      ([list, word]) => `has no column "${word}", so ":${list}" of ${section} is always empty`,
    ),
  );
}

const IDS = [
  ['contactIds', 'id'],
  ['companyIds', 'company.id'],
] as const;

function oddities(section: Section, { name, type }: Column): readonly string[] {
  if (joinOf(section, name) !== undefined) return [];
  const target = wordTarget(section, name);
  if (target === undefined) {
    const hint = wordHint(
      section,
      name,
      JOINS.filter((join) => joinOf(section, join) !== undefined),
    );
    // Of two letters one is too many to be a slip: "ip" is not "id".
    return hint === undefined || name.length < 3
      ? []
      : [`the column "${name}" goes to fields; ${hint}`];
  }
  const expected = EXPECTED[target.kind];
  if (expected === undefined || type === 'any' || expected.types.includes(type)) return [];
  return [`the column "${name}" is ${NAMES[type]}, expected ${expected.text}`];
}

const EXPECTED: Partial<
  Readonly<Record<WordKind, { readonly types: readonly ColumnType[]; readonly text: string }>>
> = {
  number: { types: ['number'], text: 'a number' },
  boolean: { types: ['boolean', 'number'], text: 'true or false' },
  date: { types: ['date', 'time', 'text'], text: 'a date or time' },
};

const NAMES: Readonly<Record<ColumnType, string>> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date',
  time: 'a time',
  any: 'of any type',
};
