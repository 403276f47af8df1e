import { expect } from 'chai';
import rest from '../../../connectors/rest/index.ts';
import type { Connector, ConnectorError } from '../../../src/connector/index.ts';
import { connectorContext, type TestContext } from '../../../src/connector/testing/context.ts';
import {
  CLIENT,
  restSettings,
  STATIC_TOKEN,
  startRestEmulator,
  type RestEmulator,
} from '../../support/rest/emulator.ts';

const EMAIL = 'jane.doe@acme.example';
const signal = () => AbortSignal.timeout(5000);

describe('signing in of the rest connector', () => {
  let api: RestEmulator;
  let connector: Connector;
  let context: TestContext;

  beforeEach(async () => {
    api = await startRestEmulator();
  });
  afterEach(async () => {
    await connector.close?.();
    await api.close();
  });

  async function open(auth: unknown) {
    const checked = await rest.settings['~standard'].validate({ ...restSettings(api.url), auth });
    if (checked.issues !== undefined) throw new Error(JSON.stringify(checked.issues));
    context = connectorContext();
    connector = await rest.open(checked.value, context);
  }
  const oauth2 = (more: object = {}) => ({
    oauth2: { tokenUrl: `${api.url}/oauth/token`, ...CLIENT, ...more },
  });
  const lookup = () => connector.lookup(EMAIL, { signal: signal() });
  /** What the API sees of one request. */
  async function seen(auth: unknown) {
    await open(auth);
    await lookup().catch(() => undefined);
    return { headers: api.headers(), first: api.requests[0] };
  }

  it('sends a bearer token', async () => {
    expect((await seen({ bearer: 'abc' })).headers.authorization).to.equal('Bearer abc');
  });

  it('sends a user and a password', async () => {
    const { headers } = await seen({ basic: { username: 'jo', password: 'pä:ss' } });
    expect(Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString()).to.equal(
      'jo:pä:ss',
    );
  });

  it('sends a header of its own', async () => {
    expect(
      (await seen({ header: { name: 'X-Api-Key', value: 'abc' } })).headers['x-api-key'],
    ).to.equal('abc');
  });

  it('sends a query parameter', async () => {
    expect((await seen({ query: { name: 'api_key', value: 'a b&c' } })).first).to.match(
      /&api_key=a%20b%26c$/,
    );
  });

  it('writes another word before the token when the API wants one', async () => {
    const { headers } = await seen(oauth2({ scheme: 'Zoho-oauthtoken' }));
    expect(headers.authorization).to.match(/^Zoho-oauthtoken token-\d$/);
  });

  it('is refused by an error in a 200, too', async () => {
    api.faults.push((request, response) => {
      if (request.url !== '/oauth/token') return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"error":"invalid_code"}');
      return true;
    });
    await open(oauth2());
    const error: unknown = await lookup().catch((reason: unknown) => reason);
    expect(error).to.include({ kind: 'auth' });
  });

  it('gets a token by client credentials and uses it for all', async () => {
    await open(oauth2());
    await Promise.all([lookup(), lookup(), lookup()]);
    await lookup();
    expect(api.issued()).to.equal(1);
  });

  it('shows the client as HTTP Basic alone when the token URL wants that', async () => {
    api.wantBasic();
    await open(oauth2());
    const refused: unknown = await lookup().catch((reason: unknown) => reason);
    expect((refused as Error).message).to.contain('"clientAuth: header"');
    await connector.close?.();
    await open(oauth2({ clientAuth: 'header', parameters: { audience: 'https://api.example' } }));
    expect((await lookup())?.contact.name).to.equal('Jane Doe');
    expect([...api.tokenForm()]).to.deep.equal([
      ['audience', 'https://api.example'],
      ['grant_type', 'client_credentials'],
    ]);
  });

  it('50 lookups at an expired token are one token request and 50 right answers', async () => {
    await open(oauth2());
    await lookup();
    api.tokens.clear();
    const found = await Promise.all(Array.from({ length: 50 }, lookup));
    expect(found.map((person) => person?.contact.name)).to.deep.equal(
      Array.from({ length: 50 }, () => 'Jane Doe'),
    );
    expect(api.issued()).to.equal(2);
  });

  it('follows a refresh token that rotates', async () => {
    await open(oauth2({ refreshToken: 'refresh-0' }));
    await lookup();
    api.tokens.clear();
    expect((await lookup())?.contact.name).to.equal('Jane Doe');
    expect(api.refreshToken()).to.equal('refresh-2');
  });

  it('refused credentials are tried once, then the sign-in rests', async () => {
    await open(oauth2({ clientSecret: 'wrong' }));
    const kinds = [];
    for (const attempt of [lookup, lookup, lookup])
      kinds.push(await attempt().catch(({ kind }: { kind: string }) => kind));
    expect(kinds).to.deep.equal(['auth', 'auth', 'auth']);
    expect(api.requests.filter((one) => one.includes('/oauth/token'))).to.have.length(1);
  });

  it('a token that is never accepted does not cause a sign-in for each lookup', async () => {
    await open(oauth2());
    api.faults.push((request, response) => {
      if (request.url?.startsWith('/api/') !== true) return false;
      response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
      return true;
    });
    for (let i = 0; i < 10; i += 1) await lookup().catch(() => undefined);
    expect(api.issued()).to.be.at.most(2);
  });

  describe('a token that is refused for tickets alone', () => {
    const refuse = (path: RegExp, tokenStatus?: number) =>
      api.faults.splice(0, 1, (request, response) => {
        const isForToken = tokenStatus !== undefined && request.url === '/oauth/token';
        if (!isForToken && !path.test(request.url ?? '')) return false;
        const status = isForToken ? tokenStatus : 401;
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
        return true;
      });
    const notice = () => context.notices.get('tickets');
    const REFUSED =
      'tickets cannot be read at present: the API refuses "tickets" (401), but not the request for people: "auth" may not read this';

    it('causes two sign-ins, then one a minute, and the person is shown without them', async () => {
      await open(oauth2());
      refuse(/tickets/);
      for (let minute = 0; minute < 3; minute += 1) {
        for (let n = 0; n < 10; n += 1) {
          const person = await lookup();
          expect(person?.missing).to.deep.equal(['tickets']);
          expect(person?.deals).to.have.length(1);
        }
        expect(api.issued()).to.equal(2 + minute);
        context.clock.advance(60_000);
      }
      expect([...context.notices]).to.deep.equal([['tickets', REFUSED]]);
      expect(context.lines.map(({ message }) => message)).to.deep.equal([
        'a section cannot be read',
      ]);
      api.faults.splice(0);
      expect((await lookup())?.missing).to.deep.equal([]);
      expect([...context.notices]).to.deep.equal([]);
    });

    it('which does so now and then causes no more', async () => {
      await open(oauth2());
      for (let n = 0; n < 10; n += 1) {
        refuse(n % 2 === 0 ? /tickets/ : /nothing/);
        expect((await lookup())?.missing).to.deep.equal(n % 2 === 0 ? ['tickets'] : []);
      }
      expect(api.issued()).to.equal(2);
    });

    it('and deals at the same time causes two, too', async () => {
      await open(oauth2({ refreshToken: 'refresh-0' }));
      refuse(/tickets|orders/);
      for (let n = 0; n < 5; n += 1)
        expect((await lookup())?.missing).to.have.members(['deals', 'tickets']);
      expect(api.issued()).to.equal(2);
    });

    it('is replaced when it has expired after the person: nothing is missing', async () => {
      await open(oauth2());
      await lookup();
      api.faults.splice(0, 1, (request) => {
        if (/orders|tickets/.test(request.url ?? '')) {
          api.faults.splice(0);
          api.tokens.clear();
        }
        return false;
      });
      const person = await lookup();
      expect(person?.missing).to.deep.equal([]);
      expect(api.issued()).to.equal(2);
    });

    for (const status of [200, 400, 503])
      it(`serves without a token request for each lookup while the token URL answers ${status}`, async () => {
        await open(oauth2());
        await lookup();
        refuse(/tickets/, status);
        const before = api.requests.length;
        for (let n = 0; n < 8; n += 1) expect((await lookup())?.missing).to.deep.equal(['tickets']);
        const count = (path: string) =>
          api.requests.slice(before).filter((one) => one.includes(path)).length;
        expect(count('/oauth/token')).to.equal(1);
        expect(count('/tickets')).to.equal(8);
        expect(notice()).to.equal(REFUSED);
      });

    it('that cannot be replaced is said as it is', async () => {
      await open({ bearer: STATIC_TOKEN });
      refuse(/tickets/);
      expect((await lookup())?.missing).to.deep.equal(['tickets']);
      expect(notice()).to.equal(REFUSED);
    });
  });

  it('a token that is refused for the company of a domain alone opens no circuit', async () => {
    for (const auth of [oauth2(), { bearer: STATIC_TOKEN }]) {
      await open(auth);
      const find = async () => {
        const error: unknown = await connector
          .findCompany?.('acme.example', { signal: signal() })
          .catch((reason: unknown) => reason);
        return (error as ConnectorError).kind;
      };
      api.faults.splice(0, 1, (request, response) => {
        if (request.url?.includes('/companies') !== true) return false;
        response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
        return true;
      });
      expect(await find(), 'before a person was found').to.equal('auth');
      await lookup();
      expect(await find()).to.equal('misconfigured');
      await connector.close?.();
    }
  });
});
