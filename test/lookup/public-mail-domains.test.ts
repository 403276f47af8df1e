import { expect } from 'chai';
import { isPublicMailDomain } from '../../src/lookup/public-mail-domains.ts';

describe('isPublicMailDomain', () => {
  for (const domain of ['gmail.com', 'outlook.com', 'web.de', 'yahoo.co.jp', 'icloud.com']) {
    it(`knows ${domain}`, () => expect(isPublicMailDomain(domain)).to.be.true);
  }

  for (const domain of [
    'acme.example',
    'salesforce.com',
    'mail.acme.example',
    'engineer.com',
    'uni.de',
  ]) {
    it(`takes '${domain}' for a company's`, () => expect(isPublicMailDomain(domain)).to.be.false);
  }

  it('takes the domains of examples for companies, so that the feature can be tried out', () => {
    expect(isPublicMailDomain('example.com')).to.be.false;
    expect(isPublicMailDomain('test.com')).to.be.false;
  });
});
