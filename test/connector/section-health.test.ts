import { expect } from 'chai';
import { CONNECTOR_ERROR_KINDS, ConnectorError } from '../../src/connector/errors.ts';
import { SectionHealth } from '../../src/connector/kit.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';

const MINUTE = 60_000;
const { signal: never } = new AbortController();
const down = new ConnectorError('unavailable', 'the API answered 500 to "deals"');

function openHealth() {
  const context = connectorContext();
  return { context, health: new SectionHealth(context) };
}

describe('SectionHealth', () => {
  it('gives a section that fails a notice until it is read', () => {
    const { context, health } = openHealth();
    health.failed('deals', down, never);
    health.failed('tickets', down, never);
    expect(context.notices.get('deals')).to.equal(
      'deals cannot be read at present: the API answered 500 to "deals"',
    );
    health.succeeded('deals');
    expect([...context.notices.keys()]).to.deep.equal(['tickets']);
  });

  it('shows in the notice why it fails now', () => {
    const { context, health } = openHealth();
    health.failed('deals', down, never);
    health.failed('deals', new ConnectorError('misconfigured', 'refused'), never);
    expect(context.notices.get('deals')).to.equal('deals cannot be read at present: refused');
  });

  it('logs when it begins to fail, once', () => {
    const { context, health } = openHealth();
    health.failed('deals', down, never);
    health.failed('deals', down, never);
    expect(context.lines).to.deep.equal([
      {
        level: 'warn',
        message: 'a section cannot be read',
        fields: { section: 'deals', kind: 'unavailable', reason: down.message },
      },
    ]);
    health.succeeded('deals');
    context.clock.advance(MINUTE);
    health.failed('deals', down, never);
    expect(context.lines).to.have.length(2);
  });

  it('logs one line a minute of a section that fails and recovers again and again', () => {
    const { context, health } = openHealth();
    for (let second = 0; second < 60; second += 1) {
      health.failed('deals', down, never);
      expect(context.notices.has('deals')).to.equal(true);
      health.succeeded('deals');
      context.clock.advance(1000);
    }
    expect(context.lines).to.have.length(1);
    health.failed('deals', down, never);
    expect(context.lines).to.have.length(2);
  });

  for (const kind of CONNECTOR_ERROR_KINDS) {
    const isLimit = kind === 'rate_limited' || kind === 'quota';
    it(`${kind} ${isLimit ? 'ends the lookup' : 'is about the section alone'}`, () => {
      const { context, health } = openHealth();
      const error = new ConnectorError(kind, 'no');
      const call = () => health.failed('deals', error, never);
      if (isLimit) expect(call).to.throw(error);
      else call();
      expect([context.notices.size, context.lines.length]).to.deep.equal(isLimit ? [0, 0] : [1, 1]);
    });
  }

  it('reports nothing of a section whose lookup has been aborted', () => {
    const { context, health } = openHealth();
    expect(() => health.failed('deals', down, AbortSignal.abort())).to.throw(down);
    expect([context.notices.size, context.lines.length]).to.deep.equal([0, 0]);
  });

  it('does not quote an error without a kind', () => {
    const { context, health } = openHealth();
    health.failed('deals', new TypeError('jane@acme.example is not a function'), never);
    health.failed('tickets', 'jane@acme.example', never);
    expect([...context.notices.values()]).to.deep.equal([
      'deals cannot be read at present',
      'tickets cannot be read at present',
    ]);
    expect(JSON.stringify(context.lines)).to.not.include('jane');
  });

  it('touches no notice of others while nothing fails', () => {
    const { context, health } = openHealth();
    context.setNotice('deals', 'the token may not read deals');
    health.succeeded('deals');
    expect(context.notices.size).to.equal(1);
  });
});
