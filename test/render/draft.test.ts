import { expect } from 'chai';
import { draftFiles, evaluateDraft, type DraftTexts } from '../../src/render/draft.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import type { TemplateContext } from '../../src/render/template-set.ts';
import type { SetSources } from '../../src/render/template-sources.ts';
import { BERLIN, emptyView, fullView } from '../support/views.ts';
import { PRODUCT, writeSets } from './temporary-sets.ts';

describe('a draft of templates', () => {
  let sources: SetSources;

  beforeEach(async () => {
    const own = await writeSets({
      'acme/found.liquid': '{% render "line" %}',
      'acme/line.liquid': '{{ contact.name }}',
    });
    const { set } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
    if (set === undefined) throw new Error('the set has problems');
    ({ sources } = set);
  });

  const evaluate = (texts: DraftTexts, ...contexts: TemplateContext[]) =>
    evaluateDraft({ sources, texts, style: BERLIN, contexts });
  const check = (texts: DraftTexts) => evaluate(texts).problems;

  it('shows the files of a set, and which are the own ones', () => {
    const files = draftFiles(sources);
    expect(files.slice(0, 4).map(({ name, own }) => [name, own])).to.deep.equal([
      ['found.liquid', true],
      ['not_found.liquid', false],
      ['no_email.liquid', false],
      ['unavailable.liquid', false],
    ]);
    expect(files.find(({ name }) => name === 'line.liquid')).to.deep.include({
      name: 'line.liquid',
      text: '{{ contact.name }}',
      own: true,
    });
    expect(files.find(({ name }) => name === 'footer.liquid')?.own).to.equal(false);
  });

  describe('with a field that the shown person has in other capitals', () => {
    const view = fullView();
    const person = {
      ...view,
      contact: view.contact && { ...view.contact, fields: { Tier: 'Gold', both: 1, Both: 2 } },
    };
    const said = (text: string) =>
      evaluate({ 'line.liquid': text }, person, person).problems.map(
        ({ file, column, severity, message, hint }) =>
          `${file}:${column} ${severity} ${message}; ${hint}`,
      );

    it('says so, once, and still renders', () => {
      const text = '{% if contact.name %}{{ contact.fields.tier }}{% endif %}';
      expect(said(text)).to.deep.equal([
        'line.liquid:25 warning contact.fields.tier: the person has no such field; capitals count: did you mean "contact.fields.Tier"?',
      ]);
      expect(evaluate({ 'line.liquid': text }, person).rendered).to.have.length(1);
    });

    it('says nothing of the field itself, and of one that is not there at all', () => {
      const text = '{{ contact.fields.Tier }}{{ contact.fields.both }}{{ contact.fields.plan }}';
      expect(said(text)).to.deep.equal([]);
    });
  });

  it('is checked with file, place, length and severity', () => {
    const texts = {
      'found.liquid': 'a\n{{ contact.nmae | upcase }}',
      'not_found.liquid': '{% fi %}',
    };
    const problems = check(texts).map((problem) => {
      const { file, line, column, length, severity, message, hint } = problem;
      return { file, line, column, length, severity, message, hint };
    });
    expect(problems).to.deep.equal([
      {
        file: 'found.liquid',
        line: 2,
        column: 4,
        length: 12,
        severity: 'error',
        message: 'contact.nmae: unknown word',
        hint: 'did you mean "contact.name"?',
      },
      {
        file: 'not_found.liquid',
        line: 1,
        column: 1,
        length: 5,
        severity: 'error',
        message: 'fi: unknown tag',
        hint: 'did you mean "if"?',
      },
    ]);
  });

  it('may bring pieces, and a piece for all in place of that of the product', () => {
    const texts = {
      'found.liquid': '{% render "new" %} {% render "footer" %}',
      'new.liquid': 'N',
      'footer.liquid': 'F',
    };
    expect(check(texts)).to.deep.equal([]);
    expect(evaluate(texts, fullView()).rendered).to.deep.equal([{ text: 'N F' }]);
    expect(evaluate(texts).pieces.map(({ name }) => name)).to.include.members(['new', 'line']);
  });

  it('refuses names of no template, and more files than anybody writes', () => {
    expect(check({ '../x.liquid': '', 'x.txt': '' }).map(({ message }) => message)).to.deep.equal([
      'not the name of a template',
      'not the name of a template',
    ]);
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`p${n}.liquid`, 'x']));
    expect(check(many).map(({ message }) => message)).to.deep.equal(['more than 200 files']);
  });

  it('shows every outcome, with the changed text or that of the set', () => {
    const texts = { 'line.liquid': '{{ contact.name | upcase }}' };
    const { problems, rendered } = evaluate(texts, fullView(), emptyView('no_email'));
    expect(problems).to.deep.equal([]);
    expect(rendered.map(({ text }) => text)).to.have.lengthOf(2);
    expect(rendered[0]).to.deep.equal({ text: 'JANE DOE' });
    expect(rendered[1]?.text).to.match(/^The e-mail address/u);
  });

  it("warns of texts in another language than the locale's, and shows them", () => {
    const style = { ...BERLIN, locale: 'de-DE' };
    const draft = { sources, texts: {}, style, contexts: [fullView()] };
    const { problems, rendered } = evaluateDraft(draft);
    expect(rendered).to.deep.equal([{ text: 'Jane Doe' }]);
    expect(problems.map(({ file, severity }) => [file, severity])).to.deep.equal([
      ['not_found.liquid', 'warning'],
      ['no_email.liquid', 'warning'],
      ['unavailable.liquid', 'warning'],
    ]);
    expect(problems[0]?.message).to.equal('agents will read English here, and German in the rest');
  });

  it('shows no text with mistakes, and the built-in text when it fails as it runs', () => {
    const wrong = evaluate({ 'found.liquid': '{{ x }}' }, fullView());
    expect([wrong.rendered.length, wrong.problems.length]).to.deep.equal([0, 1]);
    const endless = { 'found.liquid': '{% for i in (1..99999999) %}x{% endfor %}' };
    const [{ text, failure } = { text: '' }] = evaluate(endless, fullView()).rendered;
    expect(text).to.match(/^Jane Doe/u);
    expect(failure).to.match(/^found\.liquid:1:1 /u);
  });
});
