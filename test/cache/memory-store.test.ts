import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Entry } from '../../src/cache/entry.ts';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { describeStore } from './describe-store.ts';

const ENTRY = Entry.of(undefined, { fetchedAt: 1, partial: false }).kept;
const HOUR = 3_600_000;
const ROOM = { maxEntries: 10_000, maxSize: 128 * 2 ** 20 };

describe('MemoryStore', () => {
  describeStore('MemoryStore', () => {
    const { clock } = connectorContext();
    const advance = (ms: number) => clock.advance(ms);
    return Promise.resolve({ store: new MemoryStore(ROOM, clock), advance });
  });

  it('removes the least recently used entry when it is full', () => {
    const store = new MemoryStore({ ...ROOM, maxEntries: 2 }, connectorContext().clock);
    store.set('a', ENTRY, 1000);
    store.set('b', ENTRY, 1000);
    store.get('a');
    store.set('c', ENTRY, 1000);
    expect(store.entries().map(([key]) => key)).to.deep.equal(['a', 'c']);
  });

  it('holds an expired entry no longer than until the next sweep', () => {
    const { clock } = connectorContext();
    const store = new MemoryStore({ ...ROOM, maxEntries: 2 }, clock);
    store.set('a', ENTRY, 1000);
    store.set('b', ENTRY, 5000);
    clock.advance(1001);
    store.sweep();
    expect(store.size).to.equal(1);
  });

  it('is empty once closed', async () => {
    const store = new MemoryStore({ ...ROOM, maxEntries: 2 }, connectorContext().clock);
    store.set('a', ENTRY, 1000);
    await store.close();
    expect(store.size).to.equal(0);
  });

  describe('maxSize', () => {
    const entryOf = (characters: number) =>
      Entry.of(randomBytes(characters / 2).toString('hex'), { fetchedAt: 1, partial: false }).kept;

    it('removes the least recently used entries for one that needs their room', () => {
      const store = new MemoryStore({ ...ROOM, maxSize: 20_000 }, connectorContext().clock);
      for (const key of ['a', 'b', 'c']) store.set(key, entryOf(8000), HOUR);
      store.get('a');
      store.set('d', entryOf(20_000), HOUR);
      expect(store.entries().map(([key]) => key)).to.deep.equal(['a', 'd']);
      expect(store.bytes).to.be.within(14_000, 20_000);
    });

    it('keeps no entry that is larger than all the room, nor what it replaces, nor links to it', async () => {
      const store = new MemoryStore({ ...ROOM, maxSize: 5000 }, connectorContext().clock);
      store.set('a', entryOf(100), HOUR, { links: ['link'] });
      store.set('a', entryOf(20_000), HOUR, { links: ['link'] });
      expect(store.get('a')).to.equal(undefined);
      expect(store.bytes).to.equal(0);
      expect(await store.keysOf('link')).to.deep.equal([]);
    });

    it('is what entries take in memory, whatever is in them', async () => {
      const script = join(import.meta.dirname, 'entry-memory.ts');
      const { stdout } = await promisify(execFile)(execPath, ['--expose-gc', script]);
      const kinds = stdout.trim().split('\n');
      expect(kinds).to.have.lengthOf(4);
      for (const kind of kinds) {
        const { what, heapBytes, reckoned } = JSON.parse(kind) as {
          readonly what: string;
          readonly heapBytes: number;
          readonly reckoned: number;
        };
        expect(reckoned / heapBytes, what).to.be.within(0.75, 1.4);
      }
    });
  });
});
