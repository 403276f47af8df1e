/** What is left after `close`. */
import { expect } from 'chai';
import type { TestContext } from '../connector-context.ts';
import { END_MS, rule, type Rule } from './rule.ts';
import { find, open } from './use.ts';

export const closing: readonly Rule[] = [
  rule('closing twice is closing once, and nothing stays open', async (it) => {
    const before = resources();
    let context: TestContext | undefined;
    await open(it, async (connector, opened) => {
      context = opened;
      await find(connector, it.known.email);
      await connector.close?.();
      await connector.close?.();
    });
    expect(context?.watched, 'files still watched').to.deep.equal([]);
    await settled(before, it.endMs ?? END_MS);
  }),

  rule('closing one connection leaves another alone', async (it) => {
    await open(it, async (kept) => {
      await open(it, (closed) => find(closed, it.known.email));
      await find(kept, it.known.email);
    });
  }),
];

/** What keeps the process alive, sorted. */
function resources(): string {
  return process.getActiveResourcesInfo().sort().join(' ');
}

/** Sockets take a few turns of the event loop to end. */
async function settled(before: string, endMs: number): Promise<void> {
  const latest = performance.now() + endMs;
  for (let open = extra(before, resources()); open.length > 0;) {
    if (performance.now() > latest) throw new Error(`still open after close: ${open.join(', ')}`);
    await new Promise((next) => setImmediate(next));
    open = extra(before, resources());
  }
}

function extra(before: string, now: string): readonly string[] {
  const left = before.split(' ');
  return now.split(' ').filter((resource) => {
    const i = left.indexOf(resource);
    if (i >= 0) left.splice(i, 1);
    return i < 0 && resource !== 'Immediate';
  });
}
