import { expect } from 'chai';
import { isPublicProvider } from '../../src/lookup/public-mail-domains.ts';

describe('isPublicProvider', () => {
  for (const domain of ['gmail.com', 'outlook.com', 'web.de', 'yahoo.co.jp', 'icloud.com']) {
    it(`knows ${domain}`, () => expect(isPublicProvider(domain)).to.be.true);
  }

  for (const domain of [
    'acme.example',
    'salesforce.com',
    'mail.acme.example',
    'engineer.com',
    'uni.de',
  ]) {
    it(`takes '${domain}' for a company's`, () => expect(isPublicProvider(domain)).to.be.false);
  }

  it('takes the domains of examples for companies, so that the feature can be tried out', () => {
    expect(isPublicProvider('example.com')).to.be.false;
    expect(isPublicProvider('test.com')).to.be.false;
  });
});
