import { expect } from 'chai';
import { ConnectorError } from '../../src/connector/errors.ts';
import { toConnectorError, failureStatus } from '../../src/connector/http-failure.ts';

const about = { url: 'https://crm.example/people', reused: false, maxBytes: 8 };

describe('a request without an answer', () => {
  const statusOf = (signal: AbortSignal, error: object = new Error('no')) =>
    failureStatus(toConnectorError(error, { ...about, signal }), signal);
  const never = new AbortController().signal;

  for (const code of ['CONNECT', 'HEADERS', 'BODY']) {
    it(`that the client gave up (${code}) is a timeout`, () => {
      expect(statusOf(never, { code: `UND_ERR_${code}_TIMEOUT` })).to.equal('timeout');
    });
  }

  it('whose time is over is a timeout', () => {
    const reason = new DOMException('no answer in time', 'TimeoutError');
    expect(statusOf(AbortSignal.abort(reason))).to.equal('timeout');
  });

  it('that no call waits for any more is aborted, by any failure', () => {
    const failure = new ConnectorError('timeout', 'no answer');
    expect(statusOf(AbortSignal.abort())).to.equal('aborted');
    expect(failureStatus(failure, AbortSignal.abort(new Error('ended')))).to.equal('aborted');
  });

  it('that failed otherwise is an error', () => {
    expect(statusOf(never, { code: 'ECONNREFUSED' })).to.equal('error');
  });
});
