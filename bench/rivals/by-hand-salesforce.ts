/**
 * (c) The service that a competent developer writes in an afternoon: Express, lru-cache with a TTL, jsforce's
 * `find`, a template literal. It checks the key, asks once for simultaneous requests, signs in again when the
 * session has expired, logs a line a request and says so when the CRM cannot be reached.
 * For its known weaknesses see `../rival.ts`.
 */
import process from 'node:process';
import jsforce from 'jsforce';
import { serveByHand } from './by-hand.ts';

const { CRM_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;

const crm = new jsforce.Connection({
  instanceUrl: CRM_URL,
  version: '67.0',
  oauth2: { loginUrl: CRM_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
  refreshFn: (connection, done) => {
    connection.authorize({ grant_type: 'client_credentials' }).then(
      () => done(null, connection.accessToken ?? undefined),
      (error: Error) => done(error),
    );
  },
});

serveByHand('Salesforce', lookUp);

/** jsforce does not know the types of an org. */
interface Contact {
  readonly Id: string;
  readonly Name: string;
  readonly Title: string | null;
  readonly Phone: string | null;
  readonly AccountId: string | null;
  readonly LastActivityDate: string | null;
  readonly Owner: { readonly Name: string } | null;
  readonly Account: Readonly<Record<'Name' | 'Type' | 'Industry' | 'BillingCity', string>> | null;
}
type Opportunity = Readonly<Record<'Name' | 'StageName' | 'Amount' | 'CloseDate', string>>;
type Case = Readonly<Record<'CaseNumber' | 'Subject' | 'Status' | 'Priority', string>>;

async function find<T>(object: string, conditions: object, fields: string[], limit: number) {
  return (await crm.sobject(object).find(conditions, fields).limit(limit)) as unknown as T[];
}

async function lookUp(email: string): Promise<string> {
  const [contact] = await find<Contact>(
    'Contact',
    { Email: email },
    [
      'Id',
      'Name',
      'Title',
      'Phone',
      'AccountId',
      'LastActivityDate',
      'Owner.Name',
      'Account.Name',
      'Account.Type',
      'Account.Industry',
      'Account.BillingCity',
    ],
    1,
  );
  if (contact === undefined) return `No match for ${email} in Salesforce.`;
  const { Account: account } = contact;
  const [deals, cases] = await Promise.all([
    find<Opportunity>(
      'Opportunity',
      { AccountId: contact.AccountId, IsClosed: false },
      ['Name', 'StageName', 'Amount', 'CloseDate'],
      5,
    ),
    find<Case>(
      'Case',
      { ContactId: contact.Id, IsClosed: false },
      ['CaseNumber', 'Subject', 'Status', 'Priority'],
      5,
    ),
  ]);
  return `${contact.Name} - ${contact.Title} | ${account?.Name} (${account?.Type})
${account?.Industry}, ${account?.BillingCity}
Owner: ${contact.Owner?.Name}
Phone: ${contact.Phone}
Open deals: ${deals.length}
${deals.map((deal) => ` - ${deal.Name}: ${deal.StageName}, ${deal.Amount}, closes ${deal.CloseDate}`).join('\n')}
Open cases: ${cases.length}
${cases.map((one) => ` - ${one.CaseNumber} ${one.Subject} (${one.Priority}, ${one.Status})`).join('\n')}
Last activity: ${contact.LastActivityDate}
${CRM_URL}/${contact.Id}
`;
}
