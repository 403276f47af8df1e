import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Quota } from '../../src/connector/index.ts';
import {
  ConnectorError,
  NotAttemptedError,
  type ConnectorErrorKind,
} from '../../src/connector/errors.ts';
import { CircuitBreaker } from '../../src/upstream/circuit-breaker.ts';
import { CircuitOpenError } from '../../src/upstream/errors.ts';
import { Policy } from '../../src/upstream/policy.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { failureOf } from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

function setUp(quotaReserve = 0.1) {
  const { clock } = connectorContext();
  const circuit = new CircuitBreaker('sales', clock, () => undefined);
  const aborter = new AbortController();
  const crm = { quota: undefined as Quota | undefined, calls: 0 };
  const policy = new Policy({ circuit, clock, limits: { quotaReserve }, quota: () => crm.quota });
  /** One call through the policy; `work` gets the number of the call, from 1. */
  const call = <T>(work: (count: number, signal: AbortSignal) => Promise<T> | T) =>
    policy.call(async (signal) => {
      crm.calls += 1;
      return work(crm.calls, signal);
    }, aborter.signal);
  return { clock, circuit, crm, call, aborter };
}

const throwing = (kind: ConnectorErrorKind, retryAfterMs?: number) => () => {
  throw new ConnectorError(kind, 'x', retryAfterMs === undefined ? {} : { retryAfterMs });
};

describe('Policy', () => {
  expectNoUnhandledRejections();

  it('gives what the CRM gave, with one call', async () => {
    const { call, crm } = setUp();
    expect(await call(() => 'Jane')).to.equal('Jane');
    expect(crm.calls).to.equal(1);
  });

  describe('repeats', () => {
    it('a read that failed at once, once', async () => {
      const { call, crm, circuit } = setUp();
      const work = (count: number) => (count === 1 ? throwing('unavailable')() : 'Jane');
      expect(await call(work)).to.equal('Jane');
      expect(crm.calls).to.equal(2);
      expect(circuit.state).to.equal('closed');
    });

    it('no more than once', async () => {
      const { call, crm } = setUp();
      expect((await failureOf(call(throwing('unavailable')))).kind).to.equal('unavailable');
      expect(crm.calls).to.equal(2);
    });

    it('also when it throws before it returns a promise', async () => {
      const { clock, circuit } = setUp();
      const policy = new Policy({
        circuit,
        clock,
        limits: { quotaReserve: 0 },
        quota: () => undefined,
      });
      let calls = 0;
      const work = () => {
        calls += 1;
        throw new ConnectorError('unavailable', 'x');
      };
      await failureOf(policy.call(work, new AbortController().signal));
      expect(calls).to.equal(2);
    });

    for (const kind of [
      'timeout',
      'rate_limited',
      'quota',
      'auth',
      'bad_response',
      'misconfigured',
    ] as const) {
      it(`nothing that ended in ${kind}`, async () => {
        const { call, crm } = setUp();
        expect((await failureOf(call(throwing(kind)))).kind).to.equal(kind);
        expect(crm.calls).to.equal(1);
      });
    }

    it('nothing when the CRM said how long to stay away', async () => {
      const { call, crm } = setUp();
      const error = await failureOf(call(throwing('unavailable', 2000)));
      expect(error.retryAfterMs).to.equal(2000);
      expect(crm.calls).to.equal(1);
      expect(await failureOf(call(() => 'Jane'))).to.be.instanceOf(CircuitOpenError);
    });

    it('nothing that took long to fail', async () => {
      const { call, crm } = setUp();
      const work = async () => {
        await pause(510);
        return throwing('unavailable')();
      };
      await failureOf(call(work));
      expect(crm.calls).to.equal(1);
    });

    it('nothing whose answer is of no use any more', async () => {
      const { call, crm, aborter } = setUp();
      const work = () => {
        aborter.abort();
        return throwing('unavailable')();
      };
      await failureOf(call(work));
      expect(crm.calls).to.equal(1);
    });

    it('nothing when the signal aborts in the pause before', async () => {
      const { call, crm, aborter } = setUp();
      const waited = call(() => {
        setImmediate(() => aborter.abort());
        return throwing('unavailable')();
      });
      expect((await failureOf(waited)).kind).to.equal('timeout');
      expect(crm.calls).to.equal(1);
    });

    it('no probe of an open circuit', async () => {
      const { call, crm, circuit, clock } = setUp();
      circuit.trip('unavailable', 1000);
      clock.advance(1000);
      await failureOf(call(throwing('unavailable')));
      expect(crm.calls).to.equal(1);
    });

    it('nothing when another call has tripped the circuit in the delay before', async () => {
      const { call, crm } = setUp();
      const waited = call(throwing('unavailable'));
      await failureOf(call(throwing('rate_limited', 60_000)));
      expect((await failureOf(waited)).kind).to.equal('unavailable');
      expect(crm.calls).to.equal(2);
    });
  });

  it('settles on abort although the connector ignores it, and counts a timeout', async () => {
    const { call, aborter, circuit } = setUp();
    const waited = call(() => Promise.withResolvers().promise);
    aborter.abort();
    expect((await failureOf(waited)).kind).to.equal('timeout');
    for (let count = 1; count < 5; count += 1) await failureOf(call(throwing('timeout')));
    expect(circuit.state).to.equal('open');
  });

  it('hands the signal to the connector', async () => {
    const { call, aborter } = setUp();
    await call((_count, signal) => {
      expect(signal.aborted).to.be.false;
      aborter.abort();
      expect(signal.aborted).to.be.true;
    });
  });

  it('takes care of a connector that fails after it was given up', async () => {
    const { call, aborter } = setUp();
    const { promise, reject } = Promise.withResolvers();
    const waited = call(() => promise);
    aborter.abort();
    await failureOf(waited);
    reject(new Error('late'));
    await new Promise(setImmediate);
  });

  it('throws ConnectorErrors, whatever the connector throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (thrown) => {
        const { call } = setUp();
        const error = await failureOf(
          call(() => {
            throw thrown as Error;
          }),
        );
        expect(error).to.be.instanceOf(ConnectorError);
      }),
      { numRuns: 30 },
    );
  });

  it('does not count a call that did not ask the CRM, also when it says so after the abort', async () => {
    const { call, circuit, aborter } = setUp();
    const heldBack = () => new NotAttemptedError('rate_limited', 'x', { retryAfterMs: 9_000 });
    for (let count = 0; count < 10; count += 1)
      expect(await failureOf(call(() => Promise.reject(heldBack())))).to.include({
        kind: 'rate_limited',
      });
    const waiting = call(
      (_, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(heldBack())),
        ),
    );
    aborter.abort();
    expect(await failureOf(waiting)).to.include({ kind: 'rate_limited' });
    expect(circuit.open).to.equal(undefined);
  });

  it('does not call while the circuit rests, and says why and how long', async () => {
    const { call, crm, clock } = setUp();
    await failureOf(call(throwing('auth')));
    const error = await failureOf(call(() => 'Jane'));
    expect(error).to.be.instanceOf(CircuitOpenError);
    expect(error).to.include({ kind: 'auth', retryAfterMs: 10_000 });
    expect(crm.calls).to.equal(1);
    clock.advance(10_000);
    expect(await call(() => 'Jane')).to.equal('Jane');
  });

  it('a failing CRM gets one call per rest, not one per request', async () => {
    const { call, crm, clock } = setUp();
    for (let count = 0; count < 5; count += 1) await failureOf(call(throwing('bad_response')));
    const before = crm.calls;
    for (let second = 0; second < 60; second += 1) {
      for (let request = 0; request < 5; request += 1) {
        await failureOf(call(throwing('bad_response')));
      }
      clock.advance(1000);
    }
    expect(crm.calls - before).to.be.within(4, 6);
  });

  describe('the quota', () => {
    it('is used down to the reserve and not further', async () => {
      const { call, crm } = setUp(0.1);
      crm.quota = { used: 899, limit: 1000 };
      await call(() => 'Jane');
      crm.quota = { used: 900, limit: 1000 };
      const error = await failureOf(call(() => 'Jane'));
      expect(error.kind).to.equal('quota');
      expect(crm.calls).to.equal(1);
    });

    it('without a reserve is used up', async () => {
      const { call, crm } = setUp(0);
      crm.quota = { used: 999, limit: 1000 };
      await call(() => 'Jane');
      crm.quota = { used: 1000, limit: 1000 };
      expect((await failureOf(call(() => 'Jane'))).kind).to.equal('quota');
    });

    it('is looked at again about once a minute, by one call', async () => {
      const { call, crm, clock } = setUp();
      crm.quota = { used: 950, limit: 1000 };
      for (let second = 0; second < 181; second += 1) {
        await call(() => 'Jane').catch(() => undefined);
        clock.advance(1000);
      }
      expect(crm.calls).to.be.within(2, 3);
    });

    it('is used again as soon as there is more of it', async () => {
      const { call, crm, clock } = setUp();
      crm.quota = { used: 950, limit: 1000 };
      await failureOf(call(() => 'Jane'));
      clock.advance(60_000);
      await call(() => {
        crm.quota = { used: 1, limit: 1000 };
      });
      for (let count = 0; count < 5; count += 1) await call(() => 'Jane');
      expect(crm.calls).to.equal(6);
    });

    it('is probed when it resets, if that is sooner', async () => {
      const { call, crm, clock, circuit } = setUp();
      crm.quota = { used: 950, limit: 1000, resetsAt: clock.now() + 5000 };
      await failureOf(call(() => 'Jane'));
      expect(circuit.open?.until).to.equal(clock.now() + 5000);
    });

    it('whose reset lies in the past is not used for at least a second', async () => {
      const { call, crm, clock, circuit } = setUp();
      crm.quota = { used: 950, limit: 1000, resetsAt: clock.now() - 5000 };
      await failureOf(call(() => 'Jane'));
      expect(circuit.open?.until).to.equal(clock.now() + 1000);
    });

    it('that is invalid is ignored', async () => {
      for (const quota of [
        { used: 5, limit: 0 },
        { used: NaN, limit: 1000 },
        { used: 5, limit: NaN },
        { used: 5, limit: -1 },
      ]) {
        const { call, crm } = setUp();
        crm.quota = quota;
        expect(await call(() => 'Jane')).to.equal('Jane');
      }
    });
  });
});
