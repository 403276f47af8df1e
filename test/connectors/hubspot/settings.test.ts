import { expect } from 'chai';
import hubspot from '../../../connectors/hubspot/index.ts';

describe('hubspot: settings', () => {
  const { settings } = hubspot;
  const accessToken = 'pat-na1-x';
  const auth = { clientId: 'a', clientSecret: 'b', refreshToken: 'c' };
  const problems = (value: unknown): readonly string[] =>
    (settings.safeParse(value).error?.issues ?? []).map(
      ({ path, message }) => `${path.join('.')} ${message}`,
    );

  it('a token alone is enough', () => {
    expect(settings.parse({ accessToken })).to.deep.equal({
      accessToken,
      baseUrl: 'https://api.hubapi.com',
      apiVersion: '2026-09',
      fields: { contact: [], company: [], deal: [], ticket: [] },
    });
  });

  it('takes either a token or an app, never both or none', () => {
    expect(problems({ auth })).to.deep.equal([]);
    expect(problems({ auth, accessToken })).to.deep.equal([
      'accessToken expected either accessToken or auth',
    ]);
    expect(problems({})).to.deep.equal(['accessToken expected either accessToken or auth']);
    expect(problems({ auth: { ...auth, clientSecret: '' } })).to.have.length(1);
  });

  it('says what is wrong with a pasted token, without quoting it', () => {
    for (const [wrong, words] of [
      ['"pat-na1-x"', /^accessToken has quotes around it/],
      ['Bearer pat-na1-x', /^accessToken begins with .*"Bearer"/],
      ['HUBSPOT_TOKEN=pat-na1-x', /^accessToken begins with a name and "="/],
      ['pat-na1-x\n', /^accessToken has a line break/],
      [' pat-na1-x', /^accessToken has blanks around it/],
    ] as const) {
      const [problem] = problems({ accessToken: wrong });
      expect(problem).to.match(words).and.not.contain('pat-');
    }
    expect(problems({ auth: { ...auth, refreshToken: "'c-secret'" } })[0]).to.match(
      /^auth\.refreshToken has quotes around it/,
    );
  });

  it('a token never goes over an open network', () => {
    for (const baseUrl of [
      'https://api-eu1.hubapi.com',
      'http://127.0.0.1:9401',
      'http://localhost',
      'http://[::1]:80/',
    ])
      expect(problems({ accessToken, baseUrl }), baseUrl).to.deep.equal([]);
    for (const baseUrl of [
      'http://api.hubapi.com',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'ftp://127.0.0.1',
      'https://x.example/path',
      'https://u:p@x.example',
      'api.hubapi.com',
      '',
    ])
      expect(problems({ accessToken, baseUrl }), baseUrl).to.have.length(1);
  });

  it('a version is a release or v3', () => {
    for (const apiVersion of ['2026-03', '2026-09', '2027-03', 'v3'])
      expect(problems({ accessToken, apiVersion }), apiVersion).to.deep.equal([]);
    for (const apiVersion of ['v4', '2026', '2026-9', '2026-09/', 'latest'])
      expect(problems({ accessToken, apiVersion }), apiVersion).to.have.length(1);
  });

  it('fields are names of properties, by kind of record', () => {
    expect(problems({ accessToken, fields: { contact: ['plan_tier', 'hs_x-2'] } })).to.deep.equal(
      [],
    );
    expect(problems({ accessToken, fields: { contact: ['Plan tier'] } })).to.have.length(1);
    expect(problems({ accessToken, fields: { contacts: [] } })).to.have.length(1);
  });
});
