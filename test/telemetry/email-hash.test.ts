import { expect } from 'chai';
import { createEmailHash } from '../../src/telemetry/email-hash.ts';

describe('createPersonHash', () => {
  it('gives 12 hex digits, the same for the same person', () => {
    const hash = createEmailHash();
    expect(hash('bob@example.com')).to.match(/^[0-9a-f]{12}$/);
    expect(hash('bob@example.com')).to.equal(hash('bob@example.com'));
    expect(hash('bob@example.com')).not.to.equal(hash('eve@example.com'));
  });

  it('gives others in the next process, so that no table of known addresses helps', () => {
    expect(createEmailHash()('bob@example.com')).not.to.equal(createEmailHash()('bob@example.com'));
  });
});
