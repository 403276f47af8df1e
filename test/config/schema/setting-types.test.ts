import { expect } from 'chai';
import fc from 'fast-check';
import type { z } from 'zod';
import * as type from '../../../src/config/schema/setting-types.ts';

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

describe('the types of settings', () => {
  it('read durations as milliseconds', () => {
    const duration = type.duration('');
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    for (const [unit, factor] of Object.entries(units)) {
      expect(duration.parse(`5${unit}`), unit).to.equal(5 * factor);
    }
    for (const wrong of [5, '5', '5 s', '1.5s', '-1s', '5d', 's', '', '5S', '0s', '597h']) {
      expect(accepts(duration, wrong), String(wrong)).to.be.false;
    }
    expect(accepts(duration, '596h')).to.be.true;
    expect(type.duration('', { min: 0 }).parse('0s')).to.equal(0);
  });

  it('read sizes as bytes', () => {
    const size = type.size('');
    const units = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
    for (const [unit, factor] of Object.entries(units)) {
      const count = unit === 'kB' ? 2000 : 5;
      expect(size.parse(`${count}${unit}`), unit).to.equal(count * factor);
    }
    for (const wrong of [
      5,
      '5',
      '5 MB',
      '1.5MB',
      '-1MB',
      '5mb',
      '5M',
      'MB',
      '',
      '1000kB',
      '65GB',
    ]) {
      expect(accepts(size, wrong), String(wrong)).to.be.false;
    }
  });

  it('never make another number of a text than the one it says', () => {
    const integer = type.integer(-10, 1000, '');
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = integer.safeParse(text);
        if (result.success)
          expect(String(result.data)).to.equal(
            text
              .replace(/^(-?)0+(?=\d)/, '$1')
              .replace(/^-0$/, '0')
              .replace(/\.0+$/, ''),
          );
      }),
    );
    expect(integer.parse('42')).to.equal(42);
    for (const wrong of ['', ' 1', '0x10', '1e2', '1.5', 'NaN', true, null, '1001']) {
      expect(accepts(integer, wrong), String(wrong)).to.be.false;
    }
  });

  it('know addresses and ranges', () => {
    const network = type.network();
    for (const right of ['10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::1', '2001:db8::/32', '::/0']) {
      expect(accepts(network, right), right).to.be.true;
    }
    for (const wrong of [
      '10.0.0.0/33',
      '10.0.0/8',
      '::/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0.0/-1',
      'fe80::1%eth0',
      'host',
      '',
    ]) {
      expect(accepts(network, wrong), wrong).to.be.false;
    }
  });

  it('know the proxies that Express may trust', () => {
    const trust = type.trustProxy('');
    for (const right of [
      true,
      false,
      0,
      2,
      'loopback',
      'loopback, 10.0.0.0/8',
      ['uniquelocal', '::1'],
    ]) {
      expect(accepts(trust, right), String(right)).to.be.true;
    }
    expect(trust.parse('2')).to.equal(2);
    expect(trust.parse('true')).to.equal(true);
    for (const wrong of [-1, 1.5, 'everyone', '', [], ['loopback', 'x'], {}]) {
      expect(accepts(trust, wrong), JSON.stringify(wrong)).to.be.false;
    }
  });

  it('know keys and digests', () => {
    const key = type.tenantKey();
    for (const right of ['k', 'a/b+c=', 'schlüssel', `sha256:${'0'.repeat(64)}`, 'x'.repeat(256)]) {
      expect(accepts(key, right), right).to.be.true;
    }
    for (const wrong of [
      '',
      'a b',
      'a\n',
      'sha256:',
      `sha256:${'0'.repeat(63)}`,
      `SHA256:${'g'.repeat(64)}`,
      'x'.repeat(257),
    ]) {
      expect(accepts(key, wrong), wrong).to.be.false;
    }
  });

  it('know hosts, and which of them are this machine', () => {
    const host = type.host('');
    for (const right of ['0.0.0.0', '::', 'localhost', 'crm-1.example.com'])
      expect(accepts(host, right), right).to.be.true;
    for (const wrong of ['', 'a b', 'http://x', '-x', 'x:80', '[::1]'])
      expect(accepts(host, wrong), wrong).to.be.false;
    for (const own of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])
      expect(type.isLoopback(own), own).to.be.true;
    for (const other of ['0.0.0.0', '::', '127.example.com', 'localhost.example.com'])
      expect(type.isLoopback(other), other).to.be.false;
  });

  it('take the public address without its last slash', () => {
    const url = type.publicUrl('');
    expect(url.parse('https://crm.example.com/bridge/')).to.equal('https://crm.example.com/bridge');
    for (const wrong of [
      'crm.example.com',
      'ftp://x',
      'https://x/?a=b',
      'https://x/#a',
      'https://me@x/',
    ]) {
      expect(accepts(url, wrong), wrong).to.be.false;
    }
  });

  it('let an answer be 200 or an error', () => {
    const status = type.answerStatus('');
    for (const right of [200, 404, 503, '503'])
      expect(accepts(status, right), String(right)).to.be.true;
    for (const wrong of [199, 204, 302, 600, 'ok'])
      expect(accepts(status, wrong), String(wrong)).to.be.false;
  });
});
