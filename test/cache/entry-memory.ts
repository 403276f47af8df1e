/**
 * What entries take in V8's heap, beside what the store reckons, in a process that does nothing else:
 * `node --expose-gc entry-memory.ts` prints a line of JSON for each kind of entry.
 */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Entry } from '../../src/cache/entry.ts';
import { MemoryStore } from '../../src/cache/memory-store.ts';

const HOUR = 3_600_000;
const COUNT = 3000;
const CLOCK = { monotonic: () => 0 };

for (const [what, characters, links] of [
  ['not found', 0, 0],
  ['small', 500, 2],
  ['large', 5000, 2],
  ['with many links', 2000, 25],
] as const) {
  const store = new MemoryStore({ maxEntries: 10_000, maxSize: 2 ** 30 }, CLOCK);
  const before = await heapUsed();
  for (let n = 0; n < COUNT; n += 1) {
    const prefix = `connection ${'f'.repeat(64)} `;
    const value = characters === 0 ? undefined : randomBytes(characters / 2).toString('hex');
    const { kept } = Entry.of(value, { fetchedAt: 1, partial: false });
    const linked = Array.from({ length: links }, (_, at) => `${prefix}shows id contact ${n}-${at}`);
    store.set(`${prefix}visitor-${n}@company.example`, kept, HOUR, { links: linked });
  }
  const heapBytes = (await heapUsed()) - before;
  process.stdout.write(`${JSON.stringify({ what, heapBytes, reckoned: store.bytes })}\n`);
}

/** After several collections, in bytes: one leaves what is only let go between turns of the event loop. */
async function heapUsed(): Promise<number> {
  for (let n = 0; n < 4; n += 1) {
    global.gc?.();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed;
}
