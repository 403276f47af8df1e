import { expect } from 'chai';
import fc from 'fast-check';
import { isMap, parseDocument, visit } from 'yaml';
import { runCommand } from '../support/service.ts';
import { makeFolder, type Folder } from './files.ts';

/** Every kind of place that a file has. */
const VALID = `
include: ["more/*.yaml"]
server: { host: 127.0.0.1, port: 0, publicUrl: https://crm.example.com, trustProxy: [10.0.0.0/8], drainTimeout: 10s }
ops: { host: 127.0.0.1, port: 0, key: an-ops-key-of-some-length, hosts: [bridge] }
log: { level: info, format: json }
cache: { ttl: 5m }
publicMailDomains: [mail.example]
templatesDir: templates
connections:
  people:
    connector: csv
    file: people.csv
    columns: { email: E-mail }
    encoding: utf-8
    types: { vip: boolean }
  billing:
    connector: rest
    baseUrl: https://billing.example.com/api/
    auth: { header: { name: X-Api-Key, value: the-value-of-a-header } }
    headers: { X-Account: "42" }
    person:
      get: customers
      query: { email: "{{ email }}", limit: 5 }
      rows: data
      match: attributes.mail
      notFound: [404]
      map: { id: id, name: 'first | append: " " | append: last', fields.plan: plan.name }
    tickets: { get: "customers/{{ contact.id }}/tickets", where: 'status != "closed"', map: { number: no } }
    people: { post: search, json: { emails: "{{ emails }}" }, rows: data, key: mail, map: { id: id } }
  guests:
    connector: rest
    baseUrl: https://guests.example.com/
    auth: { query: { name: api_key, value: the-value-of-a-query } }
    person: { get: "guests/{% if email %}{{ email | downcase }}{% endif %}", match: mail, map: { id: id } }
  members:
    connector: sql
    url: sqlite:members.db
    person: select mail as key from members where mail in (:emails)
  sales:
    connector: salesforce
    loginUrl: https://acme.my.salesforce.com
    auth: { flow: clientCredentials, clientId: an-id, clientSecret: a-secret }
    fields: { contact: [Tier__c] }
    where: { contact: "Active__c = true" }
    limits: { deals: 5, quotaReserve: 0.1 }
  marketing:
    connector: hubspot
    accessToken: a-token
    fields: { contact: [plan] }
tenants:
  acme: &acme
    name: ACME
    keys: [a-key-of-16-characters]
    connections: [people]
    strategy: first
    template: default
    deadline: 3s
    locale: en-GB
    ignoreEmails: ["*@example.com"]
    rateLimit: { requests: 600, per: 1m }
    allowFrom: [10.0.0.0/8]
  other:
    <<: *acme
    keys: [another-key-of-16-characters]
`;

/** Where a key, a value or an anchor stands; but not the names of connections and tenants, which are shown everywhere. */
function placesOf(text: string): readonly (readonly [start: number, end: number])[] {
  const document = parseDocument(text);
  const names = ['connections', 'tenants'].flatMap((kind) => {
    const named = document.get(kind);
    return isMap(named) ? named.items.map(({ key }) => key) : [];
  });
  const places: (readonly [number, number])[] = [];
  visit(document, {
    Scalar: (_, node) => {
      if (node.range && !names.includes(node)) places.push([node.range[0], node.range[1]]);
    },
  });
  const anchors = text.matchAll(/(?<=[&*])acme/g);
  return [...places, ...Array.from(anchors, ({ index }) => [index, index + 4] as const)];
}

const characters = (alphabet: string, length: number) =>
  fc
    .array(fc.constantFrom(...Array.from(alphabet)), { minLength: length, maxLength: length })
    .map((letters) => letters.join(''));
const MIXED = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789';

const token = fc.oneof(
  fc
    .tuple(characters(MIXED, 14), characters('0123456789', 3), characters(MIXED, 14))
    .map((parts) => parts.join('')),
  characters('0123456789abcdef', 32).map(
    (hex) =>
      `pat-eu1-7${hex.slice(0, 7)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
  ),
);

/** In place of what stands there, or within it. */
const forms = [
  '§',
  '"§"',
  '"{{ §',
  '"{{ § }}"',
  '"{% § %}"',
  '"{% if email %}§"',
  '"{{ email | append: § }}"',
  '"x | §"',
  '"${§}"',
  '"${file:§}"',
  '[§]',
  '{ § }',
  '{ §: 1 }',
  '"§',
  '§: x',
  '&§ x',
  '*§',
  '!§ x',
  '§.csv',
  'sqlite:§',
  'https://§/',
  'a § b',
];

describe('a token that is pasted anywhere into a valid configuration', function () {
  this.timeout(60_000);
  let folder: Folder;
  beforeEach(() => {
    folder = makeFolder();
    folder.write('people.csv', 'E-mail,vip\na@b.example,yes\n');
    folder.write('templates/own/found.liquid', 'x');
    folder.write('more/a.yaml', 'tenants: {}\n');
  });
  afterEach(() => folder.remove());

  const output = async (): Promise<string> => {
    const { stdout, stderr } = await runCommand(['check', '--config', 'bridge.yaml'], {
      cwd: folder.path,
    });
    return `${stdout}\n${stderr}`;
  };

  it('is a valid configuration without it', async () => {
    folder.write('bridge.yaml', VALID.replace(/ {2}members:[^]*?(?= {2}sales:)/, ''));
    expect(await output()).to.include('no problems');
  });

  it('is not shown', async () => {
    const places = placesOf(VALID);
    expect(places.length).to.be.above(150);
    await fc.assert(
      fc.asyncProperty(
        token,
        fc.constantFrom(...places),
        fc.constantFrom(...forms),
        async (hidden, [start, end], form) => {
          const text = VALID.slice(0, start) + form.replace('§', hidden) + VALID.slice(end);
          folder.write('bridge.yaml', text);
          const shown = await output();
          if (shown.includes(hidden))
            expect.fail(`${hidden} for ${VALID.slice(start, end)} as ${form}:\n${shown}`);
        },
      ),
      { numRuns: 80 },
    );
  });
});
