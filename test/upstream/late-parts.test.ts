import { expect } from 'chai';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { ConnectorError } from '../../src/connector/errors.ts';
import { LatePartError } from '../../src/upstream/errors.ts';
import { LateParts } from '../../src/upstream/late-parts.ts';
import { failureOf } from '../support/test-connection.ts';

/** Of a lookup: nothing here waits for longer than it must. */
const TIMEOUT_MS = 20;

function setUp() {
  const { clock } = connectorContext();
  const parts = new LateParts('sales', clock);
  /** A call that knows somebody, or nobody, and whose rest does not come until its time is over, or at all. */
  const call = ({ knows = true, comes = false } = {}) => {
    const time = new AbortController();
    let isBrief = false;
    const result = parts.wait(
      (end, onKnown) => {
        isBrief = end !== time.signal;
        if (knows) onKnown();
        return comes ? Promise.resolve('all') : new Promise<never>(() => undefined);
      },
      TIMEOUT_MS,
      time.signal,
    );
    return { result, isBrief, isOver: () => time.abort() };
  };
  const late = async () => {
    const { result, isBrief, isOver } = call();
    if (!isBrief) isOver();
    expect(await failureOf(result)).to.be.instanceOf(LatePartError);
    return isBrief;
  };
  return { clock, call, late };
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

  it('learns nothing from calls that know nobody', async () => {
    const { call, late } = setUp();
    for (let n = 0; n < 5; n += 1) {
      const { result, isBrief, isOver } = call({ knows: false });
      isOver();
      const error = await failureOf(result);
      expect([isBrief, error.kind, error instanceof LatePartError]).to.deep.equal([
        ...[false, 'timeout'],
        false,
      ]);
    }
    expect(await late()).to.equal(false);
  });

  it('gives what the call gives or throws', async () => {
    const { call } = setUp();
    expect(await call({ comes: true }).result).to.equal('all');
    const { clock } = connectorContext();
    const thrown = new ConnectorError('rate_limited', 'too many');
    const failed = new LateParts('sales', clock).wait(
      () => Promise.reject(thrown),
      TIMEOUT_MS,
      new AbortController().signal,
    );
    expect(await failureOf(failed)).to.equal(thrown);
  });
});
