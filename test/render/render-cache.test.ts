import { expect } from 'chai';
import fc from 'fast-check';
import { loadTemplateSet } from '../../src/render/load.ts';
import { RenderCache, type Presentation } from '../../src/render/render-cache.ts';
import type {
  RequestWord,
  Rendered,
  TemplateContext,
  TemplateSet,
} from '../../src/render/template-set.ts';
import { BERLIN, company, emptyView, fullView } from '../support/views.ts';
import { loadText, PRODUCT } from './temporary-sets.ts';

const PROFILE = {};
const NO_TEMPLATES = { states: new Map(), partials: new Map() };
const NO_SOURCES = { ...NO_TEMPLATES, builtIn: NO_TEMPLATES, own: [] };

function tenantOf(templates: TemplateSet): Presentation {
  return { ...BERLIN, templates };
}

/** Renders with a cache; `words` are those that `read` takes of the request and the source. */
function counting(
  words: readonly RequestWord[],
  read: (view: TemplateContext) => unknown,
  { cache = new RenderCache(), ...more }: { cache?: RenderCache } & Partial<Rendered> = {},
) {
  const count = { renders: 0, contexts: 0 };
  const render = (view: TemplateContext) => {
    count.renders += 1;
    return { text: String(read(view)), ...more };
  };
  const tenant = tenantOf({ name: 'set', sources: NO_SOURCES, render, wordsRead: () => words });
  const renderWith = (view: TemplateContext, key: object | undefined, of = tenant) =>
    cache.render(
      of,
      view,
      () => {
        count.contexts += 1;
        return view;
      },
      key,
    );
  return { count, tenant, render: renderWith };
}

function later(seconds: number): TemplateContext {
  const now = new Date(Date.parse(fullView().now) + seconds * 1000).toISOString();
  const { source } = fullView();
  return fullView({ now, source: { ...source, ageSeconds: (source.ageSeconds ?? 0) + seconds } });
}

describe('the render cache', () => {
  it('a text that reads nothing but CRM data is rendered once', () => {
    const { count, render } = counting([], (view) => view.contact?.name);
    const visitor = { email: 'x@y.example', ip: '192.0.2.1', url: null, host: null };
    for (const view of [fullView(), later(90), fullView({ visitor }), fullView({ caseId: 'x' })]) {
      expect(render(view, PROFILE).text).to.equal(fullView().contact?.name);
    }
    expect(count.renders).to.equal(1);
  });

  it('what a text read of the source must be the same', () => {
    const { count, render } = counting(
      [['source', 'ageSeconds']],
      (view) => view.source.ageSeconds,
    );
    for (const view of [later(0), later(1), later(1)]) {
      expect(render(view, PROFILE).text).to.equal(String(view.source.ageSeconds));
    }
    expect(count.renders).to.equal(2);
  });

  it('what a text read of the request must be the same', () => {
    const { count, render } = counting([['visitor', 'host']], (view) => view.visitor.host);
    const visitor = { ...fullView().visitor, host: 'other.example' };
    render(fullView(), PROFILE);
    expect(render(fullView({ visitor }), PROFILE).text).to.equal('other.example');
    render(fullView({ visitor: { ...visitor, ip: '192.0.2.9' } }), PROFILE);
    expect(count.renders).to.equal(2);
  });

  it('a text that shows what an unknown visitor sent is not kept with the company of the domain', () => {
    const { count, render } = counting([['visitor', 'email']], (view) => view.visitor.email);
    const unknown = emptyView('not_found');
    for (let n = 0; n < 2; n += 1) render(unknown, PROFILE);
    expect(count.renders).to.equal(2);
  });

  it('the texts of the default set are shown again, of a person and of an unknown visitor', async () => {
    const { set } = await loadTemplateSet({ name: 'default', folders: [PRODUCT] });
    if (set === undefined) throw new Error('the default set has problems');
    const [cache, tenant] = [new RenderCache(), tenantOf(set)];
    for (const view of [fullView(), emptyView('not_found', { company: company() })]) {
      const about = {};
      const { text } = cache.render(tenant, view, () => view, about);
      expect(text).to.equal(set.render(view, BERLIN).text);
      const again = () => {
        throw new Error('rendered again');
      };
      expect(cache.render(tenant, view, again, about).text).to.equal(text);
    }
  });

  it('what a reused text is made of is not read', () => {
    const { count, render } = counting([], (view) => view.contact?.name);
    for (let n = 0; n < 3; n += 1) render(fullView(), PROFILE);
    expect(count).to.deep.equal({ renders: 1, contexts: 1 });
  });

  it('a list that is the same item by item is the same', () => {
    const { count, render } = counting([['source', 'missing']], (view) =>
      view.source.missing.join(),
    );
    const missing = (...names: string[]) =>
      fullView({ source: { ...fullView().source, missing: names } });
    for (const view of [missing('a'), missing('a'), missing('b'), missing('b', 'a')]) {
      expect(render(view, PROFILE).text).to.equal(view.source.missing.join());
    }
    expect(count.renders).to.equal(3);
  });

  it('another profile, another tenant, or no profile at all: another text', () => {
    const { count, render, tenant } = counting([], (view) => view.contact?.name);
    render(fullView(), PROFILE);
    render(fullView(), {});
    render(fullView(), PROFILE, { ...tenant, locale: 'de-DE' });
    render(fullView(), undefined);
    render(fullView(), undefined);
    expect(count.renders).to.equal(5);
  });

  it('a failure is reported each time', () => {
    const { count, render } = counting([], () => 'built-in', { failure: 'found.liquid:1:1' });
    render(fullView(), PROFILE);
    expect(render(fullView(), PROFILE).failure).to.equal('found.liquid:1:1');
    expect(count.renders).to.equal(2);
  });

  it('keeps what was used lately when the texts are too large', () => {
    const cache = new RenderCache(100_000);
    const { count, render } = counting([], () => 'x'.repeat(9_000), { cache });
    const [used, ...others] = Array.from({ length: 50 }, () => ({}));
    for (const key of others) {
      render(fullView(), key);
      render(fullView(), used);
    }
    expect(count.renders).to.equal(50);
    render(fullView(), others[0]);
    expect(count.renders).to.equal(51);
  });

  it('what a filter makes of the minute must be the same, in later minutes', () => {
    const validUntil = Date.parse('2026-11-24T13:00:00.000Z');
    const hour = ({ now }: TemplateContext) => now.slice(0, 'YYYY-MM-DDTHH'.length);
    const { count, render } = counting([], hour, { validUntil });
    const at = (now: string) => render(fullView({ now }), PROFILE).text;
    for (const minute of ['50', '50', '51', '59', '50']) {
      expect(at(`2026-11-24T12:${minute}:59.999Z`)).to.equal('2026-11-24T12');
    }
    expect(count.renders).to.equal(1);
    expect(at('2026-11-24T13:00:00.000Z')).to.equal('2026-11-24T13');
    expect(count.renders).to.equal(2);
  });

  it('a text that reads the moment itself is valid for no other', () => {
    const { count, render } = counting([['now']], (view) => view.now);
    for (const seconds of [0, 0, 1]) render(later(seconds), PROFILE);
    expect(count.renders).to.equal(2);
  });

  it('property: a text shown again is the text that a new rendering would give', async () => {
    const found = `{{ contact.name }}
{% if contact.title %}{{ visitor.host }} {{ caseId }}{% endif %}
{{ source.ageSeconds }} {% if source.stale %}{{ source.missing | join }}{% else %}{{ now }}{% endif %}
{{ contact.lastActivityAt | ago }} {{ "now" | time }} {{ visitor | json }}`;
    const notFound = '{{ company.name }} {{ source.fetchedAt | ago }} {{ "now" | date: "%S" }}';
    const { set, problems } = await loadText(found, { 'not_found.liquid': notFound });
    expect(problems).to.deep.equal([]);
    if (set === undefined) return;
    const words = fc.record({
      seconds: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 0, max: 200_000 })),
      host: fc.constantFrom('a.example', 'b.example', null),
      caseId: fc.constantFrom('1', '2', null),
      stale: fc.boolean(),
      missing: fc.constantFrom([], ['deals'], ['deals', 'tickets']),
      outcome: fc.constantFrom('found' as const, 'not_found' as const),
    });
    fc.assert(
      fc.property(fc.array(words, { minLength: 2, maxLength: 12 }), (requests) => {
        const [cache, tenant, profile] = [new RenderCache(), tenantOf(set), {}];
        for (const { seconds, host, stale, missing, ...rest } of requests) {
          const base = later(seconds);
          const source = { ...base.source, stale, missing };
          const view = { ...base, ...rest, source, visitor: { ...base.visitor, host } };
          const { text } = cache.render(tenant, view, () => view, profile);
          expect(text).to.equal(set.render(view, BERLIN).text);
        }
      }),
      { numRuns: 50 },
    );
  });
});
