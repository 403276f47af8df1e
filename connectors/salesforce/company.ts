/** Finds the company that owns an e-mail domain: by its website, else by the people who belong to it. */
import type { PartialRecord } from '../../src/connector/index.ts';
import type { Company } from '../../src/model/profile.ts';
import { ask, type Result } from './ask.ts';
import type { PeopleOptions } from './people.ts';
import { companyFrom, domainOf, isPerson } from './profile.ts';
import { idOf, parentRow, text, type Row } from './rows.ts';
import { statementsForDomain } from './statements.ts';

/**
 * @param domain lower case, ASCII; compared exactly, a website's `www.` aside.
 * @throws {ConnectorError} also when only one of the two ways could be tried and found nothing.
 */
export async function findCompany(
  { asker, wanted }: PeopleOptions,
  domain: string,
  signal: AbortSignal,
): Promise<PartialRecord<Company> | undefined> {
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(domain)) return undefined;
  const { of, instanceUrl } = await ask(
    asker,
    () => statementsForDomain(domain, { ...wanted, features: asker.features.present }),
    signal,
  );
  const [websites, people] = [of.get('accountsByWebsite'), of.get('contactsByDomain')];
  const account =
    rowsOf(websites).find((row) => domainOf(text(row, 'Website')) === domain && !isPerson(row)) ??
    mostFrequent(accountsOf(rowsOf(people), domain));
  if (account !== undefined) {
    return companyFrom(account, { fields: wanted.fields, instanceUrl }) ?? undefined;
  }
  for (const result of [websites, people]) if (result?.ok === false) throw result.error;
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

function rowsOf(result: Result | undefined): readonly Row[] {
  return result?.ok === true ? result.rows : [];
}
