/** What is left after `close`. */
import assert from 'node:assert/strict';
import { getActiveResourcesInfo } from 'node:process';
import type { TestContext } from './context.ts';
import { END_MS, rule, type Rule } from './rule.ts';
import { find, open } from './use.ts';

export const closing: readonly Rule[] = [
  rule('closing twice is closing once, and nothing stays open', async (crm) => {
    const before = getActiveResourcesInfo();
    let context: TestContext | undefined;
    await open(crm, async (connector, opened) => {
      context = opened;
      await find(connector, crm.known.email);
      await connector.close?.();
      await connector.close?.();
    });
    assert.deepEqual(context?.watched, [], 'files still watched');
    await untilClosed(before, crm.endMs ?? END_MS);
  }),

  rule('closing one connection leaves another open', async (crm) => {
    await open(crm, async (kept) => {
      await open(crm, (closed) => find(closed, crm.known.email));
      await find(kept, crm.known.email);
    });
  }),
];

/** Sockets take a few turns of the event loop to end. */
async function untilClosed(before: readonly string[], endMs: number): Promise<void> {
  const latest = performance.now() + endMs;
  for (let open = opened(before); open.length > 0; open = opened(before)) {
    if (performance.now() > latest) throw new Error(`still open after close: ${open.join(', ')}`);
    await new Promise((next) => setImmediate(next));
  }
}

/** What keeps the process alive, beyond what did before. */
function opened(before: readonly string[]): readonly string[] {
  const left = [...before];
  return getActiveResourcesInfo().filter((resource) => {
    const i = left.indexOf(resource);
    if (i >= 0) left.splice(i, 1);
    return i < 0 && resource !== 'Immediate';
  });
}
