import { expect } from 'chai';
import fc from 'fast-check';
import { filters as liquidsOwn } from 'liquidjs';
import { FILTERS, UNSUPPORTED, OWN_FILTERS } from '../../src/render/filter-table.ts';
import { company, contact, fullView } from '../support/views.ts';
import { loadText, renderText } from './temporary-sets.ts';
import { BERLIN } from '../support/views.ts';

describe('filters', () => {
  it("are the bridge's own and those of Liquid, but for those left out", () => {
    const known = [...Object.keys(FILTERS), ...Object.keys(UNSUPPORTED)];
    const expected = [...Object.keys(liquidsOwn), ...Object.keys(OWN_FILTERS)];
    expect(known.sort()).to.deep.equal(expected.sort());
  });

  describe('of the bridge', () => {
    const view = fullView({
      contact: contact({ fields: { Text: 'soon', Empty: '', Count: '12' } }),
    });
    const rows: readonly (readonly [template: string, printed: string])[] = [
      ['{{ deals[1].amount | money: deals[1].currency }}', 'EUR 24,000.50'],
      ['{{ deals[0].amount | money }}', 'EUR 60,000'],
      ['{{ company.employees | number }}', '1,250'],
      ['{{ contact.createdAt | day }}', '5 Mar 2024'],
      ['{{ source.fetchedAt | time }}', '14:02 CET'],
      ['{{ contact.lastActivityAt | ago }}', '2 days ago'],
      ['{{ deals[0].closeDate | ago }}', 'in 21 days'],
      ['{{ contact.fields.Text | day }}', 'soon'],
      ['{{ contact.fields.Count | number }}', '12'],
      ['x{{ contact.fields.Empty | money }}', 'x'],
      ['{{ contact.lastActivityAt | days }} {{ deals[0].closeDate | days }}', '2 -21'],
      ['{{ "now" | days }} {{ "today" | days }}', '0 0'],
      ['x{{ contact.fields.Missing | days }}{{ contact.fields.Text | days }}', 'x'],
      ['x{{ contact.fields.Missing | day }}{{ contact.fields.Missing | money }}', 'x'],
      ['{{ contact.fields.Missing | ago | default: "never" }}', 'never'],
      ['{{ deals | group_by_currency | map: "name" | join: "," }}', 'EUR,USD'],
      ['{{ contact.fields.Missing | group_by_currency | size }}', '0'],
    ];
    for (const [template, printed] of rows) {
      it(`print ${printed} for ${template}`, async () => {
        expect(await renderText(template, view)).to.equal(printed);
      });
    }
  });

  describe('of Liquid', () => {
    const rows: readonly (readonly [what: string, template: string, printed: string])[] = [
      ['date is in the zone of the tenant', '{{ source.fetchedAt | date: "%H:%M" }}', '14:02'],
      [
        'date leaves a bare date where it is',
        '{{ deals[0].closeDate | date: "%d.%m.%Y" }}',
        '15.12.2026',
      ],
      ['date takes a zone', '{{ source.fetchedAt | date: "%H:%M", "America/New_York" }}', '08:02'],
      [
        'date leaves the value with a zone that is none',
        '{{ source.fetchedAt | date: "%H", contact.name }}',
        '2026-11-24T13:02:00.000Z',
      ],
      [
        "date's now is that of the view",
        '{{ "now" | date: "%Y-%m-%d %H:%M" }}',
        '2026-11-24 14:05',
      ],
      ['date leaves what is not a date', '{{ contact.name | date: "%Y" }}', 'Jane Doe'],
      ['where and sum', '{{ deals | where: "currency", "EUR" | sum: "amount" }}', '134000.5'],
      [
        'map and join',
        '{{ deals | map: "stage" | uniq | join: ", " }}',
        'Negotiation, Proposal, Closed Won',
      ],
      [
        'join leaves out what is missing',
        '{{ "" | split: "" | push: contact.title | push: contact.fields.X | push: company.name | join: " | " }}',
        'VP Operations | ACME GmbH',
      ],
      [
        'a sentence of what there is',
        '{{ "" | split: "" | push: nil | push: "a" | push: "b" | array_to_sentence_string }}',
        'a and b',
      ],
      ['url_decode leaves what it cannot read', '{{ "100%" | url_decode }}', '100%'],
      ['base64_decode leaves what it cannot read', '{{ "?" | base64_decode }}', '?'],
      ['default for what is missing', '{{ contact.fields.X | default: "-" }}', '-'],
      ['truncate counts characters', '{{ "añb😀c" | truncate: 4, "" }}', 'añb😀'],
    ];
    for (const [what, template, printed] of rows) {
      it(what, async () => {
        expect(await renderText(template)).to.equal(printed);
      });
    }
  });

  describe('take a character of several code points as one', () => {
    const family = '👩‍👩‍👧';
    const view = fullView({
      contact: contact({
        name: `${family}🇩🇪e\u0301x`,
        title: '🇩🇪🇫🇷',
        fields: { Sign: `${family}x` },
      }),
    });
    const rows: readonly (readonly [template: string, printed: string])[] = [
      ['{{ contact.name | slice: 0 }} {{ contact.name | slice: 1, 2 }}', `${family} 🇩🇪e\u0301`],
      ['{{ contact.name | slice: -2, 2 }} {{ contact.name | slice: "1" }}', 'e\u0301x 🇩🇪'],
      [
        '{{ contact.name | truncate: 2, "" }} {{ contact.name | truncate: 4 }}',
        `${family}🇩🇪 ${family}🇩🇪e\u0301x`,
      ],
      [
        '{{ contact.name | truncate: 3, "…" }} {{ contact.title | truncate: 1, "" }}',
        `${family}🇩🇪… 🇩🇪`,
      ],
      ['{{ contact.name | split: "" | join: " " }}', `${family} 🇩🇪 e\u0301 x`],
      ['{{ contact.name | split: "👩" | size }} {{ contact.name | split: "e" | size }}', '1 1'],
      ['{{ contact.name | split: "🇩🇪" | join: "-" }}', `${family}-e\u0301x`],
      [
        '{{ contact.title | split: "🇪🇫" | size }} {{ contact.title | split: "🇫🇷" | join: "" }}',
        '1 🇩🇪',
      ],
      ['{{ contact.name | first }} {{ contact.name | last }}', `${family} x`],
      ['{{ contact.name | size }} {{ contact.name.size }}', '4 4'],
      [
        '{{ contact.fields.Sign[0] }}{{ contact.fields.Sign[2] }} {{ contact.fields.Sign.size }}',
        `${family} 2`,
      ],
      ['{{ contact.name | lstrip: "👩" }}', `${family}🇩🇪e\u0301x`],
      ['{{ contact.name | strip: "👩‍👩‍👧x" }} {{ contact.title | rstrip: "🇷" }}', '🇩🇪e\u0301 🇩🇪🇫🇷'],
      ['{{ contact.title | replace: contact.fields.Missing, "-" }}', '🇩🇪-🇫🇷'],
    ];
    for (const [template, printed] of rows) {
      it(template, async () => {
        expect(await renderText(template, view)).to.equal(printed);
      });
    }
  });

  it('with a zone west of UTC, date does not shift a bare date', async () => {
    const text = '{{ deals[0].closeDate | date: "%d" }} {{ deals[0].closeDate | date_to_string }}';
    const style = { timeZone: 'America/New_York' };
    expect(await renderText(text, fullView(), style)).to.equal('15 15 Dec 2026');
  });

  it('date names months in the language of the tenant', async () => {
    const text = '{{ deals[0].closeDate | date: "%B" }}';
    expect(await renderText(text, fullView(), { locale: 'de-DE' })).to.equal('Dezember');
  });

  describe('print nothing', () => {
    for (const text of [
      '{{ nil }}',
      '{{ contact.fields.X | json }}',
      '{{ contact.fields.X | inspect }}',
      '{{ 1 | divided_by: 0 }}',
      '{{ 0 | divided_by: 0 }}',
      '{{ 1 | modulo: 0 }}',
      '{{ "abc" | to_integer }}',
      '{{ contact | append: "" }}',
      '{{ contact.fields.X | default: deals | join: "" }}',
      '{{ deals | upcase }}',
      '{{ contact.owner | money }}',
      '{{ contact.fields.X | default: deals | map: "owner" | join: "" }}',
      '{{ contact.fields | default: "x" | upcase }}',
      '{% assign o = contact.owner %}{{ o | escape }}',
      '{% for pair in contact.fields %}{{ pair[2] }}{% endfor %}',
      '{{ "now" | date: "%s" | minus: contact.fields.X | divided_by: 86400 | floor }}',
      '{{ contact.fields.X | date: "%s" | divided_by: 86400 | floor }}',
      '{{ 3 | times: contact.fields.X }}{{ contact.fields.X | times: 3 }}',
      '{{ contact.fields.X | round }}{{ contact.fields.X | at_least: 0 }}{{ contact.fields.X | abs }}',
      '{{ empty }}{{ blank }}',
      '{{ contact.fields.X | default: others | array_to_sentence_string }}',
    ]) {
      it(`for ${text}`, async () => {
        expect(await renderText(`x${text}`)).to.equal('x');
      });
    }
  });

  it('cut a text at its start, and between characters, whatever it is made of', async () => {
    const some = fc.constantFrom(
      '👩‍👩‍👧',
      '🏳\ufe0f‍🌈',
      '🇩🇪',
      'e\u0301',
      'नि',
      '각',
      'é',
      '漢',
      'a',
      ' ',
    );
    const value = fc.array(some, { minLength: 1, maxLength: 30 }).map((all) => all.join('').trim());
    const cuts = await Promise.all(
      [
        '{{ v | truncate: n, "" }}',
        '{{ v | truncate: n, "" | truncate: n, "" }}',
        '{{ v | slice: 0, n }}',
        '{% assign all = v | split: "" %}{% for c in all limit: n %}{{ c }}{% endfor %}',
        '{% for i in (1..n) %}{% assign at = i | minus: 1 %}{{ v[at] }}{% endfor %}',
        '{{ v | split: "" | first }}',
        '{{ v | split: "e" | first }}',
        '{% assign a = v | reverse | first | slice: 0, n %}{{ a }}',
        '{{ v | rstrip: "👧" }}',
        '{{ v | truncatewords: n, "" }}',
      ].map(async (cut) => {
        const head = '{% assign v = contact.fields.v %}{% assign n = contact.fields.n %}';
        return { cut, set: (await loadText(`${head}[${cut}]`)).set };
      }),
    );
    fc.assert(
      fc.property(value, fc.nat({ max: 12 }), fc.constantFrom(...cuts), (v, n, { cut, set }) => {
        fc.pre(v !== '');
        const view = fullView({ contact: contact({ fields: { v, n } }) });
        const rendered = set?.render(view, BERLIN);
        const part = rendered?.text.slice(1, -1) ?? '';
        const folded = cut.includes('words') ? v.replace(/\s+/gu, ' ') : v;
        expect(folded.startsWith(part), `${cut} ${part}`).to.equal(true);
        const bounds = Array.from(new Intl.Segmenter().segment(folded), ({ index }) => index);
        expect([...bounds, folded.length], `${cut} ${v} ${part}`).to.include(part.length);
      }),
      { numRuns: 500 },
    );
  });

  it('never print null, undefined or NaN, and never throw, for any value', async () => {
    const names = Object.keys(FILTERS).filter(
      (name) => !['append', 'prepend', 'group_by', 'group_by_currency'].includes(name),
    );
    const text = names
      .map((name) => {
        const args = FILTERS[name]?.arguments ?? [];
        const bare = args.some(({ optional }) => !optional) ? '' : `{{ value | ${name} }}`;
        const given = args.map(() => 'other').join(', ');
        return `${bare}{{ value | ${name}: ${given} }}\n`;
      })
      .join('');
    const head =
      '{% assign value = contact.fields.value %}{% assign other = contact.fields.other %}';
    const { set, problems } = await loadText(`${head}x\n${text}`);
    expect(problems).to.deep.equal([]);
    const values = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
    );
    fc.assert(
      fc.property(values, values, (value, other) => {
        fc.pre(typeof value !== 'string' || !/null|undefined|NaN|Infinity/u.test(value));
        // `slice` counts the length it is asked for against the memory limit.
        fc.pre(typeof other !== 'number' || other < 10_000);
        // `map`, `where` and the like read their argument as a path; a broken one fails the template.
        fc.pre(typeof other !== 'string' || !/[[\].]/u.test(other));
        const view = fullView({
          contact: contact({ fields: { value, other } }),
          company: company(),
        });
        const rendered = set?.render(view, BERLIN);
        expect(rendered?.failure ?? '').to.equal('');
        expect(rendered?.text).to.not.match(/null|undefined|NaN|Infinity|Invalid|\[object/u);
      }),
      { numRuns: 50 },
    );
  });
});
