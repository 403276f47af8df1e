import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { Redactor, redactingLog } from '../../src/config/redactor.ts';
import { isQuotable } from '../../src/config/quotable.ts';
import { createLog } from '../../src/telemetry/log.ts';

const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.split('');
/** Digits and letters by chance, as keys are made. */
const TOKEN = fc
  .array(fc.constantFrom(...BASE62), { minLength: 28, maxLength: 64 })
  .map((characters) => characters.join(''))
  .filter((token) => /\d.*\d/.test(token.slice(0, 14)) && /\d.*\d/.test(token.slice(-14)));
const LINE_BREAK = fc.constantFrom('\n', '\r\n', '\n    ', ' \n\t');
const BREAK = fc.oneof(LINE_BREAK, fc.constantFrom(' ', '   '));
const AROUND = fc.constantFrom(
  ['', ''],
  ['token ', ' refused'],
  ['"', '"'],
  ['(', ')'],
  ['key=', '&'],
);

/** @param length so many characters in a row of the token are no longer harmless. */
function expectNoPart(text: string, token: string, length: number): void {
  for (let at = 0; at + length <= token.length; at += 1)
    expect(text).to.not.include(token.slice(at, at + length));
}

describe('isQuotable', () => {
  it('quotes no IP address, whatever stands around it', () => {
    const around = fc.constantFrom('', ' ', '/', '/33', ':8080', 'http://', '[', ']', ',');
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), around, around, (address, before, after) => {
        fc.pre(!/^(?:127\.|0\.0\.0\.0|[0:]*1?$)/.test(address));
        expect(isQuotable(`${before}${address}${after}`)).to.equal(false);
      }),
    );
  });

  it('quotes no IPv6 address that ends like one of IPv4', () => {
    expect(isQuotable('::1.0.0.0')).to.equal(false);
  });

  it('quotes the addresses that every machine has', () => {
    for (const address of ['0.0.0.0', '127.0.0.1', '127.0.0.53:80', '::', '::1', 'http://[::1]/'])
      expect(isQuotable(address), address).to.equal(true);
  });

  it('quotes host names, versions, durations and paths', () => {
    for (const text of ['office.example.com', '67.0', '1.2.3', '5 sec', 'a/b.csv', 'C:\\b', 'a: b'])
      expect(isQuotable(text), text).to.equal(true);
  });

  it('quotes no token, also with a character mistyped in its middle', () => {
    for (const slip of ['', '&', '-', ' ', ': ', '`'])
      expect(isQuotable(`hA7kfGq3Lmw2Z${slip}pR9xTc4VbnYd6`), slip).to.equal(false);
  });

  it('quotes names and addresses that have a number', () => {
    for (const text of ['marketing-automation-2', 'https://acme2024.my.salesforce.com', 'E-mail 2'])
      expect(isQuotable(text), text).to.equal(true);
  });
});

describe('a text that quotes settings', () => {
  function redacted(text: string, held: string): string {
    const redactor = new Redactor();
    redactor.addInterpolated(held);
    return redactor.redact(text, 'settings');
  }

  it('keeps the places that variables hold: errors about them are useless without', () => {
    for (const place of [
      'https://office.example.com/crm',
      'http://localhost:8080',
      '/var/lib/people.db',
      'sqlite:/var/lib/people.db',
      'sqlite:/srv/data/crm',
      'sqlite:exports/people.sqlite3',
      './exports/people',
      '../exports/Zürich people',
      'exports/people.csv',
      'C:\\exports\\people.CSV',
      'bridge.yaml',
      'signing.key',
    ])
      expect(redacted(`no ${place} here`, place), place).to.equal(`no ${place} here`);
  });

  it('loses what else they hold, though it may have dots and slashes', () => {
    for (const password of [
      'hunter.two22',
      'correct.horse',
      'abc/DEF+ghij',
      '/abc+DEF=ghij',
      'https://me:hunter22@office.example.com',
      'the.csv.of.us',
      'sqlite:hunter22',
    ])
      expect(redacted(`no ${password} here`, password), password).to.equal('no … here');
  });

  it('loses a secret however it is written', () => {
    const secret = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 });
    const around = fc.string({ unit: 'binary-ascii', maxLength: 8 });
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        fc.pre(!/[\r\n]/.test(value));
        const redactor = new Redactor();
        redactor.addSecret(value);
        const whole = `${before}${value}${after}`;
        const bytes = Buffer.from(whole);
        for (const text of [
          whole,
          encodeURIComponent(whole),
          new URLSearchParams({ whole }).toString(),
          bytes.toString('base64'),
          bytes.toString('base64url'),
        ]) {
          // Of base64 up to two characters beside it may stay: they hold the neighbours, too.
          expect(redactor.redact(text, 'settings')).to.contain('…');
          expect(redactor.redact(text, 'files').length).to.be.at.most(
            text.length - value.length + 1,
          );
        }
      }),
    );
  });

  it('loses a secret that spaces divide, and half of one that is cut off', () => {
    fc.assert(
      fc.property(TOKEN, fc.nat(64), BREAK, AROUND, (token, at, space, [before, after]) => {
        const redactor = new Redactor();
        redactor.addSecret(token);
        const cut = at % token.length;
        const divided = `${before}${token.slice(0, cut)}${space}${token.slice(cut)}${after}`;
        const half = Math.ceil(token.length / 2);
        for (const quotes of ['files', 'settings', 'traffic'] as const) {
          expectNoPart(redactor.redact(divided, quotes), token, half);
          expectNoPart(redactor.redact(`${before}${token.slice(0, half)}`, quotes), token, half);
          expectNoPart(redactor.redact(`${token.slice(-half)}${after}`, quotes), token, half);
        }
      }),
    );
  });

  it('keeps words that only begin like a secret', () => {
    const redactor = new Redactor();
    redactor.addSecret('https://me:hunter22@office.example.com/crm');
    redactor.addSecret('office-key-1');
    for (const text of ['https://office.example.com', 'office-key-2', 'the office key'])
      expect(redactor.redact(text, 'settings')).to.equal(text);
  });

  it('loses a secret that has been found since the last text', () => {
    const redactor = new Redactor();
    redactor.addSecret('first secret');
    expect(redactor.redact('first secret, later secret', 'settings')).to.equal('…, later secret');
    redactor.addSecret('later secret');
    redactor.addInterpolated('something else');
    expect(redactor.redact('first secret, later secret, something else', 'settings')).to.equal(
      '…, …, …',
    );
    expect(redactor.redact('first secret, later secret, something else', 'files')).to.equal(
      '…, …, something else',
    );
  });
});

describe('a text that quotes traffic', () => {
  const redacted = (text: string) => new Redactor().redact(text, 'traffic');

  it('shows no part of a token where the text is cut, nor one that a line break divides', () => {
    fc.assert(
      fc.property(TOKEN, fc.nat(64), fc.nat(80), LINE_BREAK, (token, at, padding, space) => {
        const cut = at % token.length;
        expectNoPart(
          redacted(`got ${token.slice(0, cut)}${space}${token.slice(cut)} .`),
          token,
          16,
        );
        for (const length of [500, 2000]) {
          const long = `${'word '.repeat(length)}`.slice(0, length - padding);
          expectNoPart(redacted(`${long} ${token} and more`), token, 8);
          // What is taken out before it brings it nearer to the beginning.
          expectNoPart(redacted(`cookie: ${long.replaceAll(' ', '')} ${token}`), token, 8);
          expectNoPart(
            redacted(`${'a@b.example '.repeat(200).slice(0, length - padding)} ${token}`),
            token,
            8,
          );
        }
      }),
    );
  });

  it('keeps words on both sides of a line break', () => {
    for (const text of [
      'timeout after 30000\nmilliseconds',
      'refused by host-1\nbecause-of-something-else',
    ])
      expect(redacted(text)).to.equal(text.replace('\n', ' '));
  });

  it('takes out keys, tokens and addresses', () => {
    for (const [text, expected] of [
      ['refused: Bearer 00D5f0!AR8AQ.abc at once', 'refused: Bearer … at once'],
      [
        'GET https://x.example/a?access_token=abc&b=1',
        'GET https://x.example/a?access_token=…&b=1',
      ],
      ['got {"client_secret": "s3","x":1}', 'got {"client_secret": "…","x":1}'],
      ['Cookie: sid=1; b=2', 'Cookie: …'],
      ['no person jane@x.example there', 'no person … there'],
      ['token pat-eu1-1234abcd-12ab-34cd-56ef-1234567890ab refused', 'token … refused'],
      ['jwt eyJhbGciOiJIUzI1NiIsInR5.eyJzdWIi', 'jwt …'],
    ] as const) {
      expect(redacted(text)).to.equal(expected);
    }
  });

  it('leaves what the connectors say as it is', () => {
    for (const text of [
      'circuit open: crm is not called (unavailable)',
      'HubSpot, batch/read contacts: unexpected JSON',
      'Salesforce refused the client secret: check clientSecret',
      'The sign-in answer holds no access_token and instance_url: is loginUrl a Salesforce address?',
      'too many lookups are waiting',
    ]) {
      expect(redacted(text)).to.equal(text);
    }
  });

  it('makes one line of several', () => {
    expect(redacted('expected\n  [\n    "text"\n  ]')).to.equal('expected [ "text" ]');
  });

  it('cuts a text that does not end', () => {
    expect(redacted('no such row '.repeat(10_000))).to.have.length(500);
  });
});

describe('redactingLog', () => {
  function open() {
    const stream = new PassThrough({ encoding: 'utf8' });
    const clock = { now: () => 0 };
    const log = createLog({ level: 'warn', format: 'json', stream, color: false, clock });
    const looked: string[] = [];
    const redacting = redactingLog(log, {
      redact: (text) => {
        looked.push(text);
        return text.replace('secret', '…');
      },
    });
    return { stream, log, looked, redacting };
  }

  it('cuts out of messages and fields', () => {
    const { stream, redacting } = open();
    redacting.warn('a secret', { key: 'the secret', ms: 3 });
    expect(JSON.parse(String(stream.read()))).to.include({ message: 'a …', key: 'the …', ms: 3 });
  });

  it('does not look at what is not written anyway', () => {
    const { log, looked, redacting } = open();
    redacting.debug('a secret', { key: 'the secret' });
    redacting.info('a secret');
    expect(looked).to.deep.equal([]);
    log.setLevel('info');
    redacting.info('a secret');
    expect(looked).to.deep.equal(['a secret']);
  });
});
