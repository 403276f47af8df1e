/** The statements that find the company of an e-mail domain. */
import { emailForms } from '../../src/connector/index.ts';
import { fieldsOf, through } from './fields.ts';
import { endsWith, quote, startsWith } from './soql.ts';
import { all, anyOf, RANK, type Statement, type Wanted } from './statements.ts';

/** Enough to find the company most of them belong to. */
const MAX_CONTACTS_OF_DOMAIN = 50;

const MAX_ACCOUNTS_OF_WEBSITE = 10;

/** @param domain lower case, ASCII. The caller compares the rows exactly. */
export function statementsForDomain(domain: string, wanted: Wanted): readonly Statement[] {
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
      filters: [],
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
      filters: [],
      orderBy: RANK,
      limit: MAX_CONTACTS_OF_DOMAIN,
    },
  ];
}

function websites(domain: string): readonly string[] {
  const hosts = [domain, `www.${domain}`];
  return ['', 'https://', 'http://'].flatMap((scheme) => hosts.map((host) => scheme + host));
}
