import { expect } from 'chai';
import fc from 'fast-check';
import { ConnectorError } from '../../src/connector/errors.ts';
import { describeError } from '../../src/telemetry/describe-error.ts';

const here = /^([\w.-]+\/)?test\/telemetry\/describe-error\.test\.ts:\d+:\d+/;

describe('describeError', () => {
  it('has name, kind, code and location, not the message', () => {
    const cause = Object.assign(new Error('connect to bob@example.com'), { code: 'ECONNREFUSED' });
    const description = describeError(
      new ConnectorError('unavailable', 'no bob@example.com', { cause }),
    );
    expect(description).to.include({
      error: 'ConnectorError',
      kind: 'unavailable',
      code: 'ECONNREFUSED',
      cause: 'Error',
    });
    expect(description.at).to.match(here);
    expect(JSON.stringify(description)).not.to.contain('bob');
  });

  it('has the location of the innermost cause', () => {
    const cause = new TypeError('x');
    const line = /:(\d+:\d+)\)?$/m.exec(cause.stack ?? '')?.[1] ?? '';
    const { at } = describeError(new Error('outer', { cause: new Error('middle', { cause }) }));
    expect(at?.split(' < ')[0]).to.match(new RegExp(`:${line}$`));
  });

  it('falls back to the error itself when the cause has no location', () => {
    expect(describeError(new Error('x', { cause: { code: 'E_CRM' } }))).to.include({
      code: 'E_CRM',
    });
    expect(describeError(new Error('x', { cause: 'text' })).at).to.match(here);
  });

  it('takes no part of a message that looks like a stack', () => {
    const message = 'oops\n    at bob (/home/bob/bob@example.com:1:2)\n    at /bob/x.ts:3:4';
    const error = new Error(message);
    expect(describeError(error).at).to.match(here);
    expect(describeError(error).at).not.to.contain('bob');
  });

  it('gives no place when the message was changed after the stack was written', () => {
    const error = new Error('a\n    at /bob/x.ts:3:4');
    expect(error.stack).to.contain('bob');
    error.message = 'changed';
    expect(describeError(error)).to.deep.equal({ error: 'Error' });
  });

  it('takes names, kinds and codes only when they look like such', () => {
    const odd = Object.assign(new Error('x'), {
      name: 'bob@example.com',
      kind: 'a kind',
      code: 'https://crm.example/?key=1',
    });
    expect(describeError(odd)).to.have.keys('error', 'at');
    expect(describeError(odd).error).to.equal('Error');
  });

  it('accepts any thrown value', () => {
    expect(describeError('bob@example.com')).to.deep.equal({ error: 'string' });
    expect(describeError(undefined)).to.deep.equal({ error: 'undefined' });
    expect(describeError(null)).to.deep.equal({ error: 'object' });
    expect(describeError({ message: 'bob' })).to.deep.equal({ error: 'object' });
    fc.assert(fc.property(fc.anything(), (thrown) => void describeError(thrown)));
  });

  it('ends with causes that go in a circle', () => {
    const error = new Error('x');
    error.cause = error;
    expect(describeError(error).error).to.equal('Error');
  });

  it('never holds a word of any message', () => {
    const secret = 'hunter2secret';
    const noise = fc.array(
      fc.constantFrom(secret, '\n', '    at ', ' (', 'file:///', ':1:2', ')', '/'),
    );
    fc.assert(
      fc.property(noise, noise, (outer, inner) => {
        const cause = new Error(inner.join(''));
        expect(JSON.stringify(describeError(new Error(outer.join(''), { cause })))).not.to.contain(
          secret,
        );
      }),
      { numRuns: 1000 },
    );
  });
});
