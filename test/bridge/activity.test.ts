import { expect } from 'chai';
import { Activity } from '../../src/bridge/activity.ts';
import type { AnsweredRequest } from '../../src/bridge/recent.ts';

describe('the activity of the last 15 minutes', () => {
  let now = 0;
  const activity = () => new Activity({ monotonic: () => now });
  const request = (more: Partial<AnsweredRequest> = {}): AnsweredRequest => ({
    ...{ at: Date.parse('2026-11-29T10:00:00Z'), tenant: 'acme', outcome: 'found', requestId: 'r' },
    ...{ cache: 'hit', ms: 10 },
    ...more,
  });
  beforeEach(() => (now = 123_456));

  it('has nothing at first: 30 slots of half a minute, without ratio and percentile', () => {
    const { slotSeconds, slots, total } = activity().report();
    expect(slotSeconds * slots.length).to.equal(15 * 60);
    const nothing = { requests: 0, hitRatio: null, p95: null };
    expect(slots).to.deep.equal(Array.from({ length: 30 }, () => nothing));
    expect(total).to.deep.equal({ ...nothing, refused: 0 });
  });

  it('counts requests, and hits among the lookups', () => {
    const all = activity();
    for (const cache of ['hit', 'stale', 'miss', 'collapsed', 'bypass', undefined] as const)
      all.add(request({ cache }));
    expect(all.report().total).to.include({ requests: 6, hitRatio: 0.5 });
  });

  it('has the 95th percentile of lookups, to 5 %', () => {
    const all = activity();
    for (let ms = 1; ms <= 1000; ms += 1) all.add(request({ ms }));
    for (let n = 0; n < 1000; n += 1) all.add(request({ ms: 100_000, cache: 'bypass' }));
    expect(all.report().total.p95).to.be.closeTo(950, 0.05 * 950);
  });

  it('takes any duration', () => {
    for (const ms of [0, 0.01, 1e9]) {
      const all = activity();
      all.add(request({ ms }));
      expect(all.report().total.p95).to.be.a('number').above(0);
    }
  });

  it('puts each request into its half minute, and forgets it after 15 minutes', () => {
    const all = activity();
    all.add(request());
    now += 30_000;
    all.add(request());
    all.add(request());
    const counts = () => all.report().slots.map(({ requests }) => requests);
    expect(counts().slice(-2)).to.deep.equal([1, 2]);
    now += 13 * 60_000;
    expect(all.report().total.requests).to.equal(3);
    now += 90_000;
    expect(counts()[0]).to.equal(2);
    now += 30_000;
    expect(all.report().total.requests).to.equal(0);
    now += 86_400_000;
    all.add(request());
    expect(counts().at(-1)).to.equal(1);
    expect(all.report().total.requests).to.equal(1);
  });

  it('counts wrong keys apart from requests of tenants', () => {
    const all = activity();
    all.add(request({ tenant: undefined, outcome: 'unauthorized', cache: undefined }));
    expect(all.report().total).to.include({ requests: 0, refused: 1 });
  });

  it('knows the last request of each tenant', () => {
    const all = activity();
    all.add(request());
    all.add(request({ outcome: 'rate_limited', at: Date.parse('2026-11-29T11:00:00Z') }));
    all.add(request({ tenant: 'other', outcome: 'not_found' }));
    const last = { time: '2026-11-29T11:00:00.000Z', outcome: 'rate_limited' };
    expect(all.lastRequest('acme')).to.deep.equal(last);
    expect(all.lastRequest('other')?.outcome).to.equal('not_found');
    expect(all.lastRequest('third')).to.equal(undefined);
  });
});
