import { expect } from 'chai';
import fc from 'fast-check';
import { formatProblem } from '../../src/config/problem.ts';
import { makeFolder, type Folder } from './files.ts';
import { load } from './load-fixture.ts';

// Not fc.string(), which likes to make words such as "length".
const characters = (alphabet: string, length: number) =>
  fc
    .array(fc.constantFrom(...Array.from(alphabet)), { minLength: length, maxLength: length })
    .map((letters) => letters.join(''));
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const HEX = '0123456789abcdef';
const BASE64URL = `${LOWER}${LOWER.toUpperCase()}0123456789-_`;

/** Secrets as CRMs and `crm-bridge key` make them, and passwords. */
const secret = fc.oneof(
  characters(HEX, 32).map(
    (hex) =>
      `pat-eu1-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
  ),
  characters(HEX, 12).map((hex) => `pat-eu1-${hex}`),
  characters(HEX, 64),
  characters(BASE64URL, 32),
  characters(`${LOWER}234567`, 26),
  characters(LOWER, 16),
  characters('0123456789', 16),
  characters(`${BASE64URL}!.`, 85).map((text) => `3MVG9${text}`),
  characters(BASE64URL, 20).map((text) => `00D5f000000!${text}`),
  fc.tuple(characters(LOWER, 6), characters('0123456789', 3)).map((parts) => parts.join('')),
  fc.constantFrom('correct horse battery staple', 'Tr0ub4dor&3xx', 'geheimes+Kennwort'),
);

const TENANT = 'tenants: { acme: { keys: [a-key-of-16-chars], connections: [people] } }\n';
const CONNECTION = 'connections: { people: { connector: crm, url: "https://crm.example.com" } }\n';
const withSetting = (setting: string) =>
  `${TENANT}connections:\n  people:\n    connector: crm\n    url: https://crm.example.com\n    ${setting}\n`;
const withTenantKey = (line: string) =>
  `${CONNECTION}tenants:\n  acme:\n    keys: [a-key-of-16-chars]\n    connections: [people]\n    ${line}\n`;

/** Where a secret may end up by a slip: in place of a mapping, under a wrong key, as a key, as an item. */
const PLACES: readonly ((secret: string) => string)[] = [
  ...[
    'auth',
    'fields',
    'limits',
    'timeout',
    'url2',
    'baseUrl',
    'fields: { contact',
    'auth: { flow',
  ].map((key) => (text: string) => withSetting(`${key}: ${text}${key.includes('{') ? ' }' : ''}`)),
  ...[
    'rateLimit',
    'template',
    'deadline',
    'strategy',
    'timeZone',
    'locale',
    'currency',
    'maxLength',
  ].map((key) => (text: string) => withTenantKey(`${key}: ${text}`)),
  ...['allowFrom', 'ignoreEmails', 'connections'].map(
    (key) => (text: string) => withTenantKey(`${key}: [${text}]`),
  ),
  ...['server', 'ops', 'log', 'cache', 'templatesDir', 'connectorsDir', 'include'].map(
    (key) => (text: string) => `${CONNECTION}${TENANT}${key}: ${text}\n`,
  ),
  ...['server: { host', 'server: { port', 'server: { publicUrl', 'log: { level', 'ops: { port'].map(
    (key) => (text: string) => `${CONNECTION}${TENANT}${key}: ${text} }\n`,
  ),
  (text) => `${CONNECTION}${TENANT}include: [${text}]\n`,
  (text) => `${CONNECTION}${TENANT}log: { level: "\${file:${text}}" }\n`,
  (text) => `${TENANT}connections: { people: ${text} }\n`,
  (text) => `${TENANT}connections: ${text}\n`,
  (text) => `${CONNECTION}tenants: { acme: ${text} }\n`,
  (text) => `${CONNECTION}tenants: ${text}\n`,
  (text) => `${CONNECTION}tenants: [${text}]\n`,
  (text) => `${CONNECTION}tenants:\n  ${text}: x\n`,
  (text) => `${TENANT}connections:\n  ${text}: x\n`,
  (text) => withSetting(`${text}: true`),
  (text) => withSetting(`auth: { flow: token, ${text}: x }`),
  (text) => withSetting(`? ${text}`),
  (text) => withTenantKey(`${text}: 5s`),
  (text) => `${CONNECTION}${TENANT}${text}: 5\n`,
  (text) => `${text}\n`,
  (text) => `- ${text}\n`,
];

/** Cuts a text into two nodes, or leaves it whole. */
const CUTS = [
  '',
  ': ',
  ': ',
  ':\n      ',
  ', ',
  ' #',
  ' ',
  '\n',
  '\n    ',
  '": "',
  ': &',
  ': *',
  ' - ',
  '[',
  '{',
];

describe('misplaced secrets', () => {
  let folder: Folder;
  beforeEach(() => (folder = makeFolder()));
  afterEach(() => folder.remove());

  async function outputOf(text: string): Promise<string> {
    folder.write('bridge.yaml', text);
    const loaded = await load('bridge.yaml', { workingDir: folder.path });
    const problems = 'problems' in loaded ? loaded.problems : loaded.warnings;
    return problems.map((problem) => formatProblem(problem, { excerpt: true })).join('\n');
  }

  function expectNone(output: string, hidden: string): void {
    for (let start = 0; start + 8 <= hidden.length; start++) {
      const piece = hidden.slice(start, start + 8);
      // A blank beside a quoted word is also the excerpt's own.
      const isWhole = piece.trim() === piece;
      if (isWhole && output.includes(piece))
        expect.fail(`${JSON.stringify(piece)} is shown in\n${output}`);
    }
  }

  it('are not shown wherever they stand, whole or cut into two nodes', async () => {
    const cut = fc.record({
      with: fc.constantFrom(...CUTS),
      at: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
    });
    const quote = fc.constantFrom('', '', '"', "'");
    await fc.assert(
      fc.asyncProperty(
        secret,
        fc.constantFrom(...PLACES),
        cut,
        quote,
        async (hidden, place, { with: by, at }, mark) => {
          // With a mapping below it, it is the name of a tenant or a connection.
          fc.pre(!by.startsWith(':\n') || !/(?:tenants|connections):\n {2}§: x/.test(place('§')));
          const middle = Math.round(hidden.length * at);
          const text = `${mark}${hidden.slice(0, middle)}${by}${hidden.slice(middle)}${mark}`;
          expectNone(await outputOf(place(text)), hidden);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('are not shown when they are short, or numbers', async () => {
    for (const [setting, hidden] of [
      ['limits: { deals: hunter2 }', 'hunter2'],
      ['timeout: letmein', 'letmein'],
      ['auth: { header: { name: X-Key, value: 48151 } }', '48151'],
      ['auth: { query: { name: key, value: 48151 } }', '48151'],
      ['accessToken: 48151', '48151'],
      ['url2: hunter2', 'hunter2'],
      ['limits: { hunter2: 5 }', 'hunter2'],
    ] as const) {
      const output = await outputOf(withSetting(setting));
      expect(output, setting).to.include('connections.people');
      expect(output, setting).not.to.include(hidden);
    }
  });

  it('are not shown when they have a slash, where no path belongs', async () => {
    for (const hidden of ['geheim/Wort', './geheim/Wort', '/Geheim/wort/Sesam']) {
      for (const place of PLACES.filter(
        (make) => !/templatesDir|connectorsDir|template:|include|file:/.test(make('§')),
      )) {
        const output = await outputOf(place(hidden));
        if (/geheim|sesam/i.test(output)) expect.fail(`${place(hidden)}\n${output}`);
      }
    }
    const output = await outputOf(`${CONNECTION}${TENANT}templatesDir: no/templates\n`);
    expect(output).to.include('got no/templates');
  });

  it('are not shown when "include" names the file that holds them', async () => {
    const form = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => `${text}\n`,
      (text) => `HUBSPOT_TOKEN=${text}\nOTHER=${text}\n`,
      (text) => `export HUBSPOT_TOKEN="${text}"\n`,
      (text) => `hubspot: ${text}\n`,
      (text) => `hubspot:\n  ${text}:\n`,
      (text) => `me:${text}\n`,
      (text) => JSON.stringify({ token: text, tenants: text, connections: { a: text } }),
      (text) => JSON.stringify([text]),
      (text) => `- ${text}\n- ${text}\n`,
      (text) => `${text}: ${text}\n`,
      (text) => `-----BEGIN PRIVATE KEY-----\n${text}\n${text}\n-----END PRIVATE KEY-----\n`,
    );
    await fc.assert(
      fc.asyncProperty(
        secret,
        form,
        fc.constantFrom('secret', '*.txt'),
        async (hidden, write, name) => {
          folder.write(name === 'secret' ? 'secret' : 'secret.txt', write(hidden));
          expectNone(await outputOf(`include: ["${name}"]\n${CONNECTION}${TENANT}`), hidden);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("are not shown by a message of a connector's schema", async () => {
    folder.write(
      'connectors/quoting/index.js',
      `const issue = (value) => ({ issues: [
        { message: 'bad value ' + value.mode, path: ['mode'] },
        { message: 'expected better than ' + value.mode, path: ['mode'] },
        { message: 'no key ' + Object.keys(value).join(), path: [] } ] });
      const settings = { '~standard': { version: 1, vendor: 'x', validate: issue } };
      export default { settings, open: () => ({ lookup: async () => undefined }) };`,
    );
    await fc.assert(
      fc.asyncProperty(secret, async (hidden) => {
        const output = await outputOf(
          `connectorsDir: connectors\n${TENANT}connections: { people: { connector: quoting, mode: "${hidden}", "${hidden}": 1 } }\n`,
        );
        expectNone(output, hidden);
        expect(output).to.include('expected what the connector accepts');
      }),
      { numRuns: 50 },
    );
  });
});
