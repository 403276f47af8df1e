import { expect } from 'chai';
import { runAtOnce } from '../../src/model/time-slice.ts';
import { compileTemplates } from '../../src/render/compile.ts';
import { languageCompletions, pieceCompletions, TAGS } from '../../src/render/completion.ts';
import { createEngine } from '../../src/render/engine.ts';
import { FILTERS } from '../../src/render/filter-table.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import { PRODUCT, problemsOf, renderText } from './temporary-sets.ts';

/** What a filter is written behind; else `deals`. */
const LISTS: Readonly<Record<string, string>> = {
  join: 'source.missing',
  array_to_sentence_string: 'source.missing',
};

describe('what editors offer', () => {
  it('has every word with its type and what it is', () => {
    const { words } = languageCompletions();
    for (const { name, type, doc } of words) if (type !== 'group') expect(doc, name).to.match(/./u);
    expect(words.find(({ name }) => name === 'contact.owner.name')).to.deep.equal({
      name: 'contact.owner.name',
      type: 'text',
      doc: 'the colleague who looks after the person: the name',
      example: 'Kim Lee',
    });
    const names = words.map(({ name }) => name);
    expect(names).to.include.members(['deals', 'deals[].amount', 'company.fields', 'now']);
  });

  it('has every filter with an example that can be written as it is', async () => {
    const { filters } = languageCompletions();
    expect(filters.map(({ name }) => name)).to.deep.equal(Object.keys(FILTERS));
    const text = filters
      .map(({ name, example }) => `{% assign x = ${LISTS[name] ?? 'deals'} | ${example} %}`)
      .join('\n');
    expect(await problemsOf(text)).to.deep.equal([]);
    expect(filters.find(({ name }) => name === 'day')?.arguments).to.deep.equal([
      { name: 'length', optional: true, values: ['short', 'medium', 'long', 'full'] },
    ]);
  });

  it('has every tag with a syntax that can be written as it is', async () => {
    expect(Object.keys(TAGS)).to.have.members([...createEngine(new Map()).tags]);
    const syntaxes = Object.values(TAGS).map(([syntax]) => syntax.replace('{% liquid … %}', ''));
    const text = syntaxes.join('\n').replace('elsif …', 'elsif contact.name');
    expect(await problemsOf(text, { 'line.liquid': '{{ label }}{{ value }}' })).to.deep.equal([]);
  });

  it('has the pieces with what they take', async () => {
    const { set } = await loadTemplateSet({ name: 'default', folders: [PRODUCT] });
    if (set === undefined) throw new Error('the set has problems');
    const pieces = pieceCompletions(runAtOnce(compileTemplates(set.sources)));
    const taken = Object.fromEntries(pieces.map(({ name, parameters }) => [name, parameters]));
    expect(taken).to.include.keys('count', 'footer');
    expect(taken['count']).to.deep.equal(['many', 'more', 'number', 'one']);
    expect(taken['footer']).to.deep.equal([]);
    expect(taken['sums'], 'a word that is known without it, too').to.deep.equal(['deals']);
    expect(taken['others'], 'a word that is not given').to.deep.equal([]);
    for (const { name, doc } of pieces) expect(doc, name).to.match(/^[A-Z\d].*\w/u);
  });

  for (const [text, expected] of [
    ['{% assign label = label | default: "x" %}{{ label }}', ['label']],
    ['{% assign made = 1 %}{{ made }}{% capture deals %}x{% endcapture %}{{ deals }}', []],
    [
      '{% for deal in list limit: most %}{{ forloop.index }}{{ deal[key] }}{% endfor %}',
      ['key', 'list', 'most'],
    ],
    ['{% for i in (1..times) %}{{ i }}{% endfor %}{{ (1..n).first }}', ['n', 'times']],
    ['{% include "inner" %}', ['value']],
    ['{% include "inner", value: other %}', ['other']],
    ['{% for value in list %}{% include "inner" %}{% endfor %}', ['list']],
    ['{% render "inner", value: other %}{% render "inner" %}', ['other']],
    ['{% include "piece" %}{% include "absent" %}{{ last }}', ['last']],
  ] as const) {
    it(`has what a piece reads and does not make: ${text}`, () => {
      const sources = { piece: text, inner: '{{ value }}' };
      const partials = new Map(
        Object.entries(sources).map(([file, content]) => [file, { file, text: content }]),
      );
      const pieces = pieceCompletions(runAtOnce(compileTemplates({ states: new Map(), partials })));
      expect(pieces.find(({ name }) => name === 'piece')?.parameters).to.deep.equal(expected);
    });
  }

  it('shows as examples what is printed', async () => {
    expect(await renderText('{{ visitor.host }}')).to.equal('www.example.com');
  });
});
