import { expect } from 'chai';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import type { Entry } from '../../src/cache/store.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { describeStore } from './describe-store.ts';

const ENTRY: Entry<unknown> = { found: false, fetchedAt: 1, partial: false };

describe('MemoryStore', () => {
  describeStore('MemoryStore', () => {
    const { clock } = connectorContext();
    const advance = (ms: number) => clock.advance(ms);
    return Promise.resolve({ store: new MemoryStore(10_000, clock), advance });
  });

  it('removes the least recently used entry when it is full', () => {
    const store = new MemoryStore(2, connectorContext().clock);
    store.set('a', ENTRY, 1000);
    store.set('b', ENTRY, 1000);
    store.get('a');
    store.set('c', ENTRY, 1000);
    expect(store.entries().map(([key]) => key)).to.deep.equal(['a', 'c']);
  });

  it('holds an expired entry no longer than until the next sweep', () => {
    const { clock } = connectorContext();
    const store = new MemoryStore(2, clock);
    store.set('a', ENTRY, 1000);
    store.set('b', ENTRY, 5000);
    clock.advance(1001);
    store.sweep();
    expect(store.size).to.equal(1);
  });

  it('is empty once closed', async () => {
    const store = new MemoryStore(2, connectorContext().clock);
    store.set('a', ENTRY, 1000);
    await store.close();
    expect(store.size).to.equal(0);
  });
});
