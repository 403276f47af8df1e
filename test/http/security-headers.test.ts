import { expect } from 'chai';
import { requestId } from '../../src/http/security-headers.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('requestId', () => {
  const kept = [
    'a',
    'AZaz09_.:-',
    'x'.repeat(64),
    '0191e3a4-1234-7000-8000-123456789012',
    '5b8aa5a2d2c872e8321cf37308d69df2',
    '5b8aa5a2d2c872e8:1f2e3d4c5b6a7980:0:1',
    '1-67891233-abcdef012345678912345678',
    '2026-11-24T10:00:00.123',
    '2026-11-24-000123',
    '1.2.3',
    'abc-1.2:3_4',
    'job--1',
    'web.acme.example-17',
    'job_1_2_3_4',
    '12.30.45.300',
    '12-300-45-12',
    'svc::1',
    'a::b',
    'add::Job',
    'deadbeef::1',
    'acme::job::17',
  ];
  for (const id of kept) {
    it(`keeps '${id}'`, () => expect(requestId(id)).to.equal(id));
  }

  const unsafe = [
    undefined,
    '',
    'x'.repeat(65),
    'a b',
    'a\nb',
    'abc\n',
    'a/b',
    'bob@x',
    'é',
    '<b>',
    'a,b',
    '203.0.113.7',
    '203.0.113.7:52814-1764',
    'ip-203-0-113-7',
    'req_203.0.113.7_17',
    '12-30-45-123',
    '255.255.255.255',
    'ip-203-0-113-7.eu-west-1.compute.internal',
    '2001:db8::7',
    '::ffff:203.0.113.7',
    'client:2001:db8::7',
    'client_2001:db8::7_17',
    '2001:db8::',
    '::1',
    'fe80::1:2.17',
    '64:ff9b::cb00:7107',
    '::ffff:cb00:7107',
    '2001:0db8:0000:0000:0000:0000:0000:0007',
    '2001-db8-0-0-0-0-0-7.17',
    '2001-DB8--7',
    'fe80--1-17',
    'jane.doe-at-acme.example',
    'mailto:jane',
    'https:acme.example',
    'www.acme.example',
  ];
  for (const id of unsafe) {
    it(`makes a UUID instead of ${JSON.stringify(id)}`, () => expect(requestId(id)).to.match(uuid));
  }

  it('makes a new one each time', () => {
    expect(requestId(undefined)).not.to.equal(requestId(undefined));
  });
});
