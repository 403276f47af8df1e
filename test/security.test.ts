import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** What SECURITY.md says of the service, sentence by sentence, before what it says of its dependencies. */
function sentences(): readonly string[] {
  const [, text = ''] = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8').split(
    '## What is protected',
  );
  const [body = ''] = text.split('## Dependencies');
  const blocks = body
    .replace(/^(?:#.*|\|(?: who |---).*)$/gm, '')
    .split(/\n\s*\n|\n(?=- )|\|\s*\n|(?<=\|[^|\n]*\|[^|\n]*)\|/)
    .map((block) =>
      block
        .replace(/\s+/g, ' ')
        .replace(/^[\s|-]+/, '')
        .trim(),
    );
  return blocks
    .flatMap((block) => block.split(/; |(?<=[.?])\s+(?=[A-Z`(])/))
    .map((sentence) => sentence.replaceAll('**', '').trim())
    .filter((sentence) => sentence !== '');
}

/** A sentence that says what something is for, what somebody may do or should do: no test can fail for it. */
const ADVICE = undefined;

/** The start of each sentence, and titles of tests that fail when it is not true. */
const TESTED: readonly (readonly [start: string, ...titles: (string | undefined)[]])[] = [
  ["People's data in your CRMs", ADVICE],
  ['a visitor of your site | type', ADVICE],
  ['fill in web forms', ADVICE],
  ['see the answer (only agents do)', ADVICE],
  ['forge a line of it', 'makes no line with the separator', 'gives one visible line, well-formed'],
  [
    'where the separator is of HTML',
    'makes no line with the separator',
    'makes no line with any separator',
  ],
  [
    'make a link of anything but a page',
    'are of http or https, in each section',
    'returns nothing but an address on one line',
  ],
  ['inject SOQL', 'no address whatever changes a statement'],
  ['anyone on the internet', ADVICE],
  [
    'learn anything without a key',
    'of an unknown tenant is that of a wrong key',
    'refuse an address outside allowFrom as a wrong key',
  ],
  [
    'guess keys',
    'answer 429 with Retry-After after too many wrong keys',
    'count a network of IPv6 as one client',
  ],
  [
    'hold connections',
    'that sends its headers byte by byte gets 408',
    'leaves memory level and others answered',
  ],
  ['a tenant with a key', 'answer 429 with Retry-After above the rate limit'],
  ['see more of a person', 'is asked for by ?format=json too'],
  ["use another tenant's key", "refuses wrong keys, another tenant's keys"],
  ["spend the CRM's quota", 'spare the CRM as many guesses when all come at once'],
  ['after that the CRM is asked', 'show that no request was sent after too many unknown addresses'],
  ['an author of templates | show', ADVICE],
  ['read files, also', 'is not shown by a link out of the folder'],
  [
    'run code',
    'what is behind the words of a template',
    'cannot be reached by expressions in a filter',
  ],
  ["reach other tenants' templates", "another tenant's template"],
  [
    'use more than bounded',
    'a template that runs away',
    'a folder with too many templates, or too much in them',
    'pieces that include each other twice, without following all of their paths',
  ],
  ['hold up answers by the check', 'keeps no answer waiting'],
  ['a connector of a third party', ADVICE],
  ['show secrets of the configuration', 'in logs, notices and /debug/lookup hold none'],
  ['That prevents accidents', ADVICE],
  ['the CRM | send anything', ADVICE],
  [
    'crash or stall',
    'is a bad response and holds up nothing else',
    'a CRM that sends slowly holds up no other',
  ],
  ['only what says that it is JSON', 'is a bad response and holds up nothing else'],
  ['the result is checked', 'never takes an invalid record for an unknown person'],
  ['The bridge does not overload', 'are called a few times and then not called'],
  ['For one stale person', '4 in the first minute, then 1'],
  ['for one person who is not in the cache', '11 a minute'],
  ['for all people together', 'are called a few times and then not called'],
  [
    '(A call that fails at once',
    'asks twice for a person when the first read fails at once',
    'no probe of an open circuit',
  ],
  ['There is no limit by client address', 'let the right key in all the same'],
  ['What needs no key', 'leaves memory level and others answered'],
  ['the number of connections from one address', ADVICE],
  ['The e-mail is not verified.', ADVICE],
  ['Show agents only', ADVICE],
  ['The key is part of the URL', 'takes the key from the path, the header or the query'],
  [
    'It is as good as a password',
    'key prints a key that is safe in a URL, its digest',
    'accept every key of a tenant, also given as its digest',
  ],
  ['HTTPS in front', 'answers agents over HTTPS with all the bridge says'],
  ['An error log holds', 'lead from outside to the public listener alone, without an access log'],
  ['`server.trustProxy` names', 'believe a trusted proxy about the address'],
  ['by default only those', 'ignores X-Forwarded-For of clients'],
  ['Client addresses count', "counts wrong keys by the client's real address"],
  ['The ops listener is on loopback', 'has every key of the files with its default'],
  ['Anywhere else it needs', 'stays required by a listener that is bound to more than loopback'],
  ['`/debug/lookup` shows', 'traces one lookup with address, cache state'],
  [
    'Without `ops.key` on loopback',
    'has the URL without the key, which only a POST reveals',
    'says that of a digest the key is not known',
  ],
  ['A page in a browser', 'have the Host', 'on every route'],
  ['Over plain HTTP to another machine', ADVICE],
  ['Of wrong keys it takes', 'wrong keys are limited, the right one never'],
  ['The console at `/console/` needs', 'asks for it on'],
  [
    'No page of another site',
    'refuses a request of another site',
    'allows no inline code, no markup from text, no frame and nothing from outside',
  ],
  [
    'Its Content-Security-Policy',
    'allows no inline code, no markup from text, no frame and nothing from outside',
    'nothing breaks its Content-Security-Policy',
  ],
  ['what a CRM sends is shown', 'shows markup of a CRM as text'],
  ['The address of a lookup', 'has the address in no URL, no history and no storage'],
  ["A tenant's key is sent", 'the key masked until it is asked for', 'which only a POST reveals'],
  [
    "The console's list",
    'lists the recent requests without an address',
    'shows each by itself, never an address',
  ],
  ['It has one role', ADVICE],
  [
    'Credentials come from',
    'gives the bridge the secrets that its configuration asks for, from files',
  ],
  ['they appear in no message', 'are not shown wherever they stand, whole or cut into two nodes'],
  ['Give the CRM user', ADVICE],
  [
    'Logs, errors and metrics',
    'hold no e-mail, key, IP, page URL or CRM value',
    'hold none of what an API or a database sends instead of an answer',
  ],
  ['people appear as a keyed hash', 'gives other digits in the next process'],
  [
    'Profiles are held for',
    'is gone after staleTtl, and an error is then an error',
    'shows nothing readable in Redis, and every name has a lifetime',
  ],
  [
    'With `shared`, Redis also holds',
    'is in Redis encrypted, for 90 days',
    'is found by a process that starts later, and the access token, too',
  ],
  ['The way to Redis is in the clear', ADVICE],
  [
    'with `rediss://`',
    'is joined when its certificate is trusted',
    'is not joined with a certificate ${what}',
  ],
  ['a content that was changed', 'takes a changed or swapped entry for a miss'],
  [
    'Redis deletes them by its own clock',
    'shows nothing readable in Redis, and every name has a lifetime',
  ],
  [
    'when that is set back',
    'does not read an entry whose age is unknown, since the clock of Redis was set back',
    'reads an entry no longer than its lifetime, however long Redis keeps it',
  ],
  [
    'Whoever can write to that Redis',
    'shows nothing readable in Redis',
    'takes a changed or swapped entry for a miss',
  ],
  ['Only the bridges should', ADVICE],
  ['Such a writer can delete', ADVICE],
  [
    'It can put back a copy',
    'reads an entry no longer than its lifetime, however long Redis keeps it',
  ],
  ['after a purge only', 'does not read what was purged and put back'],
  ['It can put back older tokens', ADVICE],
  ['It can set counters', ADVICE],
  ['to the limit, and', 'never refuses longer than a window'],
  [
    'A counter that lasts longer',
    'gives each process its share when a counter is none that it can have written',
  ],
  ['It can let processes', ADVICE],
  ['It cannot invent processes', 'holds none that somebody without the key has written'],
  ['nor a pause', 'from before the clock was set back is none, and makes room for a new one'],
  ['Without `shared.keys`', 'reports ${file} in exactly these words'],
  ['`DELETE /cache', 'forgets the record under all of its addresses'],
  [
    'a lookup that is in flight',
    'keeps a lookup in flight under another address from being cached',
  ],
  [
    'With `shared`, that is so',
    'reach the memory of others within a second, under the other addresses, too',
  ],
  ['a process that is cut off', 'reach one that was cut off within 1.5 s of being back'],
];

describe('SECURITY.md', () => {
  it('has a test, or is marked as advice, for each sentence about the service', () => {
    const without = sentences().filter(
      (sentence) => !TESTED.some(([start]) => sentence.startsWith(start)),
    );
    expect(without).to.deep.equal([]);
  });

  it('still has each of the sentences that tests are named for', () => {
    const all = sentences();
    const gone = TESTED.filter(([start]) => !all.some((sentence) => sentence.startsWith(start)));
    expect(gone.map(([start]) => start)).to.deep.equal([]);
  });

  it('names tests that exist', () => {
    const files = globSync('test/**/*.test.ts', { cwd: ROOT }).filter(
      (file) => file !== 'test/security.test.ts',
    );
    const text = files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
    const titles = [...text.matchAll(/\b(?:it|describe)\(\s*(['"`])(.*?)\1,/gs)]
      .map(([, , title = '']) => title.replaceAll("\\'", "'"))
      .join('\n');
    const missing = TESTED.flatMap(([, ...names]) => names).filter(
      (name) => name !== undefined && !titles.includes(name),
    );
    expect(missing).to.deep.equal([]);
  });
});
