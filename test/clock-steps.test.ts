/** The wall clock steps, as when a machine corrects its time: lifetimes and rests stay what they are. */
import { expect } from 'chai';
import { CachedResource } from '../connectors/hubspot/labels.ts';
import { Features } from '../connectors/salesforce/fields.ts';
import { EntryCache } from '../src/cache/entry-cache.ts';
import { Entry } from '../src/cache/entry.ts';
import { FailureBackoff } from '../src/cache/failure-backoff.ts';
import { ConnectorError, Omissions, SharedSignIn } from '../src/connector/index.ts';
import { CircuitBreaker } from '../src/upstream/circuit-breaker.ts';
import { connectorContext } from '../src/connector/testing/context.ts';
import { CACHE, createTestCache, openTestConnection } from './support/test-connection.ts';
import { never } from './support/salesforce/open.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DOWN = new ConnectorError('unavailable', 'down');

for (const [direction, step] of [
  ['back', -HOUR],
  ['forward', HOUR],
] as const) {
  describe(`when the wall clock steps ${direction} an hour`, () => {
    it('a cached person stays fresh, then stale, then goes, at the same time as otherwise', () => {
      const { clock } = connectorContext();
      const cache = new EntryCache(CACHE, clock);
      const fetchedAt = clock.now();
      cache.write('a', Entry.of('Jane', { partial: false, fetchedAt }).kept);
      cache.write('b', Entry.of(undefined, { partial: false, fetchedAt }).kept);
      clock.advance(2000);
      clock.step(step);
      const hit = cache.read('a');
      expect(hit).to.include({ ttlMs: CACHE.ttl - 2000, ageMs: 2000 });
      expect(hit?.entry.fetchedAt).to.equal(fetchedAt);
      cache.configure({ ...CACHE, maxEntries: 5 });
      expect(cache.read('b')).to.include({ ttlMs: CACHE.notFoundTtl - 2000 });
      clock.advance(CACHE.ttl - 2000);
      expect(cache.read('a')).to.include({ ttlMs: 0 });
      expect(cache.read('b')).to.equal(undefined);
      clock.advance(CACHE.staleTtl - 1);
      expect(cache.read('a')).to.include({ ttlMs: 1 - CACHE.staleTtl });
      clock.advance(1);
      expect(cache.read('a')).to.equal(undefined);
      clock.advance(1);
      cache.sweep();
      expect(cache.stats().entries).to.equal(0);
    });

    it('a person whose lookups fail is left out for as long as otherwise', () => {
      const { clock } = connectorContext();
      const backoff = new FailureBackoff(clock);
      for (let n = 0; n < 5; n += 1) backoff.record('a', DOWN);
      clock.step(step);
      expect(backoff.errorFor('a')?.retryAfterMs).to.equal(10_000);
      expect(backoff.mayRefresh('a')).to.equal(false);
      clock.advance(10_000);
      expect(backoff.errorFor('a')).to.equal(undefined);
      clock.advance(5 * MINUTE);
      expect(backoff.mayRefresh('a')).to.equal(true);
    });

    it('an open circuit rests as long as the CRM asked for, and shows its end by the new time', () => {
      const { clock } = connectorContext();
      const circuit = new CircuitBreaker('sales', clock, () => undefined);
      circuit.trip('rate_limited', 10 * MINUTE);
      clock.step(step);
      expect(circuit.open?.until).to.equal(clock.now() + 10 * MINUTE);
      clock.advance(10 * MINUTE - 1);
      expect(() => circuit.acquire())
        .to.throw()
        .with.property('retryAfterMs', 1);
      clock.advance(1);
      circuit.acquire().succeed();
      expect(circuit.state).to.equal('closed');
    });

    it('a token is renewed when it would have been, and a refused sign-in waits as long', async () => {
      const { clock, setNotice } = connectorContext();
      let answer: () => Promise<{ token: string; lifetimeMs: number }> = () =>
        Promise.reject(new ConnectorError('auth', 'refused'));
      let signIns = 0;
      const tokens = new SharedSignIn({
        context: { clock, setNotice },
        signIn: () => ((signIns += 1), answer()),
        notAccepted: () => DOWN,
      });
      const get = () => tokens.get(never()).catch((error: unknown) => error);
      await get();
      clock.step(step);
      clock.advance(9_999);
      expect(await get()).to.have.property('kind', 'auth');
      expect(signIns).to.equal(1);
      clock.advance(1);
      answer = () => Promise.resolve({ token: `${signIns}`, lifetimeMs: 30 * MINUTE });
      expect(await get()).to.equal('2');
      clock.step(step);
      clock.advance(28 * MINUTE);
      expect(await get()).to.equal('2');
      clock.advance(2 * MINUTE);
      expect(await get()).to.equal('3');
    });

    it('what a CRM hides is left out for an hour, and its labels and features are kept as long', async () => {
      const context = connectorContext();
      const { clock } = context;
      const omissions = new Omissions(context, { notice: 'fields', message: () => 'hidden' });
      const labels = new CachedResource('pipelines', () => Promise.resolve(1), context);
      const features = new Features(clock);
      omissions.add('phone');
      await labels.load(never());
      const error = { ok: true, body: {} } as const;
      const probes = features.pendingProbes().map(({ name }) => [name, error] as const);
      features.recordFrom(new Map(probes));
      clock.step(step);
      clock.advance(HOUR - 1);
      expect(omissions.has('phone')).to.equal(true);
      expect(features.pendingProbes()).to.deep.equal([]);
      expect(labels.isDue).to.equal(false);
      clock.advance(1);
      expect(omissions.has('phone')).to.equal(false);
      expect(features.pendingProbes()).to.have.length.above(0);
      clock.advance(5 * HOUR);
      expect(labels.isDue).to.equal(true);
    });

    it('the age of what a trace shows is the time that has passed', async () => {
      const { connection, crm, clock } = openTestConnection({ respond: (call) => call.answer({}) });
      const { cache } = createTestCache(clock);
      const first = cache.person(connection, 'jane@acme.example');
      if (first.state === 'miss') await first.entry;
      clock.step(step);
      clock.advance(1000);
      const again = cache.person(connection, 'jane@acme.example');
      expect(again).to.include({ state: 'fresh', ageMs: 1000 });
      expect(crm.calls).to.have.length(1);
    });
  });
}
