/** What every store must do: in the memory of the process, or shared by several. */
import { expect } from 'chai';
import { Entry } from '../../src/cache/entry.ts';
import type { Store } from '../../src/cache/store.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Lets time pass for the store. */
  readonly advance: (ms: number) => void | Promise<void>;
  /** How much time may pass besides, in a store with a clock that runs. */
  readonly slackMs?: number;
}

const HOUR = 3_600_000;

const JANE = Entry.of(
  { profile: { contact: { name: 'Jane "J" Doé\u2028 \u{1f600}', fields: {} } }, missing: [] },
  { fetchedAt: 1_764_000_000_123, partial: false },
).kept;
const NOT_FOUND = Entry.of(undefined, { fetchedAt: 1, partial: false }).kept;

/** @param open makes an empty store. */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let store: Store;
    let advance: StoreUnderTest['advance'];
    let slackMs: number;
    const entryAt = async (key: string) => (await store.get(key))?.entry;
    const has = async (key: string) => (await store.get(key)) !== undefined;

    beforeEach(async () => ({ store, advance, slackMs = 1 } = await open()));
    afterEach(() => store.close());

    it('has nothing under a key that was never set', async () => {
      expect(await store.get('a')).to.equal(undefined);
    });

    it('returns an entry as it was set, also "not found"', async () => {
      await store.set('a', JANE, HOUR);
      await store.set('b', NOT_FOUND, HOUR);
      expect(await entryAt('a')).to.deep.equal(JANE);
      expect(await entryAt('b')).to.deep.equal(NOT_FOUND);
    });

    it('takes keys with every character an address may have', async () => {
      const keys = ["o'neill+*?[x]@acme.example", 'jürgen@xn--mller-kva.example', '@acme.example'];
      const entryOf = (value: string) => Entry.of(value, NOT_FOUND).kept;
      for (const key of keys) await store.set(`crm 0a ${key}`, entryOf(key), HOUR);
      for (const key of keys) {
        expect(await entryAt(`crm 0a ${key}`)).to.deep.equal(entryOf(key));
      }
    });

    it('replaces an entry, and with it the lifetime', async () => {
      await store.set('a', JANE, HOUR);
      await store.set('a', NOT_FOUND, 1000);
      expect(await entryAt('a')).to.deep.equal(NOT_FOUND);
      await advance(1001);
      expect(await has('a')).to.equal(false);
    });

    it('has an entry until its lifetime is over', async () => {
      await store.set('a', JANE, 1000);
      await store.set('b', JANE, 2000);
      await advance(999 - slackMs);
      expect([await has('a'), await has('b')]).to.deep.equal([true, true]);
      await advance(2 + slackMs);
      expect([await has('a'), await has('b')]).to.deep.equal([false, true]);
    });

    it('measures the age of an entry, also of one that was not new when it was set', async () => {
      await store.set('a', JANE, HOUR);
      await store.set('b', JANE, HOUR, { ageMs: 5000 });
      await advance(1000);
      expect((await store.get('a'))?.ageMs).to.be.within(1000, 1000 + slackMs);
      expect((await store.get('b'))?.ageMs).to.be.within(6000, 6000 + slackMs);
    });

    it('finds the keys of the entries with a link, as long as they are there', async () => {
      await store.set('a', JANE, HOUR, { links: ['crm 0a id 1', 'crm 0a x'] });
      await store.set('b', JANE, 1000, { links: ['crm 0a id 1'] });
      await store.set('c', JANE, HOUR, { links: ['crm 0a id 1'] });
      await store.set('c', JANE, HOUR, { links: ['crm 0a id 2'] });
      const keys = async (link: string) => [...(await store.keysOf(link))].sort();
      expect(await keys('crm 0a id 1')).to.deep.equal(['a', 'b']);
      expect(await keys('crm 0a id 2')).to.deep.equal(['c']);
      expect(await keys('crm 0a id 3')).to.deep.equal([]);
      await store.delete('a');
      await store.set('c', JANE, HOUR);
      await advance(1001);
      for (const key of await keys('crm 0a id 1')) expect(await has(key)).to.equal(false);
      expect(await keys('crm 0a id 2')).to.deep.equal([]);
      expect(await keys('crm 0a x')).to.deep.equal([]);
    });

    it('deletes one entry and reports whether there was one', async () => {
      await store.set('a', JANE, HOUR);
      await store.set('b', JANE, HOUR);
      expect([await store.delete('a'), await store.delete('a')]).to.deep.equal([true, false]);
      expect([await has('a'), await has('b')]).to.deep.equal([false, true]);
    });

    it('clears what starts with a prefix, and nothing else, and reports how many', async () => {
      const keys = ['crm 0a x', 'crm 0a @y', 'crm 0ab x', 'crm2 0a x', 'Crm 0a x', 'x crm 0a '];
      for (const key of keys) await store.set(key, JANE, HOUR);
      expect(await store.clear('crm 0a ')).to.equal(2);
      const left = await Promise.all(keys.map(has));
      expect(left).to.deep.equal([false, false, true, true, true, true]);
      expect(await store.clear('crm 0a ')).to.equal(0);
    });

    it('takes a prefix literally', async () => {
      for (const key of ['a* x', 'ab x', 'a? x', '[a] x']) await store.set(key, JANE, HOUR);
      expect(await store.clear('a* ')).to.equal(1);
      expect(await store.clear('a? ')).to.equal(1);
      expect(await store.clear('[a] ')).to.equal(1);
      expect(await has('ab x')).to.equal(true);
    });

    it('clears many entries at once', async () => {
      const keys = Array.from({ length: 2500 }, (_, n) => `many ${n}`);
      await Promise.all(keys.map((key) => store.set(key, NOT_FOUND, HOUR)));
      expect(await store.clear('many ')).to.equal(2500);
    });
  });
}
