import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { NotAttemptedError } from '../../src/connector/errors.ts';
import { LatePartError } from '../../src/upstream/errors.ts';
import { LateParts } from '../../src/upstream/late-parts.ts';
import { failureOf } from '../support/test-connection.ts';

/** Of a lookup: nothing here waits for longer than it must. */
const TIMEOUT_MS = 20;

const JANE = 'jane@acme.example';

const callOf = (signal: AbortSignal) => ({
  ...{ emails: [JANE], timeoutMs: TIMEOUT_MS, signal },
  onPartial: () => undefined,
});

function setUp() {
  const { clock } = connectorContext();
  const parts = new LateParts('sales', clock);
  /** A call that knows a person, or nobody, and whose rest does not come until its time is over, or at all. */
  const call = ({ reports = true, knows = true, comes = false } = {}) => {
    const time = new AbortController();
    let isBrief = false;
    const result = parts.call(({ signal, onPartial }) => {
      isBrief = signal !== time.signal;
      if (reports) onPartial?.(JANE, () => (knows ? { contact: { name: 'Jane' } } : undefined));
      return comes ? Promise.resolve('all') : new Promise<never>(() => undefined);
    }, callOf(time.signal));
    return { result, isBrief, isOver: () => time.abort() };
  };
  const late = async () => {
    const { result, isBrief, isOver } = call();
    if (!isBrief) isOver();
    expect(await failureOf(result)).to.be.instanceOf(LatePartError);
    return isBrief;
  };
  return { clock, parts, call, late };
}

describe('LateParts', () => {
  it('waits briefly for 10 s once the rest was late three times, then for as long as it may once', async () => {
    const { clock, late } = setUp();
    for (let n = 0; n < 3; n += 1) expect(await late()).to.equal(false);
    for (let n = 0; n < 3; n += 1) expect(await late()).to.equal(true);
    clock.advance(10_000);
    expect(await late()).to.equal(false);
    expect(await late()).to.equal(true);
  });

  it('waits as ever when the rest has come in time', async () => {
    const { clock, call, late } = setUp();
    for (let n = 0; n < 3; n += 1) await late();
    clock.advance(10_000);
    expect(await call({ comes: true }).result).to.equal('all');
    expect(await late()).to.equal(false);
  });

  it('learns nothing from calls that do not say of each person whether there is one', async () => {
    const { call, late } = setUp();
    await late();
    await late();
    for (let n = 0; n < 10; n += 1) {
      const { result, isBrief, isOver } = call({ reports: false });
      isOver();
      const error = await failureOf(result);
      expect([isBrief, error.kind, error instanceof LatePartError]).to.deep.equal([
        ...[false, 'timeout'],
        false,
      ]);
      await call({ reports: false, comes: true }).result;
    }
    expect(await late()).to.equal(false);
    expect(await late()).to.equal(true);
  });

  it('takes a CRM that knows nobody and does not answer for one that is not there', async () => {
    const { call } = setUp();
    const { result, isOver } = call({ knows: false });
    isOver();
    expect(await failureOf(result)).not.to.be.instanceOf(LatePartError);
  });

  it('gives what the call gives or throws, also at the moment when its time is over', async () => {
    const { parts, call } = setUp();
    expect(await call({ comes: true }).result).to.equal('all');
    const thrown = new NotAttemptedError('rate_limited', 'still queued');
    const time = new AbortController();
    const failed = parts.call(
      ({ signal }) => once(signal, 'abort').then(() => Promise.reject(thrown)),
      callOf(time.signal),
    );
    time.abort();
    expect(await failureOf(failed)).to.equal(thrown);
  });

  it('leaves no timer behind when a person is reported after the end', async () => {
    const { parts, late } = setUp();
    for (let n = 0; n < 3; n += 1) await late();
    const { signal, onPartial } = await parts.call(
      (options) => Promise.resolve(options),
      callOf(new AbortController().signal),
    );
    onPartial?.(JANE, () => ({ contact: {} }));
    await pause(TIMEOUT_MS);
    expect(signal.aborted).to.equal(false);
  });
});
