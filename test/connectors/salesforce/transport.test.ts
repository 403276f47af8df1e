/** What the network and proxies can do to a response. */
import { expect } from 'chai';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openHttpPool, type CrmRequest, type HttpPool } from '../../../src/connector/index.ts';
import { connectorContext } from '../../../src/connector/testing/context.ts';
import type { FaultKind } from '../../support/salesforce/faults.ts';
import { kindOf, messageOf, never, withSalesforce } from '../../support/salesforce/open.ts';

const JANE = 'jane.doe@acme.example';

describe('a faulty answer', () => {
  for (const [kind, expected] of [
    ['truncate', 'unavailable'],
    ['reset', 'unavailable'],
    ['maintenance', 'unavailable'],
    ['status-500', 'unavailable'],
    ['status-503', 'unavailable'],
    ['status-420', 'misconfigured'],
    ['status-403', 'misconfigured'],
    ['html200', 'bad_response'],
    ['broken-json', 'bad_response'],
    ['wrong-shape', 'bad_response'],
    ['huge', 'bad_response'],
    ['gzip-bomb', 'bad_response'],
    ['broken-gzip', 'bad_response'],
    ['redirect', 'bad_response'],
    ['status-429', 'rate_limited'],
    ['request-limit', 'quota'],
    ['api-disabled', 'misconfigured'],
  ] as const) {
    it(`to a lookup: ${kind} is ${expected}; the next lookup is right`, async () => {
      await withSalesforce({}, async ({ emulator, lookup }) => {
        await lookup(JANE);
        emulator.faults.add({ on: 'composite', kind, times: 2 });
        expect(await kindOf(lookup(JANE))).to.equal(expected);
        emulator.faults.clear();
        expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      });
    });
  }

  for (const [kind, expected] of [
    ['truncate', 'unavailable'],
    ['reset', 'unavailable'],
    ['maintenance', 'unavailable'],
    ['html200', 'bad_response'],
    ['broken-json', 'bad_response'],
    ['wrong-shape', 'bad_response'],
    ['huge', 'bad_response'],
    ['redirect', 'bad_response'],
    ['status-429', 'rate_limited'],
  ] as const) {
    it(`to a sign-in: ${kind} is ${expected}; the next lookup signs in`, async () => {
      await withSalesforce({}, async ({ emulator, lookup }) => {
        emulator.faults.add({ on: 'token', kind, times: 1 });
        expect(await kindOf(lookup(JANE))).to.equal(expected);
        expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      });
    });
  }

  for (const on of ['composite', 'token']) {
    for (const kind of ['hang', 'stall'] as const) {
      it(`${kind} (${on}): the abort ends it, no connection stays, the next lookup is right`, async () => {
        await withSalesforce({}, async ({ emulator, connector, lookup }) => {
          emulator.faults.add({ on, kind, times: 1 });
          const abort = new AbortController();
          const call = connector.lookup(JANE, { signal: abort.signal });
          await until(() => emulator.stats().requests[pathOf(on)] === 1);
          const before = emulator.stats().connectionsOpen;
          abort.abort();
          expect(await kindOf(call)).to.equal('timeout');
          await until(() => emulator.stats().connectionsOpen < before);
          expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
        });
      });
    }
  }

  it('is not quoted: no message holds what Salesforce or a proxy sent', async () => {
    for (const kind of [
      'maintenance',
      'html200',
      'status-500',
      'request-limit',
      'api-disabled',
    ] as const) {
      await withSalesforce({}, async ({ emulator, lookup }) => {
        emulator.faults.add({ on: 'composite', kind });
        const message = await messageOf(lookup(JANE));
        expect(message).to.match(/^Salesforce/);
        expect(message).not.to.match(/<|Sorry|unexpected error|TotalRequests|not enabled/);
      });
    }
  });

  for (const [kind, words] of [
    ['huge', /more than 4 MiB/],
    ['gzip-bomb', /more than 4 MiB/],
    ['broken-gzip', /not valid gzip/],
    ['redirect', /redirects elsewhere \(HTTP 302\).*loginUrl/],
    ['html200', /does not hold what was requested/],
  ] as const) {
    it(`says what is wrong: ${kind}`, async () => {
      await withSalesforce({}, async ({ emulator, lookup }) => {
        emulator.faults.add({ on: 'composite', kind, times: 1 });
        expect(await messageOf(lookup(JANE))).to.match(words);
      });
    });
  }

  it('gives the time of Retry-After', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      emulator.faults.add({ on: 'composite', kind: 'status-429', times: 1 });
      const error: unknown = await lookup(JANE).catch((e: unknown) => e);
      expect(error).to.include({ kind: 'rate_limited', retryAfterMs: 7000 });
    });
  });

  it('is observed with its status, or with why there is none', async () => {
    const seen = async (kind: FaultKind, signal: () => AbortSignal = never) => {
      let statuses: readonly CrmRequest['status'][] = [];
      await withSalesforce({}, async ({ emulator, connector, context }) => {
        emulator.faults.add({ on: 'composite', kind, times: 1 });
        await connector.lookup(JANE, { signal: signal() }).catch(() => undefined);
        statuses = context.observed
          .filter(({ operation }) => operation === 'composite')
          .map(({ status }) => status);
      });
      return statuses;
    };
    expect(await seen('maintenance')).to.deep.equal([503]);
    expect(await seen('truncate')).to.deep.equal(['error']);
    expect(await seen('hang', () => AbortSignal.timeout(300))).to.deep.equal(['timeout']);
  });

  it("is observed with Salesforce's own id for it, also when it fails", async () => {
    await withSalesforce({}, async ({ emulator, lookup, context }) => {
      emulator.faults.add({ on: 'composite', kind: 'status-500', times: 1 });
      await lookup(JANE).catch(() => undefined);
      const ids = context.observed.map(({ correlationId }) => correlationId);
      expect(ids).to.have.length(2);
      for (const id of ids) expect(id).to.match(/^[0-9a-f]{32}$/);
    });
  });
});

describe('the connections to Salesforce', () => {
  it('are kept: fifty lookups one after the other need two at most', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      for (let i = 0; i < 50; i += 1) await lookup(JANE);
      expect(emulator.stats().connectionsOpened).to.be.at.most(2);
    });
  });

  it('are few: fifty lookups at once open sixteen at most', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      await Promise.all(Array.from({ length: 50 }, () => lookup(JANE)));
      expect(emulator.stats().compositeRequests).to.equal(50);
      expect(emulator.stats().connectionsOpened).to.be.at.most(16);
    });
  });

  it('carry compressed answers', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      await lookup(JANE);
      expect(emulator.stats().gzippedAnswers).to.be.greaterThan(0);
    });
  });

  it('a lookup is repeated once when its idle connection turns out to be dead', async () => {
    await withSalesforce({}, async ({ emulator, lookup, context }) => {
      await lookup(JANE);
      await lookup(JANE);
      const before = context.observed.length;
      emulator.faults.add({ on: 'composite', kind: 'reset', times: 1 });
      expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      expect(context.observed.slice(before).map(({ status }) => status)).to.deep.equal([
        'error',
        200,
      ]);
    });
  });

  it('a lookup is not repeated when a fresh connection is reset', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      emulator.faults.add({ on: '*', kind: 'reset' });
      expect(await kindOf(lookup(JANE))).to.equal('unavailable');
      expect(emulator.stats().tokenRequests).to.equal(1);
    });
  });

  it('a cut in the middle of an answer is not repeated, the request has been served', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      await lookup(JANE);
      await lookup(JANE);
      emulator.faults.add({ on: 'composite', kind: 'truncate' });
      expect(await kindOf(lookup(JANE))).to.equal('unavailable');
      expect(emulator.stats().compositeRequests).to.equal(3);
    });
  });

  it('a server that closes after each response is supported', async () => {
    await withSalesforce({}, async ({ emulator, lookup }) => {
      emulator.faults.add({ on: '*', kind: 'connection-close' });
      for (let i = 0; i < 3; i += 1) expect(await lookup(JANE)).to.not.be.undefined;
    });
  });

  it('end with the connector, and what is under way fails', async () => {
    await withSalesforce({}, async ({ emulator, connector, lookup }) => {
      await lookup(JANE);
      emulator.faults.add({ on: 'composite', kind: 'hang' });
      const call = kindOf(lookup(JANE));
      await until(() => emulator.stats().compositeRequests === 2);
      await connector.close?.();
      expect(await call).to.equal('unavailable');
      await until(() => emulator.stats().connectionsOpen === 0);
    });
  });
});

describe('a proxy', () => {
  const kept = { ...process.env };
  let proxy: Server;
  let tunnels: string[];

  beforeEach(async () => {
    tunnels = [];
    proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    for (const name of ['HTTPS_PROXY', 'NO_PROXY']) {
      if (kept[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = kept[name];
    }
    proxy.close();
  });

  it('named by HTTPS_PROXY is asked for a tunnel to Salesforce', async () => {
    await withPool(async (pool) => {
      await send(pool, 'https://acme.my.salesforce.com/x');
      expect(tunnels).to.deep.equal(['acme.my.salesforce.com:443']);
    });
  });

  it('is left out for the hosts of NO_PROXY', async () => {
    process.env['NO_PROXY'] = 'other.example,127.0.0.1';
    await withPool(async (pool) => {
      await send(pool, 'https://127.0.0.1:9/x');
      expect(tunnels).to.deep.equal([]);
    });
  });

  async function withPool(test: (pool: HttpPool) => Promise<void>): Promise<void> {
    const pool = await openHttpPool(connectorContext());
    await test(pool).finally(() => pool.close());
  }

  /** It fails in any case. */
  async function send(pool: HttpPool, url: string): Promise<void> {
    const signal = AbortSignal.timeout(3000);
    await pool.send({ operation: 'x', url, signal, idempotent: false }).catch(() => undefined);
  }
});

function pathOf(on: string): string {
  return on === 'token' ? 'POST /services/oauth2/token' : 'POST /services/data/v67.0/composite';
}

/** Real sockets need a few turns of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((next) => setImmediate(next));
}
