/** People, companies, deals and tickets from CSV files: the embedded default, without a CRM. */
import { z } from 'zod';
import type { CallOptions, CheckResult, ConnectorModule } from '../../src/connector/index.ts';
import { wrongWords } from './columns.ts';
import { ENCODINGS } from './decode.ts';
import { openLiveDirectory, type FileSettings, type LiveDirectory } from './live-directory.ts';

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
      for (const [word, message] of wrongWords(Object.keys(columns)))
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
});

const connector: ConnectorModule<z.infer<typeof settings>> = {
  settings,
  async open(files, context) {
    const live = await openLiveDirectory(files, files, context);

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
};

export default connector;

/** What `check --live` says about the files. */
function describeContent(files: FileSettings, live: LiveDirectory): readonly CheckResult[] {
  const { directory, warnings, footers } = live.content;
  const { people, addresses, withoutEmail, companies, deals, tickets } = directory.counts;
  const optional = (
    file: string | undefined,
    rows: number | undefined,
    one: string,
    many: string,
  ) => (file === undefined || rows === undefined ? [] : [`${count(rows, one, many)} in ${file}`]);
  const content = [
    `${count(people, 'person', 'people')} with ${count(addresses, 'address', 'addresses')} in ${files.file}`,
    ...(withoutEmail === 0 ? [] : [`${withoutEmail} more without a usable address`]),
    ...optional(files.companies, companies, 'company', 'companies'),
    ...optional(files.deals, deals, 'deal', 'deals'),
    ...optional(files.tickets, tickets, 'ticket', 'tickets'),
    ...footers,
  ];
  const results: CheckResult[] = [{ level: 'ok', message: content.join(', ') }];
  for (const message of warnings.texts) results.push({ level: 'warning', message });
  if (live.problem !== undefined)
    results.push({ level: 'error', message: `the last good content is in use: ${live.problem}` });
  return results;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
