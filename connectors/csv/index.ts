/** People, companies, deals and tickets from CSV files: the embedded default, without a CRM. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { CallOptions, CheckResult, ConnectorModule } from '../../src/connector/index.ts';
import { isField, wrongWords, type Column } from './columns.ts';
import { ENCODINGS } from './decode.ts';
import { TABLES } from './directory.ts';
import { NOISE } from './headings.ts';
import { openLiveDirectory, type LiveDirectory, type Wait } from './live-directory.ts';
import type { Files } from './load-directory.ts';
import type { CsvFile } from './read-rows.ts';
import type { Table } from './table.ts';

const text = z.string().trim().min(1);

const settings = z.strictObject({
  file: text.describe('The people: a CSV file with a column "email"'),
  companies: text
    .optional()
    .describe('Companies, joined by "companyId": a file with a column "id"'),
  deals: text.optional().describe('Deals, joined by "email", "contactId" or "companyId"'),
  tickets: text.optional().describe('Tickets, joined by "email", "contactId" or "companyId"'),
  columns: z
    .record(text, text)
    .superRefine((columns, issues) => {
      for (const [word, message] of wrongWords(columns))
        issues.addIssue({ code: 'custom', path: [word], message });
    })
    .default({})
    .describe('Word to heading, for headings that are not understood by themselves'),
  encoding: z
    .enum(ENCODINGS)
    .default('utf-8')
    .describe('How the files are written; a byte order mark decides by itself'),
  decimal: z.enum(['.', ',']).default('.').describe('The decimal sign of numbers'),
  dates: z
    .enum(['iso', 'dmy', 'mdy'])
    .default('iso')
    .describe('The order of day, month and year; ISO dates are always understood'),
  types: z
    .record(text, z.enum(['text', 'number', 'boolean', 'date']))
    .default({})
    .describe('Heading to type, of columns that go to "fields"; text when left out'),
  omit: z
    .array(text)
    .default([...NOISE])
    .describe('Headings of columns that are not read; * matches any text'),
});

type FileSetting = 'file' | 'companies' | 'deals' | 'tickets';

/** Also of files that are no CSV, but may be named by mistake. */
const FILE_NAME = /\.(?:csv|tsv|tab|txt|dat|xls[xmb]?|ods|numbers|json|xml|zip|gz)$/i;

/** @param wait is for tests, which do not wait. */
export const csvConnector = (wait?: Wait): ConnectorModule<z.infer<typeof settings>> => ({
  settings,
  async open(options, context) {
    const find = (setting: FileSetting, name: string): CsvFile => {
      const path = context.resolvePath(name);
      const isFile = FILE_NAME.test(name) || existsSync(path);
      // What no file is called may be a secret in a wrong place.
      return isFile ? { name, path } : { name: setting, path, isHidden: true };
    };
    const optional = (setting: Exclude<FileSetting, 'file'>) =>
      options[setting] === undefined ? undefined : find(setting, options[setting]);
    const files: Files = {
      people: find('file', options.file),
      companies: optional('companies'),
      deals: optional('deals'),
      tickets: optional('tickets'),
    };
    const live = await openLiveDirectory(files, options, context, wait);

    /** Reports each read, so that metrics and traces show the same as with a CRM. */
    const recorded = async <T>(operation: string, { signal }: CallOptions, read: () => T) => {
      const started = context.clock.monotonic();
      signal.throwIfAborted();
      const result = await Promise.resolve(read());
      context.recordRequest({ operation, status: 'ok', ms: context.clock.monotonic() - started });
      return result;
    };

    return {
      lookup: (email, options) =>
        recorded('lookup', options, () => live.content.directory.person(email)),
      findCompany: (domain, options) =>
        recorded('company', options, () => live.content.directory.company(domain)),
      check: ({ signal }) => {
        signal.throwIfAborted();
        return Promise.resolve(describeContent(files, live));
      },
      close: () => live.close(),
    };
  },
});

export default csvConnector();

const NAMES = {
  people: ['person', 'people'],
  companies: ['company', 'companies'],
  deals: ['deal', 'deals'],
  tickets: ['ticket', 'tickets'],
} as const;

/** What `check --live` says about the files. */
function describeContent(files: Files, live: LiveDirectory): readonly CheckResult[] {
  const { directory, tables, warnings, unused, footers } = live.content;
  const { addresses, withoutEmail, ...rows } = directory.counts;
  const [people = '', ...others] = TABLES.flatMap((table) => {
    const file = files[table];
    const [one, many] = NAMES[table];
    return file === undefined ? [] : `${count(rows[table] ?? 0, one, many)} in ${file.name}`;
  });
  const content = [
    people.replace(' in ', ` with ${count(addresses, 'address', 'addresses')} in `),
    ...(withoutEmail === 0 ? [] : [`${withoutEmail} more without a usable address`]),
    ...others,
    ...footers,
  ];
  const results: CheckResult[] = [{ level: 'ok', message: content.join(', ') }];
  for (const table of TABLES) {
    const { name = '' } = files[table] ?? {};
    const found = tables.get(name);
    if (found) results.push({ level: 'ok', message: `${name}: ${describeColumns(found)}` });
  }
  for (const message of [...warnings.texts, ...unused]) results.push({ level: 'warning', message });
  if (live.problem !== undefined)
    results.push({ level: 'error', message: `the last good content is in use: ${live.problem}` });
  return results;
}

/** Fields that are named: an export may have hundreds. */
const MAX_FIELDS = 30;

/** Which heading became which word, and which are none: a wrong heading would go unnoticed. */
function describeColumns({ columns, headings }: Table): string {
  // A heading may have line breaks.
  const headingOf = ({ index }: Column) => headings[index]?.replace(/[\s\p{C}]+/gu, ' ') ?? '';
  const words = columns.flatMap((column) => {
    const heading = headingOf(column);
    if (isField(column)) return [];
    return heading === column.word ? heading : `${column.word} (${heading})`;
  });
  const fields = columns.filter(isField).map(headingOf);
  const known = `has the columns ${words.join(', ')}`;
  if (fields.length === 0) return known;
  const more = fields.length - MAX_FIELDS;
  const named = fields.slice(0, MAX_FIELDS).join(', ');
  return `${known}; to fields go ${named}${more > 0 ? ` and ${more} more` : ''}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
