import { expect } from 'chai';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/errors.ts';
import { CircuitBreaker } from '../../src/upstream/circuit-breaker.ts';
import { CircuitOpenError } from '../../src/upstream/errors.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';

const FAILING: ConnectorErrorKind[] = ['timeout', 'unavailable', 'bad_response'];

function setUp() {
  const { clock } = connectorContext();
  const changes: string[] = [];
  const circuit = new CircuitBreaker('sales', clock, (state, reason) => {
    changes.push(reason === undefined ? state : `${state} ${reason}`);
  });
  const fail = (kind: ConnectorErrorKind, retryAfterMs?: number) =>
    circuit.acquire().fail(kind, retryAfterMs);
  /** Fails as often as is one time too many. */
  const breakIt = (kind: ConnectorErrorKind = 'unavailable') => {
    while (circuit.open === undefined) fail(kind);
  };
  const refusal = (): CircuitOpenError | undefined => {
    try {
      circuit.acquire().succeed();
      return undefined;
    } catch (error) {
      if (error instanceof CircuitOpenError) return error;
      throw error;
    }
  };
  /** How long no call is permitted; found by trying, as a caller would. */
  const rest = () => refusal()?.retryAfterMs;
  return { circuit, clock, changes, fail, breakIt, refusal, rest };
}

describe('CircuitBreaker', () => {
  it('is closed at first, and lets any number of calls through at once', () => {
    const { circuit, changes } = setUp();
    const admissions = Array.from({ length: 10 }, () => circuit.acquire());
    for (const admission of admissions) admission.succeed();
    expect(circuit.state).to.equal('closed');
    expect(changes).to.deep.equal([]);
  });

  for (const kind of FAILING) {
    it(`opens after several calls that ended in ${kind}, and rests for 10 s`, () => {
      const { circuit, clock, fail, refusal } = setUp();
      for (let count = 1; count <= 4; count += 1) {
        fail(kind);
        expect(circuit.state, `after ${count}`).to.equal('closed');
      }
      fail(kind);
      expect(circuit.state).to.equal('open');
      expect(circuit.open).to.deep.equal({ until: clock.now() + 10_000, reason: kind });
      const error = refusal();
      expect(error).to.be.instanceOf(ConnectorError);
      expect(error?.kind).to.equal(kind);
      expect(error?.retryAfterMs).to.equal(10_000);
      expect(error?.message).to.include('sales');
    });
  }

  it('stays closed when failures are few among successes', () => {
    const { circuit, fail } = setUp();
    for (let round = 0; round < 50; round += 1) {
      fail('unavailable');
      circuit.acquire().succeed();
      circuit.acquire().succeed();
    }
    expect(circuit.state).to.equal('closed');
  });

  it('opens when half of the latest calls fail', () => {
    const { circuit, fail } = setUp();
    for (let round = 0; round < 4; round += 1) {
      circuit.acquire().succeed();
      fail('unavailable');
    }
    expect(circuit.state).to.equal('closed');
    fail('timeout');
    expect(circuit.state).to.equal('open');
  });

  it('opens at once for 10 s after a refused sign-in and after a 429', () => {
    for (const kind of ['auth', 'rate_limited'] as const) {
      const { fail, rest } = setUp();
      fail(kind);
      expect(rest()).to.equal(10_000);
    }
  });

  it('opens at once for a minute when the quota is spent', () => {
    const { fail, rest } = setUp();
    fail('quota');
    expect(rest()).to.equal(60_000);
  });

  it('obeys what the CRM asks for, longer or shorter', () => {
    for (const kind of ['rate_limited', 'quota', 'auth'] as const) {
      for (const asked of [1, 1500, 3_600_000]) {
        const { clock, circuit, fail, rest } = setUp();
        fail(kind, asked);
        expect(rest()).to.equal(asked);
        clock.advance(asked - 1);
        expect(circuit.state).to.equal('open');
        expect(rest()).to.equal(1);
        clock.advance(1);
        expect(circuit.state).to.equal('half_open');
      }
    }
  });

  it('takes a Retry-After that is over for none', () => {
    const over = setUp();
    over.fail('rate_limited', 0);
    expect(over.rest()).to.equal(10_000);

    const unavailable = setUp();
    for (let count = 1; count <= 4; count += 1) unavailable.fail('unavailable', 0);
    expect(unavailable.circuit.state).to.equal('closed');
    unavailable.fail('unavailable', 0);
    expect(unavailable.rest()).to.equal(10_000);
    unavailable.clock.advance(10_000);
    unavailable.fail('unavailable', 0);
    expect(unavailable.rest()).to.equal(10_000);
  });

  it('obeys a Retry-After of a single 503 too', () => {
    const { fail, rest } = setUp();
    fail('unavailable', 7000);
    expect(rest()).to.equal(7000);
  });

  it('leaves no CRM alone for longer than a day, whatever it asks for', () => {
    for (const asked of [1e12, Infinity]) {
      const { fail, rest } = setUp();
      fail('rate_limited', asked);
      expect(rest()).to.equal(86_400_000);
    }
  });

  it('ignores an invalid time', () => {
    for (const asked of [NaN, -1, -Infinity]) {
      const { fail, rest } = setUp();
      fail('rate_limited', asked);
      expect(rest()).to.equal(10_000);
    }
  });

  it('does not count misconfigured: the CRM works', () => {
    const { circuit, fail } = setUp();
    for (let count = 0; count < 50; count += 1) fail('misconfigured', 5000);
    expect(circuit.state).to.equal('closed');
  });

  it('starts a new count of failures after it has closed', () => {
    const { circuit, clock, breakIt, fail } = setUp();
    breakIt();
    clock.advance(10_000);
    circuit.acquire().succeed();
    for (let count = 0; count < 4; count += 1) fail('unavailable');
    expect(circuit.state).to.equal('closed');
  });

  describe('after its open time', () => {
    function half() {
      const made = setUp();
      made.breakIt();
      made.clock.advance(10_000);
      return made;
    }

    it('lets exactly one call probe and refuses the others until it has ended', () => {
      const { circuit, refusal } = half();
      expect(circuit.state).to.equal('half_open');
      const probe = circuit.acquire();
      for (let count = 0; count < 5; count += 1) {
        expect(refusal()?.kind).to.equal('unavailable');
      }
      expect(circuit.state).to.equal('half_open');
      probe.succeed();
      expect(refusal()).to.equal(undefined);
    });

    it('lets the next call probe when the CRM was not asked', () => {
      const { circuit, clock, breakIt, rest } = setUp();
      breakIt();
      clock.advance(10_000);
      circuit.acquire().skip();
      expect(circuit.state).to.equal('half_open');
      expect(rest()).to.equal(undefined);
      expect(circuit.state).to.equal('closed');
    });

    it('closes when the probe succeeds', () => {
      const { circuit, changes } = half();
      circuit.acquire().succeed();
      expect(circuit.state).to.equal('closed');
      expect(circuit.open).to.equal(undefined);
      expect(changes).to.deep.equal(['open unavailable', 'half_open unavailable', 'closed']);
    });

    it('closes when the probe finds wrong settings: the CRM has answered', () => {
      const { circuit } = half();
      circuit.acquire().fail('misconfigured', undefined);
      expect(circuit.state).to.equal('closed');
    });

    for (const kind of FAILING) {
      it(`rests for 10 s more when the probe ends in ${kind}`, () => {
        const { circuit, clock, rest, changes } = half();
        circuit.acquire().fail(kind, undefined);
        expect(rest()).to.equal(10_000);
        expect(changes.at(-1)).to.equal(`open ${kind}`);
        clock.advance(10_000);
        circuit.acquire().succeed();
        expect(circuit.state).to.equal('closed');
      });
    }

    it('stays open as long as the probe was asked to', () => {
      const { circuit, rest } = half();
      circuit.acquire().fail('rate_limited', 90_000);
      expect(rest()).to.equal(90_000);
    });
  });

  describe('a call that began while the circuit was closed', () => {
    it('does not close it when it succeeds late', () => {
      const { circuit, breakIt, rest } = setUp();
      const old = circuit.acquire();
      breakIt('rate_limited');
      old.succeed();
      expect(rest()).to.equal(10_000);
    });

    it('does not let a second probe in', () => {
      const { circuit, clock, breakIt, refusal } = setUp();
      const old = circuit.acquire();
      breakIt();
      clock.advance(10_000);
      const probe = circuit.acquire();
      old.succeed();
      expect(refusal()).to.not.equal(undefined);
      probe.succeed();
      expect(circuit.state).to.equal('closed');
    });

    it('never shortens the rest', () => {
      const { circuit, fail, rest } = setUp();
      const [one, two] = [circuit.acquire(), circuit.acquire()];
      fail('rate_limited', 60_000);
      one.fail('auth', undefined);
      two.fail('rate_limited', 1000);
      expect(rest()).to.equal(60_000);
    });

    it('lengthens the rest when it brings a longer one', () => {
      const { circuit, fail, rest } = setUp();
      const old = circuit.acquire();
      fail('auth');
      old.fail('rate_limited', 60_000);
      expect(rest()).to.equal(60_000);
      expect(circuit.open?.reason).to.equal('rate_limited');
    });

    it('may bring a 429 during a probe, which then does not close the circuit', () => {
      const { circuit, clock, breakIt, rest } = setUp();
      const old = circuit.acquire();
      breakIt();
      clock.advance(10_000);
      const probe = circuit.acquire();
      old.fail('rate_limited', 60_000);
      probe.succeed();
      expect(rest()).to.equal(60_000);
      clock.advance(60_000);
      circuit.acquire().succeed();
      expect(circuit.state).to.equal('closed');
    });
  });

  it('rests for a reason seen before any call', () => {
    const { circuit, clock, changes } = setUp();
    circuit.trip('quota', 5000);
    expect(circuit.open).to.deep.equal({ until: clock.now() + 5000, reason: 'quota' });
    expect(changes).to.deep.equal(['open quota']);
  });
});
