import { expect } from 'chai';
import fc from 'fast-check';
import { ConnectorError } from '../../src/connector/errors.ts';
import { ContractError, toConnectorError } from '../../src/upstream/errors.ts';

const KINDS = [
  'timeout',
  'unavailable',
  'rate_limited',
  'quota',
  'auth',
  'bad_response',
  'misconfigured',
];

describe('toConnectorError', () => {
  it('leaves a ConnectorError as it is', () => {
    const error = new ConnectorError('quota', 'spent', { retryAfterMs: 5 });
    expect(toConnectorError(error)).to.equal(error);
  });

  it('believes any error with a kind of the contract', () => {
    for (const kind of KINDS) {
      const given = Object.assign(new Error('why'), { kind, retryAfterMs: 7 });
      const error = toConnectorError(given);
      expect(error).to.be.instanceOf(ConnectorError);
      expect(error).to.include({ kind, retryAfterMs: 7, message: 'why', cause: given });
    }
  });

  it('ignores an invalid time', () => {
    for (const retryAfterMs of [-1, NaN, '5', null]) {
      const given = Object.assign(new Error('x'), { kind: 'rate_limited', retryAfterMs });
      expect(toConnectorError(given).retryAfterMs).to.equal(undefined);
    }
  });

  it('takes aborts and timeouts of the platform for a timeout', async () => {
    const signal = AbortSignal.abort();
    const aborted: unknown = await fetch('http://127.0.0.1:1', { signal }).catch((e: unknown) => e);
    expect(toConnectorError(aborted).kind).to.equal('timeout');
    expect(toConnectorError(new DOMException('late', 'TimeoutError')).kind).to.equal('timeout');
  });

  it('takes everything else for a bad response', () => {
    expect(toConnectorError(new TypeError('x is not a function')).kind).to.equal('bad_response');
    expect(toConnectorError(Object.assign(new Error('x'), { kind: 'sad' })).kind).to.equal(
      'bad_response',
    );
    expect(toConnectorError(new ConnectorError('sad' as never, 'x')).kind).to.equal('bad_response');
  });

  for (const [kind, meant] of [
    ['ratelimited', 'rate_limited'],
    ['RATE-LIMITED', 'rate_limited'],
    ['time_out', 'timeout'],
    ['unavailible', 'unavailable'],
  ] as const) {
    it(`takes the kind ${kind} for ${meant}, and says so`, () => {
      for (const thrown of [
        new ConnectorError(kind as never, 'full', { retryAfterMs: 9 }),
        Object.assign(new Error('full'), { kind, retryAfterMs: 9 }),
      ]) {
        const error = toConnectorError(thrown);
        const rule = `an error has the unknown kind "${kind}", taken for "${meant}"`;
        expect(error).to.be.instanceOf(ContractError);
        expect(error).to.include({ kind: meant, retryAfterMs: 9, message: `full (${rule})`, rule });
      }
    });
  }

  it('names the kinds where none was meant', () => {
    const error = toConnectorError(new ConnectorError('sad' as never, 'full'));
    const rule = `an error has an unknown kind; the kinds are ${KINDS.join(', ')}`;
    expect(error).to.include({ kind: 'bad_response', message: `full (${rule})`, rule });
  });

  it('makes a ConnectorError of whatever is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (thrown) => {
        const error = toConnectorError(thrown);
        expect(error).to.be.instanceOf(ConnectorError);
        expect(KINDS).to.include(error.kind);
      }),
    );
  });
});
