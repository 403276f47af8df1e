/** Finds the company that owns an e-mail domain: by its website, else by two or more people who belong to it. */
import { normalizeEmail, type PartialRecord } from '../../src/connector/index.ts';
import type { Company } from '../../src/model/profile.ts';
import { companyFrom, domainOf, isPerson } from './profile.ts';
import { errorOf, query, rowsOf, type QueryContext } from './query.ts';
import { idOf, parentRow, text, type Row } from './rows.ts';
import { statementsForDomain } from './domain-statements.ts';

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
    ) ?? accountOfMost(rowsOf(results, 'contactsByDomain'), domain);
  if (account !== undefined) return companyFrom(account, { ...context, ...results }) ?? undefined;
  const error = errorOf(results, 'accountsByWebsite') ?? errorOf(results, 'contactsByDomain');
  if (error !== undefined) throw error;
  return undefined;
}

/**
 * One address proves nothing: it may be a private one at a mail provider that no list has.
 * @returns the account of the most addresses; among equals the one whose contact was active last.
 */
function accountOfMost(contacts: readonly Row[], domain: string): Row | undefined {
  const members = contacts.flatMap((row) => {
    const address = normalizeEmail(text(row, 'Email') ?? '');
    const account = parentRow(row, 'Account');
    const belongs = address?.endsWith(`@${domain}`) === true && account && !isPerson(account);
    return belongs ? [{ address, account }] : [];
  });
  const groups = [...Map.groupBy(members, ({ account }) => idOf(account)).values()];
  const ranked = groups
    .map((group) => ({
      account: group[0]?.account,
      addresses: new Set(group.map(({ address }) => address)).size,
    }))
    .filter(({ addresses }) => addresses > 1);
  return ranked.toSorted((a, b) => b.addresses - a.addresses)[0]?.account;
}
