import { expect } from 'chai';
import { redactText } from '../../src/telemetry/mask.ts';

describe('mask', () => {
  it('takes out keys, tokens and addresses', () => {
    for (const [text, masked] of [
      ['refused: Bearer 00D5f0!AR8AQ.abc at once', 'refused: Bearer … at once'],
      [
        'GET https://x.example/a?access_token=abc&b=1',
        'GET https://x.example/a?access_token=…&b=1',
      ],
      ['got {"client_secret": "s3","x":1}', 'got {"client_secret": "…","x":1}'],
      ['Cookie: sid=1; b=2', 'Cookie: …'],
      ['nobody is jane@x.example there', 'nobody is … there'],
      ['token pat-eu1-1234abcd-12ab-34cd-56ef-1234567890ab refused', 'token … refused'],
      ['jwt eyJhbGciOiJIUzI1NiIsInR5.eyJzdWIi', 'jwt …'],
    ] as const) {
      expect(redactText(text)).to.equal(masked);
    }
  });

  it('leaves what the connectors say as it is', () => {
    for (const text of [
      'crm is left alone for now (unavailable)',
      'HubSpot, batch/read contacts: unexpected JSON',
      'Salesforce refused the client secret: check clientSecret',
      'The sign-in answer holds no access_token and instance_url: is loginUrl a Salesforce address?',
      'too many lookups are waiting',
    ]) {
      expect(redactText(text)).to.equal(text);
    }
  });

  it('makes one line of several', () => {
    expect(redactText('expected\n  [\n    "text"\n  ]')).to.equal('expected [ "text" ]');
  });

  it('cuts a text that does not end', () => {
    expect(redactText('a'.repeat(100_000))).to.have.length(500);
  });
});
