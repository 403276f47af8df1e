import { expect } from 'chai';
import rest from '../../../connectors/rest/index.ts';
import { restSettings } from '../../support/rest/emulator.ts';

const SETTINGS = restSettings('http://127.0.0.1:1') as Readonly<Record<string, object>>;

async function issuesOf(changes: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const { issues = [] } = await rest.settings['~standard'].validate({ ...SETTINGS, ...changes });
  return issues.map(({ path = [], message }) => `${path.join('.')}: ${message}`);
}

const person = (changes: object) => ({ person: { ...SETTINGS['person'], ...changes } });
const mapped = (map: Readonly<Record<string, string>>) => person({ map });

describe('the settings of the rest connector', () => {
  it('accept the example', async () => {
    expect(await issuesOf({})).to.deep.equal([]);
  });

  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    [
      'a misspelt word',
      mapped({ fristName: 'a' }),
      /^person\.map\.fristName: .*did you mean "firstName"\?$/,
    ],
    [
      'a word as templates write it',
      mapped({ 'contact.name': 'a' }),
      /^person\.map\.contact\.name: "contact\.name" is not a word of a person; in the row of a person .* without "contact\.": write "name"$/,
    ],
    [
      'a word of nothing',
      mapped({ zzzzzzzz: 'a' }),
      /^person\.map\.zzzzzzzz: .*other values go below "fields\."$/,
    ],
    [
      'a misspelt filter',
      mapped({ name: 'a | upcas' }),
      /^person\.map\.name: there is no filter "upcas"; did you mean "upcase"\?$/,
    ],
    [
      'an expression with a word too many',
      mapped({ name: 'first last' }),
      /^person\.map\.name: expected one value, with filters after/,
    ],
    ...[401, 403, 407, 408, 429, 302, 500].map(
      (status) =>
        [
          `${status}, which says nothing about a person, as notFound`,
          person({ notFound: [status] }),
          /^person\.notFound\.0: expected 204, or a status from 400 to 499 other than 401, 403/,
        ] as const,
    ),
    [
      'a filter that is an operator',
      mapped({ 'fields.open': 'state | equals: "open"' }),
      /^person\.map\.fields\.open: there is no filter "equals"; compare with "=="$/,
    ],
    ['an expression that ends too early', mapped({ name: 'a |' }), /^person\.map\.name: /],
    [
      'a misspelt variable in a path',
      person({ get: 'x/{{ emial }}' }),
      /^person\.get: "emial" is not known here; did you mean "email"\?$/,
    ],
    [
      'a variable that is not there yet',
      person({ query: { id: '{{ contact.id }}' } }),
      /^person\.query\.id: "contact" is not known here/,
    ],
    [
      'a path that leaves baseUrl',
      person({ get: '../x' }),
      /^person\.get: expected a path below baseUrl/,
    ],
    [
      'another host',
      person({ get: 'https://evil.example/x' }),
      /^person\.get: expected a path below baseUrl/,
    ],
    [
      'another host without a scheme',
      person({ get: '//evil.example/x' }),
      /^person\.get: expected a path below baseUrl/,
    ],
    ['get and post', person({ post: 'x' }), /^person: expected either "get" or "post"$/],
    ['a body of a GET', person({ json: {} }), /^person\.json: a GET has no body; use "post"$/],
    [
      'a broken text in a body',
      { people: { ...SETTINGS['people'], json: { a: [{ b: '{{ emails | nope }}' }] } } },
      /^people\.json\.a\.0\.b: there is no filter "nope"$/,
    ],
    [
      'a condition with a misspelt filter',
      person({ where: 'state | dwncase' }),
      /^person\.where: there is no filter "dwncase"; did you mean "downcase"\?$/,
    ],
    ['braces around an expression', mapped({ name: '{{ first }}' }), /name: .* without "\{\{"/],
    ['JSONPath', person({ rows: '$.data' }), /^person\.rows: expected Liquid, not JSONPath/],
    ['a star of JSONPath', person({ rows: 'data[*]' }), /^person\.rows: expected Liquid, not JSON/],
    ['one = to compare', person({ where: 'state = "open"' }), /^person\.where: expected "=="/],
    ['a sum of texts', mapped({ name: 'first + " " + last' }), /name: expected "\| append: …"/],
    ['no match', person({ match: undefined }), /^person\.match: /],
    ['plain http to another host', { baseUrl: 'http://api.example' }, /^baseUrl: expected https/],
    [
      'plain http for tokens',
      { auth: { oauth2: { tokenUrl: 'http://x.example', clientId: 'a', clientSecret: 'b' } } },
      /auth/,
    ],
    [
      'a password with quotes around it',
      { auth: { basic: { username: 'me', password: '"hunter2"' } } },
      /^auth(?:\.basic\.password)?: .*quotes around it/,
    ],
    [
      'the value of a header like a line of an .env file',
      { auth: { header: { name: 'X-Key', value: 'API_KEY=abc' } } },
      /^auth(?:\.header\.value)?: .*like a line of an .env file/,
    ],
    ...['X Account', 'X-Account:', 'X-Ä', ''].map(
      (name) =>
        [
          `"${name}" as the name of a header`,
          { headers: { [name]: 'a' } },
          /^headers\..*: (?:expected the name of a header|Too small|Invalid key)/,
        ] as const,
    ),
    [
      'a name of a header that cannot be sent, of one request',
      person({ headers: { 'X\nY': 'a' } }),
      /^person\.headers\.X\nY: expected the name of a header/,
    ],
    [
      'a header that could choose the server',
      person({ headers: { Host: '{{ domain }}' } }),
      /^person\.headers\.Host: expected a header other than Host/,
    ],
    [
      'a value of a header that cannot be sent',
      { headers: { 'X-City': 'Łódź' } },
      /^headers\.X-City: expected one line of Latin letters/,
    ],
    [
      'the name of a header to sign in with',
      { auth: { header: { name: 'X-Token: ', value: 'a' } } },
      /^auth\.header\.name: expected the name of a header/,
    ],
    [
      'the value of a header to sign in with',
      { auth: { header: { name: 'X-Token', value: 'a\nb' } } },
      /^auth\.header\.value: expected one line/,
    ],
    ['a query in baseUrl', { baseUrl: 'https://api.example/?a=b' }, /^baseUrl: expected no user, /],
    [
      'a baseUrl made of a variable that ends with "/"',
      { baseUrl: 'https://api.example//v2/' },
      /^baseUrl: expected no "\/\/" in the path, which a variable/,
    ],
    [
      'a password in baseUrl',
      { baseUrl: 'https://a:b@api.example/' },
      /^baseUrl: expected no user/,
    ],
    ['an unknown key', person({ maps: {} }), /person: .*maps/],
  ];
  for (const [name, changes, message] of cases) {
    it(`refuse ${name}`, async () => {
      const issues = await issuesOf(changes);
      expect(
        issues.some((issue) => message.test(issue)),
        issues.join('\n'),
      ).to.equal(true);
    });
  }

  it('the filter raw, which would let a value pass as it is, does not exist', async () => {
    expect((await issuesOf(person({ get: 'x/{{ email | raw }}' }))).join()).to.match(
      /there is no filter "raw"/,
    );
  });
});
