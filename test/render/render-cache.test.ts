import { expect } from 'chai';
import fc from 'fast-check';
import { loadTemplateSet } from '../../src/render/load.ts';
import { memoizeRender, type RequestWord } from '../../src/render/render-cache.ts';
import type { RenderOptions } from '../../src/render/template-set.ts';
import type { TemplateContext } from '../../src/render/template-set.ts';
import { BERLIN, company, emptyView, fullView } from '../support/views.ts';
import { loadText, PRODUCT } from './temporary-sets.ts';

const PROFILE = {};
const OTHER_STYLE: RenderOptions = { ...BERLIN, locale: 'de-DE' };

/** Counts how often it really renders; `words` are those that `read` takes of the request and the source. */
function counting(words: readonly RequestWord[], read: (view: TemplateContext) => unknown) {
  const count = { renders: 0 };
  const renderOnce = (view: TemplateContext) => {
    count.renders += 1;
    return { rendered: { text: String(read(view)) }, validUntil: Infinity };
  };
  return { count, render: memoizeRender(renderOnce, () => words) };
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
      expect(render(view, BERLIN, PROFILE).text).to.equal(fullView().contact?.name);
    }
    expect(count.renders).to.equal(1);
  });

  it('what a text read of the source must be the same', () => {
    const { count, render } = counting(
      [['source', 'ageSeconds']],
      (view) => view.source.ageSeconds,
    );
    for (const view of [later(0), later(1), later(1)]) {
      expect(render(view, BERLIN, PROFILE).text).to.equal(String(view.source.ageSeconds));
    }
    expect(count.renders).to.equal(2);
  });

  it('what a text read of the request must be the same', () => {
    const { count, render } = counting([['visitor', 'host']], (view) => view.visitor.host);
    const visitor = { ...fullView().visitor, host: 'other.example' };
    render(fullView(), BERLIN, PROFILE);
    expect(render(fullView({ visitor }), BERLIN, PROFILE).text).to.equal('other.example');
    render(fullView({ visitor: { ...visitor, ip: '192.0.2.9' } }), BERLIN, PROFILE);
    expect(count.renders).to.equal(2);
  });

  it('a text that shows what an unknown visitor sent is not kept with the company of the domain', () => {
    const { count, render } = counting([['visitor', 'email']], (view) => view.visitor.email);
    const unknown = emptyView('not_found');
    for (let n = 0; n < 2; n += 1) render(unknown, BERLIN, PROFILE);
    expect(count.renders).to.equal(2);
  });

  it('the texts of the default set are shown again, of a person and of an unknown visitor', async () => {
    const { set } = await loadTemplateSet({ name: 'default', folders: [PRODUCT] });
    for (const view of [fullView(), emptyView('not_found', { company: company() })]) {
      const about = {};
      const first = set?.render(view, BERLIN, about);
      expect(first?.text).to.not.equal('');
      expect(set?.render(view, BERLIN, about)).to.equal(first);
    }
  });

  it('a list that is the same item by item is the same', () => {
    const { count, render } = counting([['source', 'missing']], (view) =>
      view.source.missing.join(),
    );
    const missing = (...names: string[]) =>
      fullView({ source: { ...fullView().source, missing: names } });
    for (const view of [missing('a'), missing('a'), missing('b'), missing('b', 'a')]) {
      expect(render(view, BERLIN, PROFILE).text).to.equal(view.source.missing.join());
    }
    expect(count.renders).to.equal(3);
  });

  it('another profile, another style, or no profile at all: another text', () => {
    const { count, render } = counting([], (view) => view.contact?.name);
    render(fullView(), BERLIN, PROFILE);
    render(fullView(), BERLIN, {});
    render(fullView(), OTHER_STYLE, PROFILE);
    render(fullView(), BERLIN);
    render(fullView(), BERLIN);
    expect(count.renders).to.equal(5);
  });

  it('a failure is reported each time', () => {
    let failures = 0;
    const render = memoizeRender(
      () => ({
        rendered: { text: 'built-in', failure: String((failures += 1)) },
        validUntil: Infinity,
      }),
      () => [],
    );
    render(fullView(), BERLIN, PROFILE);
    expect(render(fullView(), BERLIN, PROFILE).failure).to.equal('2');
  });

  it('what a filter makes of the minute must be the same, in later minutes', () => {
    let renders = 0;
    const renderOnce = ({ now }: TemplateContext) => {
      renders += 1;
      const text = now.slice(0, 'YYYY-MM-DDTHH'.length);
      return { rendered: { text }, validUntil: Date.parse(`${text}:00:00Z`) + 3_600_000 };
    };
    const render = memoizeRender(renderOnce, () => []);
    const at = (now: string) => render(fullView({ now }), BERLIN, PROFILE).text;
    for (const minute of ['50', '50', '51', '59', '50']) {
      expect(at(`2026-11-24T12:${minute}:59.999Z`)).to.equal('2026-11-24T12');
    }
    expect(renders).to.equal(1);
    expect(at('2026-11-24T13:00:00.000Z')).to.equal('2026-11-24T13');
    expect(renders).to.equal(2);
  });

  it('a text that reads the moment itself is valid for no other', () => {
    const { count, render } = counting([['now']], (view) => view.now);
    for (const seconds of [0, 0, 1]) render(later(seconds), BERLIN, PROFILE);
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
        const profile = {};
        for (const { seconds, host, stale, missing, ...rest } of requests) {
          const base = later(seconds);
          const source = { ...base.source, stale, missing };
          const view = { ...base, ...rest, source, visitor: { ...base.visitor, host } };
          expect(set?.render(view, BERLIN, profile)).to.deep.equal(set?.render(view, BERLIN));
        }
      }),
      { numRuns: 50 },
    );
  });
});
