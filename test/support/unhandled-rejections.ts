/** Below the cache errors travel along many promises; none of them may be left without a listener. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';

/** To be called in a `describe`: its tests fail when a promise was rejected and nobody listened. */
export function expectNoUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const keep = (reason: unknown) => void unhandled.push(reason);
  before(() => void process.on('unhandledRejection', keep));
  after(async () => {
    // Node reports a rejection at the end of the turn in which nobody took it.
    await turn();
    await turn();
    process.off('unhandledRejection', keep);
    expect(unhandled, 'unhandled rejections').to.deep.equal([]);
  });
}
