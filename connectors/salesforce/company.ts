/** Finds the company that owns an e-mail domain: by its website, else by two or more people who belong to it. */
import {
  type Company,
  type PartialRecord,
  emailForms,
  normalizeEmail,
} from '../../src/connector/index.ts';
import { fieldsOf, through } from './fields.ts';
import { companyFrom, domainOf, isPerson } from './profile.ts';
import { errorOf, query, rowsOf, type QueryContext } from './query.ts';
import { idOf, parentRow, text, type Row } from './rows.ts';
import { endsWith, quote, startsWith } from './soql.ts';
import { all, anyOf, RANK, type Statement, type Wanted } from './statements.ts';

/** Enough to find the company most of them belong to. */
const MAX_CONTACTS_OF_DOMAIN = 50;
const MAX_ACCOUNTS_OF_WEBSITE = 10;

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

/** @param domain lower case, ASCII. Finds similar domains, too. */
function statementsForDomain(domain: string, wanted: Wanted): readonly Statement[] {
  const account = fieldsOf('Account', wanted);
  const domains = emailForms(`@${domain}`).map((form) => form.slice(1));
  return [
    {
      name: 'accountsByWebsite',
      object: 'Account',
      fields: account,
      children: [],
      where: all(
        anyOf(
          domains
            .flatMap(websites)
            .flatMap((site) => [
              `Website = ${quote(site)}`,
              `Website LIKE ${startsWith(`${site}/`)}`,
            ]),
        ),
        wanted.where.account,
      ),
      orderBy: RANK,
      limit: MAX_ACCOUNTS_OF_WEBSITE,
    },
    {
      name: 'contactsByDomain',
      object: 'Contact',
      fields: [
        { path: 'Email', object: 'Contact', needed: true },
        { path: 'AccountId', object: 'Contact', needed: true },
        ...through('Account', account),
      ],
      children: [],
      where: all(
        `AccountId != null AND ${anyOf(domains.map((form) => `Email LIKE ${endsWith(`@${form}`)}`))}`,
        wanted.where.contact,
        wanted.where.account?.toSoql('Account.'),
      ),
      orderBy: RANK,
      limit: MAX_CONTACTS_OF_DOMAIN,
    },
  ];
}

function websites(domain: string): readonly string[] {
  const hosts = [domain, `www.${domain}`];
  return ['', 'https://', 'http://'].flatMap((scheme) => hosts.map((host) => scheme + host));
}
