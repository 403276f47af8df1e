/** Finds the company that owns an e-mail domain: by its website, else by the people who belong to it. */
import type { PartialRecord } from '../../src/connector/index.ts';
import type { Company } from '../../src/model/profile.ts';
import { companyFrom, domainOf, isPerson } from './profile.ts';
import { errorOf, query, rowsOf, type QueryContext } from './query.ts';
import { idOf, parentRow, text, type Row } from './rows.ts';
import { statementsForDomain } from './statements.ts';

/**
 * @param domain lower case, ASCII; compared exactly, except for a website's `www.`.
 * @throws {ConnectorError} also when one of the two statements failed and the other found nothing.
 */
export async function findCompany(
  context: QueryContext,
  domain: string,
  signal: AbortSignal,
): Promise<PartialRecord<Company> | undefined> {
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(domain)) return undefined;
  const results = await query(context, (wanted) => statementsForDomain(domain, wanted), signal);
  const account =
    rowsOf(results, 'accountsByWebsite').find(
      (row) => domainOf(text(row, 'Website')) === domain && !isPerson(row),
    ) ?? mostFrequent(accountsOf(rowsOf(results, 'contactsByDomain'), domain));
  if (account !== undefined) return companyFrom(account, { ...context, ...results }) ?? undefined;
  const error = errorOf(results, 'accountsByWebsite') ?? errorOf(results, 'contactsByDomain');
  if (error !== undefined) throw error;
  return undefined;
}

function accountsOf(contacts: readonly Row[], domain: string): readonly Row[] {
  return contacts
    .filter((row) => text(row, 'Email')?.toLowerCase().endsWith(`@${domain}`))
    .map((row) => parentRow(row, 'Account'))
    .filter((account) => account !== undefined)
    .filter((account) => !isPerson(account));
}

/** Among equals the first, whose contact was active last. */
function mostFrequent(accounts: readonly Row[]): Row | undefined {
  const groups = [...Map.groupBy(accounts, idOf).values()];
  return groups.toSorted((a, b) => b.length - a.length)[0]?.[0];
}
