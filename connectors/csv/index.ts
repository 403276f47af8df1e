/** People, companies, deals and tickets from CSV files: the embedded default, without a CRM. */
import { z } from 'zod';
import type { CallOptions, CheckResult, ConnectorModule } from '../../src/connector/index.ts';
import { openLiveDirectory, type FileSettings, type LiveDirectory } from './live-directory.ts';

const path = z.string().trim().min(1);

const settings = z.strictObject({
  file: path.describe('The people: a CSV file with a column "email"'),
  companies: path
    .optional()
    .describe('Companies, joined by "companyId": a file with a column "id"'),
  deals: path.optional().describe('Deals, joined by "email" or "companyId"'),
  tickets: path.optional().describe('Tickets, joined by "email" or "companyId"'),
});

const connector: ConnectorModule<z.infer<typeof settings>> = {
  settings,
  async open(files, context) {
    const live = await openLiveDirectory(files, context);

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
  const { people, addresses, withoutEmail, companies, deals, tickets } =
    live.content.directory.counts;
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
  ];
  const results: CheckResult[] = [{ level: 'ok', message: content.join(', ') }];
  for (const message of live.content.warnings.texts) results.push({ level: 'warning', message });
  if (live.problem !== undefined)
    results.push({ level: 'error', message: `the last good content is in use: ${live.problem}` });
  return results;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
