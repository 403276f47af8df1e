import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Contact } from '../../src/model/profile.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import type { RenderOptions, TemplateSet } from '../../src/render/template-set.ts';
import type { TemplateContext } from '../../src/render/template-set.ts';
import {
  BERLIN,
  company,
  contact,
  deal,
  emptyView,
  fullView,
  sparseView,
  ticket,
} from '../support/views.ts';
import { PRODUCT, renderText } from './temporary-sets.ts';

const GOLDEN = fileURLToPath(new URL('golden', import.meta.url));
/** `UPDATE_GOLDEN=1` writes the files; look at the difference before you keep it. */
const UPDATES = process.env['UPDATE_GOLDEN'] === '1';

const SETS = ['default', 'compact', 'german', 'example'];
const GERMAN = { ...BERLIN, locale: 'de-DE' };
const styleOf = (name: string): RenderOptions =>
  name === 'german' || name === 'example' ? GERMAN : BERLIN;

const { source } = fullView();
const NO_MORE = {
  moreDeals: false,
  moreTickets: false,
  moreOpenDeals: false,
  moreOpenTickets: false,
  moreOthers: false,
};
const VIEWS: Readonly<Record<string, TemplateContext>> = {
  rich: fullView(),
  complete: fullView({ ...NO_MORE }),
  lead: fullView({
    contact: contact({ kind: 'lead', title: null, lifecycleStage: null, owner: null, fields: {} }),
    company: company({
      domain: null,
      type: null,
      industry: null,
      employees: null,
      city: null,
      country: null,
      owner: null,
      fields: {},
    }),
    deals: [],
    tickets: [],
    others: [{ kind: 'contact', name: null, company: null, url: null }],
    ...NO_MORE,
  }),
  sparse: sparseView(),
  more_closed: fullView({ moreOpenDeals: false, moreOpenTickets: false, moreOthers: false }),
  stale: fullView({
    source: { ...source, fetchedAt: '2026-11-24T08:40:00.000Z', stale: true, ageSeconds: 15900 },
    deals: [deal({ name: null, stage: null, currency: null, closeDate: null })],
    tickets: [ticket({ number: null, priority: null, status: null })],
    others: [],
    ...NO_MORE,
  }),
  partial: fullView({
    source: { ...source, partial: true, missing: ['deals', 'marketing'] },
    deals: [],
    ...NO_MORE,
  }),
  others: sparseView({
    others: ['A', 'B', 'C', 'D', 'E'].map((name) => ({
      kind: 'lead',
      name,
      company: `${name} Ltd`,
      url: null,
    })),
  }),
  not_found: emptyView('not_found'),
  not_found_company: emptyView('not_found', { company: company() }),
  no_email: emptyView('no_email', {
    visitor: { email: null, ip: '203.0.113.7', url: null, host: null },
  }),
  no_email_unusable: emptyView('no_email', {
    visitor: { email: 'jane@@x', ip: null, url: null, host: null },
  }),
  unavailable: emptyView('unavailable'),
};

describe('the templates of the product', () => {
  const sets = new Map<string, TemplateSet>();

  before(async () => {
    for (const name of SETS) {
      const { set, problems } = await loadTemplateSet({ name, folders: [PRODUCT] });
      expect(problems).to.equal(undefined);
      if (set !== undefined) sets.set(name, set);
    }
  });

  it('are all looked at here', async () => {
    const folders = (await readdir(PRODUCT)).filter((name) => name !== 'partials');
    expect(folders.sort()).to.deep.equal([...SETS].sort());
  });

  for (const name of SETS) {
    it(`${name} shows who it is on the first line, however long a value is`, () => {
      const firstLine = (changes: Partial<Contact>) => {
        const long = { title: 'T'.repeat(1000), lifecycleStage: 'L'.repeat(1000), fields: {} };
        const about = { contact: contact({ ...long, ...changes }), company: company() };
        return sets.get(name)?.render(fullView(about), styleOf(name)).text.split('\n')[0] ?? '';
      };
      const line = firstLine({ name: 'N'.repeat(1500) });
      expect(line)
        .to.have.lengthOf.below(400)
        .and.match(/^N{77}\.{3} .*T{77}\.{3} .*ACME GmbH/);
      expect(firstLine({ name: null, email: null, title: 'CTO' })).to.match(/\bCTO\b.*ACME GmbH/);
    });

    for (const [what, view] of Object.entries(VIEWS)) {
      it(`${name} shows ${what} as in its golden file`, async () => {
        const rendered = sets.get(name)?.render(view, styleOf(name));
        expect(rendered?.failure).to.equal(undefined);
        const file = join(GOLDEN, `${name}-${what}.txt`);
        if (UPDATES) await writeFile(file, `${rendered?.text ?? ''}\n`);
        expect(`${rendered?.text ?? ''}\n`).to.equal(await readFile(file, 'utf8'));
      });
    }
  }

  it('show the essence on the first line: who, title, kind, company, tier or stage', () => {
    for (const name of ['default', 'compact']) {
      const first = sets.get(name)?.render(fullView(), BERLIN).text.split('\n')[0];
      expect(first).to.match(
        /^Jane Doe - VP Operations \(Contact\) \| ACME GmbH \| Tier: Gold( \| |$)/u,
      );
    }
  });

  it('show the stage, the status or the type when there is no tier', () => {
    const firstLine = (changes: Partial<TemplateContext>): string | undefined =>
      sets.get('default')?.render(fullView(changes), BERLIN).text.split('\n')[0];
    const untiered = { company: company({ fields: {} }) };
    const lead = { kind: 'lead', fields: {}, lifecycleStage: null } as const;
    expect(firstLine({ ...untiered, contact: contact({ fields: {} }) })).to.match(/\| Customer$/u);
    expect(firstLine({ ...untiered, contact: contact(lead) })).to.match(/\| Qualified$/u);
    expect(firstLine({ ...untiered, contact: contact({ ...lead, leadStatus: null }) })).to.match(
      /\| Customer - Direct$/u,
    );
    expect(
      firstLine({
        contact: contact({ fields: {} }),
        company: company({ fields: { tier: 'Silver' } }),
      }),
    ).to.match(/\| Tier: Silver$/u);
  });

  it('mix no English into the German text', () => {
    const english =
      /\b(?:owner|open|won|more|closes|opened|since|ago|employees|stage|further|record|as of|not|no)\b/iu;
    const { contact: person, deals, tickets } = fullView();
    for (const [what, view] of Object.entries(VIEWS)) {
      const text = sets.get('german')?.render(view, GERMAN).text ?? '';
      const own = [...deals, ...tickets]
        .flatMap((record) => Object.values(record))
        .concat(Object.values(person ?? {}), 'Customer - Direct')
        .filter((value) => typeof value === 'string')
        .reduce((rest, value) => rest.replaceAll(value, ''), text);
      expect(own, what).not.to.match(english);
    }
  });

  it("show the CRM's own numbers and booleans as the tenant writes them", () => {
    const fields = {
      Revenue__c: 10070.1,
      Rate__c: 0.0345,
      Seats__c: 12400,
      Tiny__c: 1.5e-7,
      Founded__c: 2015,
      VIP__c: true,
      Newsletter__c: false,
      Account_No__c: '0012345',
    };
    const view = fullView({ contact: contact({ fields }) });
    const texts = {
      default:
        'Revenue: 10,070.1 | Rate: 0.0345 | Seats: 12400 | Tiny: 1.5e-7 | Founded: 2015 | VIP: yes | Newsletter: no | Account No: 0012345',
      german:
        'Revenue: 10.070,1 | Rate: 0,0345 | Seats: 12400 | Tiny: 1.5e-7 | Founded: 2015 | VIP: ja | Newsletter: nein | Account No: 0012345',
    };
    for (const [name, line] of Object.entries(texts)) {
      expect(sets.get(name)?.render(view, styleOf(name)).text.split('\n'), name).to.include(line);
    }
  });

  it('add up amounts that are shown in one currency, however the CRM names it', async () => {
    const deals = [
      deal({ amount: 100, currency: 'EUR' }),
      deal({ amount: 50, currency: null }),
      deal({ amount: 7, currency: ' eur ' }),
      deal({ amount: 20, currency: 'USD' }),
      deal({ amount: 3, currency: 'points' }),
      deal({ amount: 4, currency: 'points' }),
    ];
    const sums = (style: Partial<RenderOptions>) =>
      renderText('{% render "sums", deals: deals %}', fullView({ deals }), style);
    expect(await sums({ currency: 'EUR' })).to.equal('EUR 157 + USD 20 + 7 points');
    expect(await sums({ currency: undefined })).to.equal('EUR 107 + 50 + USD 20 + 7 points');
    expect(await sums(GERMAN)).to.equal('157 EUR + 20 USD + 7 points');
  });

  it('show and add up amounts whose currency is not known without the tenant’s', async () => {
    const deals = [
      deal({ amount: 100, currency: null }),
      deal({ amount: 50, currency: 'XXX' }),
      deal({ amount: 9, currency: 'XXX' }),
    ];
    const template = '{% render "sums", deals: deals %}; {% render "deal", deal: deals[1] %}';
    const text = await renderText(template, fullView({ deals }), { currency: 'EUR' });
    expect(text).to.match(/^EUR 100 \+ 59; .*, 50\b/u);
  });

  it('put the URL alone on its line', () => {
    for (const name of SETS) {
      const lines = sets.get(name)?.render(fullView(), styleOf(name)).text.split('\n');
      expect(lines, name).to.include('https://crm.example/003C1');
    }
  });

  it('show no sum and say that a number is of those shown when the CRM has more', () => {
    const complete = VIEWS['complete'] ?? fullView();
    for (const name of SETS) {
      const textOf = (view: TemplateContext) =>
        sets.get(name)?.render(view, styleOf(name)).text ?? '';
      const won = complete.deals.map((one) => ({ ...one, open: false, won: true }));
      for (const deals of [complete.deals, won]) {
        expect(textOf({ ...complete, deals }), name).not.to.match(/shown|angezeigt/u);
        const text = textOf({ ...complete, deals, moreDeals: true, moreOpenDeals: true });
        expect(text, name).not.to.match(/84[,.]000|135[,.]200/u);
        if (textOf({ ...complete, deals }).match(/84[,.]000|134[,.]000/u))
          expect(text, name).to.match(/[34] (?:open deals )?(?:shown|angezeigt)/u);
      }
      const tickets = textOf({ ...complete, moreTickets: true, moreOpenTickets: true });
      if (name !== 'example')
        expect(tickets, name).to.match(/2 (?:open tickets )?(?:shown|angezeigt)/u);
      const others = textOf({ ...complete, moreOthers: true });
      if (name === 'compact') expect(others).to.contain('more than 2 others');
      else if (name !== 'example') expect(others, name).to.match(/2 (?:shown|angezeigt)/u);
    }
  });

  it('show all open deals and their sum when only closed ones are missing', () => {
    const complete = VIEWS['complete'] ?? fullView();
    const closed = { ...complete, moreDeals: true, moreTickets: true };
    for (const name of SETS) {
      const text = sets.get(name)?.render(closed, styleOf(name)).text ?? '';
      const lines = text.split('\n').filter((line) => /(?:open|offene)/iu.test(line));
      expect(lines.join('\n'), name).to.match(/84[,.]000/u);
      expect(lines.join('\n'), name).not.to.match(/shown|angezeigt/u);
      expect(text, name).not.to.match(/\+ (?:more|weitere) (?:deals|tickets)/iu);
      if (name === 'default') expect(text).to.contain(' + more closed deals in the CRM');
      if (name === 'german') expect(text).to.contain(' + weitere abgeschlossene Deals im CRM');
    }
  });

  it('are three lines at most in compact', () => {
    const stale = fullView({
      source: { ...source, stale: true, partial: true, missing: ['deals'] },
    });
    const quiet = fullView({ deals: [], tickets: [] });
    for (const view of [...Object.values(VIEWS), stale, quiet]) {
      const lines = sets.get('compact')?.render(view, BERLIN).text.split('\n') ?? [];
      expect(lines.length).to.be.within(1, 3);
      for (const line of lines) expect(line).not.to.match(/^(?:open|last|more)/u);
    }
  });

  it('say so when data is old, with its time', () => {
    for (const name of SETS) {
      const text = sets.get(name)?.render(VIEWS['stale'] ?? fullView(), styleOf(name)).text;
      expect(text, name).to.match(/09:40/u);
    }
  });

  it('call stale data of the last minute recent, not current', () => {
    const stale = { ...source, fetchedAt: '2026-11-24T13:04:40.000Z', stale: true, ageSeconds: 20 };
    const lineOf = (name: string) =>
      sets
        .get(name)
        ?.render(fullView({ source: stale }), styleOf(name))
        .text.split('\n')[1];
    expect(lineOf('default')).to.equal('Not live: CRM data from 14:04 CET (a moment ago).');
    expect(lineOf('german')).to.equal('Nicht aktuell: CRM-Daten mit Stand 14:04 MEZ (eben).');
  });

  it('never call a person unknown while the CRM cannot be asked', () => {
    for (const name of SETS) {
      const text = sets.get(name)?.render(emptyView('unavailable'), BERLIN).text;
      expect(text, name).to.not.match(/unknown|no match|unbekannt/iu);
      expect(text, name).to.match(/by hand|von Hand/u);
      expect(text, name).not.to.match(/\bit\b/u);
    }
  });

  it('leave no trace of missing words, for any set of them', () => {
    const views = fc.record({
      contact: gaps(contact()),
      company: fc.option(gaps(company())),
      deals: fc.array(gaps(deal()), { maxLength: 3 }),
      tickets: fc.array(gaps(ticket()), { maxLength: 3 }),
      others: fc.array(
        gaps({ kind: 'lead' as const, name: 'A', company: 'B', url: 'https://crm.example' }),
        { maxLength: 5 },
      ),
      moreDeals: fc.boolean(),
      moreTickets: fc.boolean(),
      moreOpenDeals: fc.boolean(),
      moreOpenTickets: fc.boolean(),
      moreOthers: fc.boolean(),
      source: fc.constantFrom(source, { ...source, stale: true }, emptyView('unavailable').source),
      outcome: fc.constantFrom('found' as const, 'not_found' as const, 'unavailable' as const),
    });
    fc.assert(
      fc.property(views, fc.constantFrom(...SETS), (changes, name) => {
        const contactOf = changes.outcome === 'found' ? changes.contact : null;
        const rendered = sets
          .get(name)
          ?.render(fullView({ ...changes, contact: contactOf }), styleOf(name));
        expect(rendered?.failure).to.equal(undefined);
        const lines = rendered?.text.split('\n') ?? [];
        expect(lines[0]).to.match(/\S/u);
        for (const line of lines) {
          expect(line).to.not.match(/null|undefined|NaN|Invalid|\[object/u);
          expect(line).to.not.match(
            /^\s*(?:[|,;:]|-$|-\s*[,:(])|[|,;(:/]$|\(\s*\)|\|\s*\||, ,|:\s*[|,]|\s$/u,
          );
          expect(line).to.not.match(/\(\s|\s\)|\s[,;.]|\S {2,}\S/u);
        }
      }),
      { numRuns: 400 },
    );
  });
});

/** The same with some of its values missing, and perhaps its owner without a name. */
function gaps<T extends object>(value: T): fc.Arbitrary<T> {
  const words = Object.keys(value).filter((word) => word !== 'kind' && word !== 'fields');
  return fc.record({ missing: fc.subarray(words), nameless: fc.boolean() }).map((sample) => ({
    ...value,
    ...('owner' in value && sample.nameless
      ? { owner: { name: null, email: 'owner@example.com' } }
      : {}),
    ...Object.fromEntries(sample.missing.map((word) => [word, null])),
  }));
}
