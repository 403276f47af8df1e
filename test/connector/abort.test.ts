import { getEventListeners } from 'node:events';
import { expect } from 'chai';

import { failureOf } from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';
import { raceAbort } from '../../src/connector/abort.ts';

describe('raceAbort', () => {
  expectNoUnhandledRejections();

  it('gives what the promise gives, and throws what it throws', async () => {
    const { signal } = new AbortController();
    expect(await raceAbort(Promise.resolve(7), signal)).to.equal(7);
    const error = new Error('x');
    const thrown: unknown = await raceAbort(Promise.reject(error), signal).catch((e: unknown) => e);
    expect(thrown).to.equal(error);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });

  it('throws timeout on abort, though the promise never settles', async () => {
    const aborter = new AbortController();
    const waited = raceAbort(Promise.withResolvers().promise, aborter.signal);
    aborter.abort();
    expect((await failureOf(waited)).kind).to.equal('timeout');
    expect(getEventListeners(aborter.signal, 'abort')).to.deep.equal([]);
  });

  it('throws timeout at once when the signal had aborted before', async () => {
    const waited = raceAbort(Promise.withResolvers().promise, AbortSignal.abort());
    expect((await failureOf(waited)).kind).to.equal('timeout');
  });

  it('takes care of a promise that fails after the abort', async () => {
    const { promise, reject } = Promise.withResolvers();
    const waited = raceAbort(promise, AbortSignal.abort());
    await failureOf(waited);
    reject(new Error('late'));
  });
});
