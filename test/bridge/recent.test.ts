import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import supertest from 'supertest';
import { Activity } from '../../src/bridge/activity.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { RecentRequests, type AnsweredRequest } from '../../src/bridge/recent.ts';
import { FailedAuthLimiter } from '../../src/http/authenticate.ts';
import { InFlight } from '../../src/http/in-flight.ts';
import { createApp, createLookupListener } from '../../src/http/public-app.ts';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { demoConfiguration } from '../support/demo.ts';

const TIME = '2026-11-29T12:00:00.000Z';
const REQUEST: AnsweredRequest = {
  at: Date.parse(TIME),
  tenant: 'acme',
  outcome: 'found',
  cache: 'hit',
  ms: 1.5,
  requestId: 'id-0',
};

describe('the recent requests', () => {
  it('are at most 100, the latest first', () => {
    const recent = new RecentRequests();
    for (let n = 0; n < 250; n += 1) recent.add({ ...REQUEST, requestId: `id-${n}` });
    const ids = recent.list().map(({ requestId }) => requestId);
    expect(ids).to.have.length(100);
    expect([ids[0], ids[99]]).to.deep.equal(['id-249', 'id-150']);
  });

  it('keep nothing but what they name', () => {
    const recent = new RecentRequests();
    recent.add({ ...REQUEST, ...{ email: 'jane@b.example', key: 'secret' } });
    const { tenant, outcome, cache, ms, requestId } = REQUEST;
    const shown = { time: TIME, tenant, outcome, cache, ms, requestId };
    expect(recent.list()).to.deep.equal([shown]);
  });

  describe('of the lookup route', () => {
    let bridge: Bridge;
    let recent: RecentRequests;
    let listening: RunningServer;

    beforeEach(async () => {
      const configuration = await demoConfiguration();
      const clock = { now: () => REQUEST.at, monotonic: () => 1 };
      const stream = new PassThrough();
      const log = createLog({ level: 'error', format: 'json', stream, color: false, clock });
      const common = { clock, log, metrics: createMetrics() };
      bridge = await Bridge.open(configuration, {
        ...common,
        watchFile: () => () => undefined,
      });
      recent = new RecentRequests();
      const options = {
        ...common,
        bridge,
        hash: (email: string) => email,
        wrongKeys: new FailedAuthLimiter(clock, bridge.createLimiter, 'server'),
        inFlight: new InFlight(),
        recent,
        activity: new Activity(clock),
      };
      listening = await listen(createApp(options), { host: '127.0.0.1', port: 0 }, 'server', {
        first: createLookupListener(options),
      });
    });
    afterEach(async () => {
      await listening.close();
      await bridge.close(0);
    });

    it('say how each was answered and nothing about the visitor', async () => {
      const ask = (path: string) =>
        supertest(listening.url)
          .get(`/v1/demo/contact/${path}&ip=203.0.113.7&url=https%3A%2F%2Fpage.example`)
          .set('X-Request-Id', 'my-id');
      await ask('demo?email=jane.doe%40acme.example');
      await ask('demo?email=jane.doe%40acme.example');
      await ask('demo?email=');
      await ask('wrong?email=jane.doe%40acme.example');
      const list = recent.list();
      for (const one of list) expect(one).to.include({ time: TIME, requestId: 'my-id' });
      expect(list.map(({ tenant, outcome, cache }) => [tenant, outcome, cache])).to.deep.equal([
        [undefined, 'unauthorized', undefined],
        ['demo', 'no_email', 'bypass'],
        ['demo', 'found', 'hit'],
        ['demo', 'found', 'miss'],
      ]);
      expect(JSON.stringify(list)).not.to.match(/jane|acme\.example|203\.0|page\.example|wrong/);
    });
  });
});
