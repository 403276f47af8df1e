/** Below the cache errors travel along many promises; none of them may lack a handler. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';

/** To be called in a `describe`: its tests fail when a promise was rejected without a handler. */
export function expectNoUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const keep = (reason: unknown) => void unhandled.push(reason);
  before(() => void process.on('unhandledRejection', keep));
  after(async () => {
    // Node reports a rejection at the end of the turn in which it got no handler.
    await turn();
    await turn();
    process.off('unhandledRejection', keep);
    expect(unhandled, 'unhandled rejections').to.deep.equal([]);
  });
}
