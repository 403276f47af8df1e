/** Sign-in: the three flows, one token for all, and no storm of sign-ins while the org refuses. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audienceFor } from '../../../connectors/salesforce/sign-in.ts';
import { CLIENT, startSalesforceEmulator } from '../../support/salesforce/emulator.ts';
import {
  kindOf,
  messageOf,
  never,
  withSalesforce,
  type Opened,
  type OpenOptions,
} from '../../support/salesforce/open.ts';

const JANE = 'jane.doe@acme.example';
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const jwt = {
  flow: 'jwtBearer',
  clientId: CLIENT.clientId,
  username: CLIENT.username,
  privateKey,
};
const refresh = {
  flow: 'refreshToken',
  clientId: CLIENT.clientId,
  clientSecret: CLIENT.clientSecret,
  refreshToken: CLIENT.refreshToken,
};

describe('signing in', () => {
  it('by client credentials costs one request', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      expect(await lookup(JANE)).to.not.be.undefined;
      expect(emulator.stats()).to.include({ tokenRequests: 1, compositeRequests: 1, apiCalls: 1 });
    });
  });

  it('by JWT bearer sends an RS256 assertion that Salesforce can verify', async () => {
    const options: OpenOptions = { emulator: { publicKey }, settings: { auth: jwt } };
    await withSalesforce(options, async ({ emulator, lookup }) => {
      expect(await lookup(JANE)).to.not.be.undefined;
      expect(emulator.stats().tokenRequests).to.equal(1);
    });
  });

  for (const [what, wrong] of [
    ['another user', { username: 'somebody@else.example' }],
    ['another client', { clientId: 'other' }],
    ['another audience', { audience: 'https://evil.example' }],
  ] as const) {
    it(`by JWT bearer for ${what} is refused`, async () => {
      const auth = { ...jwt, ...wrong };
      await withSalesforce({ emulator: { publicKey }, settings: { auth } }, async ({ lookup }) => {
        expect(await kindOf(lookup(JANE))).to.equal('auth');
      });
    });
  }

  it('by refresh token works with and without a secret', async () => {
    for (const auth of [refresh, { ...refresh, clientSecret: undefined }]) {
      await withSalesforce({ settings: { auth } }, async ({ lookup }) => {
        expect(await lookup(JANE)).to.not.be.undefined;
      });
    }
  });

  it('happens once for all who ask at the same time', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => lookup(JANE)));
      expect(answers.every((answer) => answer?.contact.name === 'Jane Doe')).to.equal(true);
      expect(emulator.stats().tokenRequests).to.equal(1);
    });
  });

  it('goes on for the others when one of those who wait gives up', async () => {
    await withSalesforce({}, async ({ emulator, connector, lookup }) => {
      emulator.faults.add({ on: 'token', kind: 'connection-close', delay: 100, times: 1 });
      const abort = new AbortController();
      const gone = kindOf(connector.lookup(JANE, { signal: abort.signal }));
      const kept = lookup(JANE);
      abort.abort();
      expect(await gone).to.equal('timeout');
      expect((await kept)?.contact.name).to.equal('Jane Doe');
      expect(emulator.stats().tokenRequests).to.equal(1);
    });
  });

  it('that hangs is not joined by who comes after the last one gave up', async () => {
    await withSalesforce({}, async ({ emulator, connector, lookup }) => {
      emulator.faults.add({ on: 'token', kind: 'hang', times: 1 });
      const abort = new AbortController();
      const gone = kindOf(connector.lookup(JANE, { signal: abort.signal }));
      await until(() => emulator.stats().tokenRequests === 1);
      abort.abort();
      expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      expect(await gone).to.equal('timeout');
    });
  });

  it('that takes too long for all who wait is observed as a timeout', async () => {
    await withSalesforce({}, async ({ emulator, connector, context }) => {
      emulator.faults.add({ on: 'token', kind: 'hang' });
      const lookup = connector.lookup(JANE, { signal: AbortSignal.timeout(200) });
      expect(await kindOf(lookup)).to.equal('timeout');
      await until(() => context.observed.length > 0);
      expect(context.observed[0]).to.include({ operation: 'token', status: 'timeout' });
    });
  });

  it('is repeated when its idle connection turns out to be dead', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      await resetNextSignIn(emulator, lookup);
      expect(await lookup(JANE)).to.not.be.undefined;
    });
  });

  it('by refresh token is not: the token may be void though no answer came', async () => {
    await withSalesforce({ settings: { auth: refresh } }, async ({ emulator, lookup }) => {
      await resetNextSignIn(emulator, lookup);
      expect(await kindOf(lookup(JANE))).to.equal('unavailable');
      expect(emulator.stats().tokenRequests).to.equal(2);
    });
  });

  async function resetNextSignIn(emulator: Opened['emulator'], lookup: Opened['lookup']) {
    await lookup(JANE);
    await lookup(JANE);
    emulator.oauth.expireSessions();
    emulator.faults.add({ on: 'token', kind: 'reset', times: 1 });
  }

  it('sends the requests where the answer says, also when that changes', async () => {
    const second = await startSalesforceEmulator();
    let instance: string | undefined;
    const options: OpenOptions = { emulator: { instanceUrl: () => instance ?? '' } };
    try {
      await withSalesforce(options, async ({ emulator, lookup }) => {
        instance = emulator.url;
        expect((await lookup(JANE))?.contact.url).to.contain(emulator.url);
        instance = second.url;
        emulator.oauth.expireSessions();
        // The other org does not know the token, but it has been asked.
        expect(await kindOf(lookup(JANE))).to.equal('auth');
        expect(second.stats().compositeRequests).to.be.greaterThan(0);
      });
    } finally {
      await second.close();
    }
  });

  for (const instance of [
    'http://acme.example',
    'https://acme.lightning.force.com',
    'nonsense',
    '',
  ]) {
    it(`to an instance_url such as "${instance}" sends no token there`, async () => {
      await withSalesforce({ emulator: { instanceUrl: () => instance } }, async ({ lookup }) => {
        expect(await kindOf(lookup(JANE))).to.equal('bad_response');
      });
    });
  }
});

describe('an access token that has expired', () => {
  it('costs one sign-in and one repetition', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      await lookup(JANE);
      emulator.oauth.expireSessions();
      expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      expect(emulator.stats()).to.include({ tokenRequests: 2, compositeRequests: 3 });
    });
  });

  it('under fifty lookups costs one sign-in, and fifty answers are right', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      await lookup(JANE);
      emulator.oauth.expireSessions();
      const answers = await Promise.all(Array.from({ length: 50 }, () => lookup(JANE)));
      expect(answers.filter((answer) => answer?.contact.name === 'Jane Doe')).to.have.length(50);
      expect(emulator.stats().tokenRequests).to.equal(2);
    });
  });

  it('costs no second sign-in when a slow answer says so once more', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      await lookup(JANE);
      emulator.faults.add({ on: 'composite', kind: 'status-401', times: 1, delay: 200 });
      emulator.faults.add({ on: 'composite', kind: 'status-401', times: 1 });
      await Promise.all([lookup(JANE), lookup(JANE)]);
      expect(emulator.stats().tokenRequests).to.equal(2);
    });
  });

  it('again and again is renewed each time, as long as the new one was of use', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      for (let i = 1; i <= 5; i += 1) {
        expect(await lookup(JANE)).to.not.be.undefined;
        emulator.oauth.expireSessions();
      }
      expect(emulator.stats().tokenRequests).to.equal(5);
    });
  });
});

describe('a 401 that lasts', () => {
  for (const [kind, notice] of [
    ['status-401', 'did not accept it'],
    ['refused-header', 'has a form that Salesforce does not take'],
  ] as const) {
    it(`(${kind}) costs two sign-ins, and from then on one per minute at most`, async () => {
      await withSalesforce({}, async ({ emulator, lookup, context }) => {
        emulator.faults.add({ on: 'composite', kind });
        const tokens = () => emulator.stats().tokenRequests;
        for (let i = 0; i < 5; i += 1) expect(await kindOf(lookup(JANE))).to.equal('auth');
        expect(tokens()).to.equal(2);
        expect(context.notices.get('sign-in')).to.contain(notice);
        for (let minute = 1; minute <= 3; minute += 1) {
          context.clock.advance(59_000);
          expect(await kindOf(lookup(JANE))).to.equal('auth');
          expect(tokens()).to.equal(1 + minute);
          context.clock.advance(1_000);
          for (let i = 0; i < 5; i += 1) expect(await kindOf(lookup(JANE))).to.equal('auth');
          expect(tokens()).to.equal(2 + minute);
        }
      });
    });
  }

  it('for another reason than an expired session is fixed by the next sign-in', async () => {
    await withSalesforce({}, async ({ emulator, lookup, context }) => {
      await lookup(JANE);
      emulator.faults.add({ on: 'composite', kind: 'refused-header', times: 1 });
      expect(await kindOf(lookup(JANE))).to.equal('auth');
      expect(context.notices.has('sign-in')).to.equal(true);
      expect(await lookup(JANE)).to.not.be.undefined;
      expect(emulator.stats().tokenRequests).to.equal(2);
      expect(context.notices.has('sign-in')).to.equal(false);
    });
  });

  it('under fifty lookups costs two sign-ins', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      emulator.faults.add({ on: 'composite', kind: 'status-401' });
      const kinds = await Promise.all(Array.from({ length: 50 }, () => kindOf(lookup(JANE))));
      expect(new Set(kinds)).to.deep.equal(new Set(['auth']));
      expect(emulator.stats().tokenRequests).to.equal(2);
    });
  });

  it('is not taken for ended because of a slow answer to an old token', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      await lookup(JANE);
      emulator.faults.add({ on: 'composite', kind: 'connection-close', times: 1, delay: 300 });
      emulator.faults.add({ on: 'composite', kind: 'status-401' });
      const slow = lookup(JANE);
      await until(() => emulator.stats().compositeRequests === 2);
      for (let i = 0; i < 3; i += 1) expect(await kindOf(lookup(JANE))).to.equal('auth');
      expect(emulator.stats().tokenRequests).to.equal(3);
      expect(await slow).to.not.be.undefined;
      expect(await kindOf(lookup(JANE))).to.equal('auth');
      expect(emulator.stats().tokenRequests).to.equal(3);
    });
  });

  it('and ends: the next minute’s sign-in is of use, and the operator sees no problem any more', async () => {
    await withSalesforce({}, async ({ emulator, lookup, context }) => {
      emulator.faults.add({ on: 'composite', kind: 'status-401' });
      await kindOf(lookup(JANE));
      emulator.faults.clear();
      context.clock.advance(60_000);
      expect(await lookup(JANE)).to.not.be.undefined;
      expect(context.notices.has('sign-in')).to.equal(false);
      emulator.oauth.expireSessions();
      expect(await lookup(JANE), 'after the next expiry').to.not.be.undefined;
    });
  });
});

describe('a refused sign-in', () => {
  const wrong = {
    auth: { flow: 'clientCredentials', clientId: CLIENT.clientId, clientSecret: 'no' },
  };

  it('is tried once, for all who wait, and then not for ten seconds', async () => {
    await withSalesforce({ settings: wrong }, async ({ emulator, lookup, context }) => {
      const first = await Promise.all(Array.from({ length: 20 }, () => messageOf(lookup(JANE))));
      expect(new Set(first).size).to.equal(1);
      context.clock.advance(9_999);
      await Promise.all(Array.from({ length: 20 }, () => messageOf(lookup(JANE))));
      expect(emulator.stats().tokenRequests).to.equal(1);
      context.clock.advance(1);
      expect(await kindOf(lookup(JANE))).to.equal('auth');
      expect(emulator.stats().tokenRequests).to.equal(2);
    });
  });

  it('says why, and shows it to the operator until it works', async () => {
    await withSalesforce({ settings: wrong }, async ({ lookup, context }) => {
      const message = await messageOf(lookup(JANE));
      expect(message).to.equal(
        'Salesforce refused the sign-in (invalid_client): clientId or clientSecret is wrong',
      );
      expect(context.notices.get('sign-in')).to.equal(message);
    });
  });

  it('says what an invalid_grant is about', async () => {
    const auth = { ...refresh, refreshToken: 'spent' };
    await withSalesforce({ settings: { auth } }, async ({ lookup }) => {
      expect(await messageOf(lookup(JANE))).to.contain('authorize again');
    });
  });
});

describe('a sign-in that Salesforce wants once more', () => {
  it('is sent once more, in the same lookup', async () => {
    await withSalesforce({}, async ({ lookup, emulator, context }) => {
      emulator.oauth.refuse('unknown_error', 'retry your request', 1);
      expect(await lookup(JANE)).to.not.be.undefined;
      expect(emulator.stats().tokenRequests).to.equal(2);
      expect(context.notices.size).to.equal(0);
    });
  });

  it('is an outage when that does not help', async () => {
    await withSalesforce({}, async ({ lookup, emulator }) => {
      emulator.oauth.refuse('unknown_error', 'retry your request');
      expect(await kindOf(lookup(JANE))).to.equal('unavailable');
      expect(emulator.stats().tokenRequests).to.equal(2);
    });
  });
});

describe('the audience of an assertion', () => {
  for (const [host, audience] of [
    ['acme.my', 'login'],
    ['login', 'login'],
    ['acme.develop.my', 'login'],
    ['acme--test.sandbox.my', 'test'],
    ['ACME--TEST.Sandbox.my', 'test'],
    ['acme--dev.my', 'test'],
    ['acme--dev.cs85.my', 'test'],
    ['cs85', 'test'],
    ['acme-dev.my', 'login'],
    ['power-app-1234-dev-ed.scratch.my', 'test'],
    ['test', 'test'],
  ] as const)
    it(`for ${host}.salesforce.com is ${audience}.salesforce.com`, () => {
      const audienceOfOrg = audienceFor(`https://${host}.salesforce.com`);
      expect(audienceOfOrg).to.equal(`https://${audience}.salesforce.com`);
    });
});

describe('refresh tokens that rotate', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'salesforce-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const rotating = (auth: object): OpenOptions => ({
    emulator: { rotation: true },
    settings: { auth },
    context: { baseDir: folder },
  });

  async function expireAndLookUp({ emulator, lookup }: Opened): Promise<void> {
    emulator.oauth.expireSessions();
    expect(await lookup(JANE)).to.not.be.undefined;
  }

  it('are used from then on; without a file the operator gets a notice', async () => {
    await withSalesforce(rotating(refresh), async (opened) => {
      for (let i = 0; i < 3; i += 1) await expireAndLookUp(opened);
      expect(opened.context.notices.get('refresh-token')).to.contain('auth.tokenFile');
    });
  });

  it('are kept in the file, which only its owner can read, and found there after a restart', async () => {
    const auth = { ...refresh, tokenFile: 'token.json' };
    await withSalesforce(rotating(auth), async (opened) => {
      await expireAndLookUp(opened);
      await expireAndLookUp(opened);
      expect(opened.context.notices.size).to.equal(0);
      expect((await stat(join(folder, 'token.json'))).mode & 0o777).to.equal(0o600);

      const { connector } = opened;
      await connector.close?.();
      const { default: module } = await import('../../../connectors/salesforce/index.ts');
      const settings = module.settings.parse({ loginUrl: opened.emulator.url, auth });
      const again = await module.open(settings, opened.context);
      expect(await again.lookup(JANE, { signal: never() })).to.not.be.undefined;
      await again.close?.();
    });
  });

  it('in the file are void once the configuration has another token', async () => {
    const file = join(folder, 'token.json');
    await writeFile(file, JSON.stringify({ descendsFrom: 'another', refreshToken: 'void' }));
    await withSalesforce(rotating({ ...refresh, tokenFile: file }), async ({ lookup }) => {
      expect(await lookup(JANE)).to.not.be.undefined;
      expect(await readFile(file, 'utf8')).not.to.contain('void');
    });
  });

  it('in a broken file stop the opening, and the message does not show them', async () => {
    await writeFile(join(folder, 'token.json'), '{"refreshToken":"top-secret');
    const opening = withSalesforce(rotating({ ...refresh, tokenFile: 'token.json' }), () =>
      Promise.resolve(),
    );
    const message = await messageOf(opening);
    expect(message).to.contain("can't be read").and.not.contain('top-secret');
  });

  it('in a pipe, a device or a huge file stop the opening at once', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await writeFile(join(folder, 'huge'), 'x'.repeat(1024 * 1024 + 1));
    for (const [tokenFile, got] of [
      ['pipe', 'something that is not a file'],
      ['/dev/zero', 'something that is not a file'],
      ['.', 'a folder'],
      ['huge', 'more than 1 MB'],
    ] as const) {
      const auth = { ...refresh, tokenFile };
      const message = await messageOf(withSalesforce(rotating(auth), () => Promise.resolve()));
      expect(message).to.contain(`can't be read, got ${got}: `);
    }
  });

  it('are kept also where a pipe lies in the way', async () => {
    execFileSync('mkfifo', [join(folder, 'token.json.new')]);
    await withSalesforce(rotating({ ...refresh, tokenFile: 'token.json' }), async (opened) => {
      await expireAndLookUp(opened);
      expect(opened.context.notices.size).to.equal(0);
      expect((await stat(join(folder, 'token.json'))).isFile()).to.equal(true);
    });
  });

  it('that can’t be written are used all the same, and the operator gets a notice', async () => {
    const tokenFile = join(folder, 'no', 'such', 'folder', 'token.json');
    await withSalesforce(rotating({ ...refresh, tokenFile }), async (opened) => {
      await expireAndLookUp(opened);
      await expireAndLookUp(opened);
      expect(opened.context.notices.get('refresh-token')).to.contain('ENOENT');
    });
  });

  it('are not lost when no call waits for the sign-in any more', async () => {
    await withSalesforce(rotating(refresh), async ({ emulator, connector, lookup, context }) => {
      emulator.faults.add({ on: 'token', kind: 'connection-close', delay: 50, times: 1 });
      const abort = new AbortController();
      const gone = kindOf(connector.lookup(JANE, { signal: abort.signal }));
      abort.abort();
      expect(await gone).to.equal('timeout');
      expect(await lookup(JANE)).to.not.be.undefined;
      expect(emulator.stats().tokenRequests).to.equal(1);
      expect(context.observed[0]).to.include({ operation: 'token', status: 200 });
    });
  });
});

/** Real sockets need a few turns of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((next) => setImmediate(next));
}
