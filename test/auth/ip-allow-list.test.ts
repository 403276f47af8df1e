import { expect } from 'chai';
import fc from 'fast-check';
import { ipAllowList } from '../../src/auth/ip-allow-list.ts';

describe('networkList', () => {
  it('allows everybody when it is empty, whatever the address looks like', () => {
    expect(ipAllowList([]).allows('203.0.113.7')).to.be.true;
    expect(ipAllowList([]).allows('')).to.be.true;
  });

  const cases: [entry: string, address: string, allowed: boolean][] = [
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.9/24', '203.0.113.1', true],
    [' 203.0.113.7 ', '203.0.113.7', true],
    ['10.0.0.0/8', '10.255.0.1', true],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:1::5', true],
    ['2001:db8::/32', '2001:DB8:0:0::5', true],
    ['2001:db8::/32', '2001:db9::5', false],
    ['2001:db8::1', '2001:db8::1', true],
    ['2001:db8::1', '2001:db8::2', false],
    ['203.0.113.0/24', '::ffff:203.0.113.7', true],
    ['203.0.113.0/24', '::ffff:cb00:7107', true],
    ['203.0.113.0/24', '::ffff:203.0.114.7', false],
    ['::ffff:203.0.113.0/120', '203.0.113.7', true],
    ['::ffff:203.0.113.0/120', '203.0.114.7', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['fe80::1', 'fe80::1%eth0', true],
    ['::/0', '2001:db8::1', true],
  ];
  for (const [entry, address, allowed] of cases) {
    it(`'${entry}' ${allowed ? 'allows' : 'does not allow'} ${address}`, () => {
      expect(ipAllowList([entry]).allows(address)).to.equal(allowed);
    });
  }

  it('allows what any entry allows', () => {
    const list = ipAllowList(['203.0.113.7', '2001:db8::/32']);
    expect(list.allows('203.0.113.7')).to.be.true;
    expect(list.allows('2001:db8::7')).to.be.true;
  });

  it('does not allow what is not an address', () => {
    const list = ipAllowList(['0.0.0.0/0', '::/0']);
    const bad = [
      '',
      'localhost',
      '1.2.3',
      '1.2.3.4:80',
      '[::1]',
      '1.2.3.4/32',
      '01.2.3.4',
      '%eth0',
    ];
    for (const address of bad) expect(list.allows(address), address).to.be.false;
  });

  const bad = [
    '',
    'example.com',
    '1.2.3',
    '1.2.3.4/33',
    '::/129',
    '1.2.3.4/',
    '1.2.3.4/-1',
    '/8',
    '1.2.3.4/8/8',
    'fe80::1%eth0',
    // It would be all of IPv4.
    '::ffff:203.0.113.0/24',
    '::ffff:cb00:7107/95',
  ];
  for (const entry of bad) {
    it(`refuses the entry '${entry}'`, () => {
      expect(() => ipAllowList([entry])).to.throw(
        `expected an address or a network such as 203.0.113.0/24 or 2001:db8::/32, got "${entry}"`,
      );
    });
  }

  it('allows exactly the addresses that share the prefix', () => {
    const address = fc.nat({ max: 0xffffffff });
    const dotted = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');
    const head = (n: number, bits: number) => (bits === 0 ? 0 : n >>> (32 - bits));
    fc.assert(
      fc.property(address, fc.nat({ max: 31 }), fc.nat({ max: 32 }), (network, flipped, bits) => {
        const other = (network ^ (1 << flipped)) >>> 0;
        const list = ipAllowList([`${dotted(network)}/${bits}`]);
        expect(list.allows(dotted(other))).to.equal(head(network, bits) === head(other, bits));
      }),
    );
  });
});
