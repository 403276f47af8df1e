/** What the settings of the product's own connectors say of common slips, as `check` prints it. */
import { expect } from 'chai';
import { join } from 'node:path';
import { formatProblem } from '../../src/config/problem.ts';
import { makeFolder, type Folder } from './files.ts';
import { load } from './load-fixture.ts';

const CONNECTORS = join(import.meta.dirname, '../../connectors');

const sql = (person: string, more: object = {}) => ({
  connector: 'sql',
  url: 'postgres://u:a-password@127.0.0.1/db',
  person,
  ...more,
});
const rest = (more: object) => ({
  connector: 'rest',
  baseUrl: 'https://x.example/api/',
  person: { get: 'customers', query: { email: '{{ email }}' }, match: 'mail', map: { id: 'id' } },
  ...more,
});
const salesforce = (more: object) => ({
  connector: 'salesforce',
  loginUrl: 'https://acme.my.salesforce.com',
  auth: { flow: 'clientCredentials', clientId: 'abc', clientSecret: 'defghijk' },
  ...more,
});
const CSV = { connector: 'csv', file: 'people.csv' };
const PEOPLE = 'select email as "key" from customers where email in (:emails)';

const SLIPS: readonly (readonly [slip: string, connection: object, said: readonly RegExp[]])[] = [
  [
    'a placeholder in the singular',
    sql(PEOPLE.replace(':emails', ':email')),
    [/:email is not a placeholder; did you mean :emails\?$/],
  ],
  [
    'a placeholder of another statement',
    sql(PEOPLE.replace(':emails', ':contactIds')),
    [/:contactIds has no values here; use "in \(:emails\)"$/],
  ],
  [
    'a parameter of the driver',
    sql(PEOPLE.replace(':emails', '$1')),
    [/"\$1" has no value here; use :emails/],
  ],
  [
    'a statement that locks',
    sql(`${PEOPLE} for update`),
    [/a SELECT that locks rows is not supported$/],
  ],
  [
    'a statement that is explained',
    sql(`explain ${PEOPLE}`),
    [/begins with SELECT or WITH, and only reads/],
  ],
  [
    'a statement that writes beside one that reads',
    sql(PEOPLE, { deals: 'delete from orders where customer_id in (:contactIds)' }),
    [/deals: expected one statement that begins with SELECT/],
  ],
  [
    'a URL for Java',
    sql(PEOPLE, { url: 'jdbc:postgresql://u:a-password@h/db' }),
    [/url: expected the URL without the prefix that Java drivers want, got a text$/],
  ],
  [
    'a variable of another request',
    rest({ company: { get: 'c/{{ email }}', match: 'd', map: { id: 'id' } } }),
    [/company\.get: "email" is not known here; there is domain$/],
  ],
  [
    'a key of another sign-in',
    rest({ auth: { basic: { user: 'a', password: 'b' } } }),
    [
      /basic\.username: expected a text, got nothing$/,
      /basic\.user: unknown key; the keys here are "username" and "password"$/,
    ],
  ],
  [
    'a sign-in that there is not',
    rest({ auth: { apiKey: 'abc' } }),
    [/unknown key; the keys here are "bearer", "basic", "header", "query" and "oauth2"$/],
  ],
  [
    'two sign-ins',
    rest({ auth: { bearer: 'a-password', basic: { username: 'b' } } }),
    [/c\.auth: expected only one of "bearer" and "basic", got both; remove one$/],
  ],
  [
    'three sign-ins and a key that there is not',
    rest({ auth: { basic: { username: 'b' }, query: {}, bearer: 'a-password', zzzz: 1 } }),
    [
      /c\.auth: expected only one of "basic", "query" and "bearer", got all of them; remove all but one$/,
      /auth\.zzzz: unknown key; the keys here are "bearer", "basic", "header", "query" and "oauth2"$/,
    ],
  ],
  ['no text', rest({ auth: { bearer: '' } }), [/bearer: must not be empty$/]],
  [
    'one field in place of a list',
    salesforce({ emailFields: { contact: 'Email, Work_Email__c' } }),
    [/contact: expected a list, got a text; put it in brackets: \[ \]$/],
  ],
  [
    'a field of a parent',
    salesforce({ emailFields: { contact: ['Account.Email__c'] } }),
    [/expected the API name of a field, such as Work_Email__c, got /],
  ],
  [
    'a field twice',
    salesforce({ emailFields: { contact: ['Email', 'EMAIL'] } }),
    [/contact: expected each field once, got a list$/],
  ],
  [
    'a whole clause',
    salesforce({ where: { contact: 'WHERE IsActive__c = true' } }),
    [
      /expected a SOQL condition such as IsActive__c = true: expected a field at character 1, got a text$/,
    ],
  ],
  [
    'a database as the connector',
    { connector: 'postgres' },
    [/got a text; for a database write "sql"$/],
  ],
  [
    'a product that has a recipe',
    { connector: 'zendesk' },
    [/for an HTTP API write "rest"; docs\/rest\.md has recipes$/],
  ],
  [
    'the path of a certificate',
    sql(PEOPLE, { tls: { ca: 'ca.pem' } }),
    [/tls\.ca: expected certificates in PEM form, got "ca\.pem"; from a file: \$\{file:PATH\}$/],
  ],
  [
    'columns the wrong way round',
    { ...CSV, columns: { Kontakt: 'email' } },
    [/expected the word on the left and the heading on the right/],
  ],
  [
    'a heading in place of a word',
    { ...CSV, columns: { vorname: 'Rufname des Kunden' } },
    [
      /expected a word of a profile, such as company\.name, got a text; did you mean "firstName"\?$/,
    ],
  ],
  [
    'types by other names',
    { ...CSV, types: { VIP: 'bool', Since: 'datetime' } },
    [
      /expected "text", "number", "boolean" or "date", got a text; did you mean "boolean"\?$/,
      /expected "text", "number", "boolean" or "date", got a text; did you mean "date"\?$/,
    ],
  ],
  [
    'columns as a list',
    { ...CSV, columns: [{ email: 'E-Mail' }] },
    [/columns: expected a mapping, got a list; leave out the "-"$/],
  ],
  [
    'an address without http',
    rest({ baseUrl: '127.0.0.1:21500/api' }),
    [/baseUrl: expected a URL, got a text; begin it with https:\/\/ or http:\/\/$/],
  ],
  [
    'a token in place of a sign-in',
    rest({ auth: 'a-password' }),
    [/auth: expected a mapping, got a text; write it like \{ bearer: … \}$/],
  ],
  [
    'a token in place of one of several flows',
    salesforce({ auth: 'a-password' }),
    [/auth: .* write it like \{ flow: clientCredentials, clientId: …, clientSecret: … \}$/],
  ],
];

describe('the settings of a built-in connector', () => {
  let folder: Folder;
  before(() => (folder = makeFolder()));
  after(() => folder.remove());

  for (const [slip, connection, said] of SLIPS) {
    it(`say what is wrong with ${slip}`, async () => {
      const yaml = JSON.stringify({
        connections: { c: connection },
        tenants: { t: { keys: ['a-key-of-16-characters'], connections: ['c'] } },
      });
      const result = await load(folder.write('bridge.yaml', yaml), {
        builtinConnectors: CONNECTORS,
      });
      const found = 'problems' in result ? result.problems : [];
      const problems = found.map((problem) => formatProblem(problem));
      expect(problems).to.have.length(said.length);
      said.forEach((pattern, at) => expect(problems[at]).to.match(pattern));
      expect(problems.join()).to.not.include('a-password');
    });
  }
});
