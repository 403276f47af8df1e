import { expect } from 'chai';
import fc from 'fast-check';
import { isHarmless } from '../../src/config/confidential.ts';

describe('isHarmless', () => {
  it('quotes no IP address, whatever stands around it', () => {
    const around = fc.constantFrom('', ' ', '/', '/33', ':8080', 'http://', '[', ']', ',');
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), around, around, (address, before, after) => {
        fc.pre(!/^(?:127\.|0\.0\.0\.0|[0:]*1?$)/.test(address));
        expect(isHarmless(`${before}${address}${after}`)).to.equal(false);
      }),
    );
  });

  it('quotes the addresses that every machine has', () => {
    for (const address of ['0.0.0.0', '127.0.0.1', '127.0.0.53:80', '::', '::1', 'http://[::1]/'])
      expect(isHarmless(address), address).to.equal(true);
  });

  it('quotes host names, versions, durations and paths', () => {
    for (const text of ['office.example.com', '67.0', '1.2.3', '5 sec', 'a/b.csv', 'C:\\b', 'a: b'])
      expect(isHarmless(text), text).to.equal(true);
  });
});
