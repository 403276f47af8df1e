import { expect } from 'chai';
import { Omissions } from '../../src/connector/kit.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';

const HOUR = 3_600_000;

function openOmissions() {
  const context = connectorContext();
  const omissions = new Omissions(context, {
    notice: 'fields',
    message: (names) => `hidden: ${names.join(', ')}`,
  });
  return { context, omissions, notice: () => context.notices.get('fields') };
}

describe('Omissions', () => {
  it('has nothing at first, and what was added for an hour', () => {
    const { context, omissions } = openOmissions();
    expect(omissions.has('phone')).to.equal(false);
    omissions.add('phone');
    context.clock.advance(HOUR - 1);
    expect(omissions.has('phone')).to.equal(true);
    context.clock.advance(1);
    expect(omissions.has('phone')).to.equal(false);
  });

  it('logs each once, by the name for the operator, also when it is added again', () => {
    const { context, omissions } = openOmissions();
    omissions.add('phone', 'Contact.Phone');
    omissions.add('phone', 'Contact.Phone');
    context.clock.advance(HOUR);
    omissions.add('phone', 'Contact.Phone');
    expect(context.lines).to.deep.equal([
      {
        level: 'warn',
        message: 'hidden: Contact.Phone; left out, tried again in an hour',
        fields: { what: 'Contact.Phone' },
      },
    ]);
  });

  it('lists all in one notice, in order', () => {
    const { omissions, notice } = openOmissions();
    omissions.add('phone');
    omissions.add('fax');
    expect(notice()).to.equal('hidden: fax, phone');
  });

  it('withdraws the notice when the last is restored, and logs a new loss again', () => {
    const { context, omissions, notice } = openOmissions();
    omissions.add('phone');
    omissions.add('fax');
    omissions.restore('fax');
    expect(notice()).to.equal('hidden: phone');
    omissions.restore('phone');
    expect(notice()).to.be.undefined;
    omissions.add('phone');
    expect(context.lines).to.have.length(3);
  });

  it('takes those whose hour has passed from the notice when it is published', () => {
    const { context, omissions, notice } = openOmissions();
    omissions.add('phone');
    context.clock.advance(HOUR / 2);
    omissions.add('fax');
    context.clock.advance(HOUR / 2);
    omissions.publish();
    expect(notice()).to.equal('hidden: fax');
  });

  it('touches no notice of others while nothing is left out', () => {
    const { context, omissions, notice } = openOmissions();
    context.setNotice('fields', 'from elsewhere');
    omissions.restore('phone');
    omissions.publish();
    expect(notice()).to.equal('from elsewhere');
  });
});
