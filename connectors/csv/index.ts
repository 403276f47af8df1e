/** People, companies, deals and tickets from CSV files: the embedded default, with no CRM at all. */
import { z } from 'zod';
import type { CallOptions, ConnectorModule } from '../../src/connector/index.ts';
import { openFiles } from './open-files.ts';
import { describeContent } from './describe-content.ts';

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
    const live = await openFiles(files, context);

    /** Reports each read, so that metrics and traces show the same as with a CRM. */
    const observed = async <T>(operation: string, { signal }: CallOptions, read: () => T) => {
      const started = context.clock.now();
      signal.throwIfAborted();
      const result = await Promise.resolve(read());
      context.recordRequest({ operation, status: 'ok', ms: context.clock.now() - started });
      return result;
    };

    return {
      lookup: (email, options) => observed('lookup', options, () => live.directory.person(email)),
      findCompany: (domain, options) =>
        observed('company', options, () => live.directory.company(domain)),
      check: ({ signal }) => {
        signal.throwIfAborted();
        return Promise.resolve(describeContent(files, live));
      },
      close: () => live.close(),
    };
  },
};

export default connector;
