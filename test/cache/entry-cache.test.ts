import { expect } from 'chai';
import fc from 'fast-check';
import { EntryCache } from '../../src/cache/entry-cache.ts';
import { Entry } from '../../src/cache/entry.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { CACHE, MINUTE, valueOf } from '../support/test-connection.ts';

const HOUR = 60 * MINUTE;

function setUp(settings: Partial<typeof CACHE> = {}) {
  const { clock } = connectorContext();
  const cache = new EntryCache({ ...CACHE, ...settings }, clock);
  const entry = (value: unknown, partial = false) =>
    Entry.of(value, { fetchedAt: clock.now(), partial }).kept;
  return {
    clock,
    cache,
    found: (key: string, value: unknown = key) => cache.write(key, entry(value)),
    missed: (key: string) => cache.write(key, entry(undefined)),
    partly: (key: string) => cache.write(key, entry(key, true)),
    ttl: (key: string) => cache.read(key)?.ttlMs,
  };
}

describe('EntryCache', () => {
  it('holds nothing at first', () => {
    expect(setUp().cache.read('a')).to.equal(undefined);
  });

  it('returns a found person, fresh for ttl', () => {
    const { cache, clock, found } = setUp();
    found('a', { name: 'Jane' });
    clock.advance(MINUTE);
    const reading = cache.read('a');
    expect(valueOf(reading?.entry)).to.deep.equal({ name: 'Jane' });
    expect(reading?.ttlMs).to.equal(4 * MINUTE);
    clock.advance(4 * MINUTE - 1);
    expect(cache.read('a')?.ttlMs).to.equal(1);
  });

  it('returns the person as stale for staleTtl, then not at all', () => {
    const { clock, found, ttl } = setUp();
    found('a');
    clock.advance(5 * MINUTE);
    expect(ttl('a')).to.equal(0);
    clock.advance(HOUR - 1);
    expect(ttl('a')).to.equal(1 - HOUR);
    clock.advance(1);
    expect(ttl('a')).to.equal(undefined);
  });

  it('keeps "not found" for notFoundTtl and never as stale', () => {
    const { cache, clock, missed } = setUp();
    missed('a');
    clock.advance(29_999);
    const hit = cache.read('a');
    expect(hit).to.include({ ageMs: 29_999, ttlMs: 1 });
    expect(hit?.entry).to.include({
      found: false,
      fetchedAt: clock.now() - 29_999,
      partial: false,
    });
    clock.advance(1);
    expect(cache.read('a')).to.equal(undefined);
  });

  it('keeps a partial entry no longer than notFoundTtl, and never as stale', () => {
    const { clock, partly, ttl } = setUp();
    partly('a');
    clock.advance(29_999);
    expect(ttl('a')).to.equal(1);
    clock.advance(1);
    expect(ttl('a')).to.equal(undefined);
  });

  it('lets a part replace no whole person as long as that can be shown', () => {
    const { cache, clock, found, partly } = setUp();
    found('a', 'whole');
    clock.advance(5 * MINUTE + HOUR - 1);
    expect(partly('a')).to.equal(0);
    expect(valueOf(cache.read('a')?.entry)).to.equal('whole');
    clock.advance(1);
    expect(partly('a')).to.equal(30_000);
    expect(cache.read('a')?.entry.partial).to.equal(true);
    found('a', 'whole');
    expect(cache.read('a')?.entry.partial).to.equal(false);
  });

  it('keeps a partial entry no longer than ttl either', () => {
    const { clock, partly, ttl } = setUp({ ttl: 1000 });
    partly('a');
    clock.advance(1000);
    expect(ttl('a')).to.equal(undefined);
  });

  it('counts from when the entry was fetched, not from when it was last read', () => {
    const { clock, found, ttl } = setUp({ staleTtl: 0 });
    found('a');
    for (let minute = 0; minute < 4; minute += 1) {
      clock.advance(MINUTE);
      expect(ttl('a')).to.be.greaterThan(0);
    }
    clock.advance(MINUTE);
    expect(ttl('a')).to.equal(undefined);
  });

  it('keeps no entry whose lifetime is 0', () => {
    const { found, missed, ttl } = setUp({ ttl: 0, staleTtl: 0, notFoundTtl: 0 });
    found('a');
    missed('b');
    expect([ttl('a'), ttl('b')]).to.deep.equal([undefined, undefined]);
  });

  it('with ttl 0 shows a person only as stale', () => {
    const { found, ttl } = setUp({ ttl: 0 });
    found('a');
    expect(ttl('a')).to.equal(0);
  });

  it('removes a person who is gone, also when "not found" is not kept', () => {
    const { clock, found, missed, ttl } = setUp({ notFoundTtl: 0 });
    found('a');
    clock.advance(10 * MINUTE);
    missed('a');
    expect(ttl('a')).to.equal(undefined);
  });

  describe('room', () => {
    it('holds maxEntries, and removes what was read longest ago', () => {
      const { cache, found, ttl } = setUp({ maxEntries: 3 });
      for (const key of ['a', 'b', 'c']) found(key);
      expect(ttl('a')).to.not.equal(undefined);
      found('d');
      expect(cache.stats().entries).to.equal(3);
      expect(ttl('b')).to.equal(undefined);
      expect(['a', 'c', 'd'].map((key) => ttl(key) !== undefined)).to.deep.equal([
        true,
        true,
        true,
      ]);
    });

    it('keeps what is there when the room grows, with its age', () => {
      const { cache, clock, found, ttl } = setUp({ maxEntries: 2 });
      found('a');
      clock.advance(MINUTE);
      cache.configure({ ...CACHE, maxEntries: 4 });
      for (const key of ['b', 'c', 'd']) found(key);
      expect(ttl('a')).to.equal(4 * MINUTE);
      expect(cache.stats()).to.include({ entries: 4, maxEntries: 4 });
    });

    it('keeps what was read last when the room shrinks', () => {
      const { cache, found, ttl } = setUp({ maxEntries: 3 });
      for (const key of ['a', 'b', 'c']) found(key);
      cache.read('a');
      cache.configure({ ...CACHE, maxEntries: 2 });
      expect(ttl('b')).to.equal(undefined);
      expect(ttl('a')).to.equal(5 * MINUTE);
      expect(ttl('c')).to.equal(5 * MINUTE);
      found('d');
      expect(ttl('a'), 'was read before c').to.equal(undefined);
    });
  });

  describe('changed lifetimes count for what is already here', () => {
    it('when they are shorter', () => {
      const { cache, clock, found, ttl } = setUp();
      found('a');
      clock.advance(MINUTE);
      cache.configure({ ...CACHE, ttl: MINUTE / 2 });
      expect(ttl('a')).to.equal(-MINUTE / 2);
      cache.configure({ ...CACHE, ttl: MINUTE / 2, staleTtl: 0 });
      expect(ttl('a')).to.equal(undefined);
    });

    it('when they are longer', () => {
      const { cache, clock, found, ttl } = setUp({ ttl: MINUTE, staleTtl: 0 });
      found('a');
      cache.configure({ ...CACHE, ttl: HOUR, staleTtl: 0 });
      clock.advance(59 * MINUTE);
      expect(ttl('a')).to.equal(MINUTE);
    });

    it('and the same settings once more change nothing', () => {
      const { cache, clock, found, ttl } = setUp();
      found('a');
      clock.advance(MINUTE);
      cache.configure({ ...CACHE });
      expect(ttl('a')).to.equal(4 * MINUTE);
    });
  });

  describe('dropping', () => {
    it('drops one entry and reports whether there was one', async () => {
      const { cache, found, ttl } = setUp();
      found('a');
      found('b');
      expect([await cache.delete('a'), await cache.delete('a')]).to.deep.equal([true, false]);
      expect(ttl('a')).to.equal(undefined);
      expect(ttl('b')).to.not.equal(undefined);
    });

    it('drops everything of one connection and nothing of another', async () => {
      const { cache, found, missed, ttl } = setUp();
      found('sales#1 a@x.example');
      missed('sales#1 b@x.example');
      found('sales#1 @x.example');
      found('sales#12 a@x.example');
      found('sales a@x.example');
      expect(await cache.clear('sales#1 ')).to.equal(3);
      expect(cache.stats().entries).to.equal(2);
      expect(ttl('sales#12 a@x.example')).to.not.equal(undefined);
      expect(await cache.clear('sales#1 ')).to.equal(0);
    });

    it('removes what has expired in a sweep, and only that', () => {
      const { cache, clock, found, missed } = setUp();
      missed('a');
      found('b');
      clock.advance(MINUTE);
      cache.sweep();
      expect(cache.stats().entries).to.equal(1);
      clock.advance(5 * MINUTE + HOUR);
      cache.sweep();
      expect(cache.stats().entries).to.equal(0);
    });
  });

  it('reports the share of reads that found something usable', () => {
    const { cache, clock, found } = setUp();
    expect(cache.stats().hitRatio).to.equal(null);
    found('a');
    cache.read('a');
    cache.read('b');
    clock.advance(2 * HOUR);
    cache.read('a');
    cache.read('b');
    expect(cache.stats().hitRatio).to.equal(0.25);
  });

  it('is never fresher or staler than the settings of the moment allow', () => {
    const kind = fc.constantFrom('found', 'missed', 'partly');
    const settings = fc.record({
      maxEntries: fc.constant(10),
      maxSize: fc.constant(1_000_000),
      ttl: fc.nat(100),
      notFoundTtl: fc.nat(100),
      staleTtl: fc.nat(100),
    });
    fc.assert(
      fc.property(kind, settings, settings, fc.nat(100), fc.nat(200), (what, a, b, early, late) => {
        const { cache, clock, ...write } = setUp(a);
        write[what]('key');
        clock.advance(early);
        cache.configure(b);
        clock.advance(late);
        const age = early + late;
        const stale = what === 'found' ? b.staleTtl : 0;
        const fresh = {
          found: b.ttl,
          missed: b.notFoundTtl,
          partly: Math.min(b.ttl, b.notFoundTtl),
        };
        const left = fresh[what] - age;
        const ttl = cache.read('key')?.ttlMs;
        // What an earlier setting had already removed does not come back.
        if (ttl !== undefined) expect(ttl).to.equal(left);
        if (left + stale <= 0) expect(ttl).to.equal(undefined);
      }),
      { numRuns: 500 },
    );
  });
});
