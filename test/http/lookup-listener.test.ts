/** Lookups are answered before Express: what it did for them must hold all the same. */
import { PassThrough } from 'node:stream';
import { propagation } from '@opentelemetry/api';
import { expect } from 'chai';
import { Activity } from '../../src/bridge/activity.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { RecentRequests } from '../../src/bridge/recent.ts';
import { FailedAuthLimiter } from '../../src/http/authenticate.ts';
import { InFlight } from '../../src/http/in-flight.ts';
import { createApp, createLookupListener } from '../../src/http/public-app.ts';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { SYSTEM_CLOCK } from '../../src/model/clock.ts';
import { recordSpans } from '../support/telemetry.ts';
import { demoConfiguration } from '../support/demo.ts';

const LOOKUP = '/v1/demo/contact/demo?email=jane.doe%40acme.example';

describe('a lookup', () => {
  let bridge: Bridge;
  let inFlight: InFlight;
  let lines: PassThrough;
  let listening: RunningServer;
  let fail: { before: boolean; after: boolean };

  beforeEach(async () => {
    const configuration = await demoConfiguration();
    lines = new PassThrough({ encoding: 'utf8' });
    fail = { before: false, after: false };
    const clock = SYSTEM_CLOCK;
    const log = createLog({ level: 'error', format: 'json', stream: lines, color: false, clock });
    const metrics = createMetrics();
    const watchFile = () => () => undefined;
    bridge = await Bridge.open(configuration, { clock, log, metrics, watchFile });
    inFlight = new InFlight();
    const failIf = (part: keyof typeof fail) => {
      if (fail[part]) throw new Error('secret words');
    };
    const options = {
      ...{ bridge, log, inFlight, clock, recent: new RecentRequests() },
      activity: new Activity(clock),
      hash: (email: string) => email,
      wrongKeys: new FailedAuthLimiter(clock, bridge.createLimiter, 'server'),
      metrics: {
        ...metrics,
        request: () => failIf('after'),
      },
    };
    const bridgeThatFails = new Proxy(bridge, {
      get(target, name) {
        if (name === 'current') failIf('before');
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    listening = await listen(createApp(options), { host: '127.0.0.1', port: 0 }, 'server', {
      first: createLookupListener({ ...options, bridge: bridgeThatFails }),
    });
  });
  afterEach(async () => {
    await listening.close();
    await bridge.close(0);
  });

  const get = (path: string) =>
    fetch(listening.url + path, { headers: { 'X-Request-Id': 'my-id' } });
  const logged = () => String(lines.read() ?? '');

  it('that fails inside the bridge has an answer, and a line in the log without the words of its error', async () => {
    fail.before = true;
    const response = await get(LOOKUP);
    expect(response.status).to.equal(500);
    expect(await response.text()).to.match(/The operator finds request my-id in the log\./);
    const line = logged();
    expect(JSON.parse(line)).to.include({
      message: 'a request failed inside the bridge',
      requestId: 'my-id',
      error: 'Error',
    });
    expect(line).not.to.contain('secret');
    fail.before = false;
    expect((await get(LOOKUP)).status).to.equal(200);
  });

  it('keeps its answer when counting it fails', async () => {
    fail.after = true;
    const response = await get(LOOKUP);
    expect(response.status).to.equal(200);
    expect(await response.text()).to.match(/^Jane Doe/);
    expect(logged()).to.match(/a request failed inside the bridge/);
  });

  it('closes its connection while the service shuts down, as all answers do', async () => {
    void inFlight.drain();
    for (const [path, status] of [
      [LOOKUP, 503],
      ['/healthz', 200],
      ['/nowhere', 404],
    ] as const) {
      const response = await get(path);
      expect([path, response.status]).to.deep.equal([path, status]);
      expect(response.headers.get('connection'), path).to.equal('close');
    }
  });

  it("is answered without a span when the operator's SDK fails", async () => {
    const telemetry = recordSpans();
    try {
      propagation.disable();
      propagation.setGlobalPropagator({
        inject: () => undefined,
        extract() {
          throw new URIError('URI malformed');
        },
        fields: () => [],
      });
      const response = await get(LOOKUP);
      expect(response.status).to.equal(200);
      expect(await response.text()).to.match(/^Jane Doe/);
      expect(logged()).to.equal('');
    } finally {
      await telemetry.close();
    }
  });
});
