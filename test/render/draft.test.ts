import { expect } from 'chai';
import { checkDraft, draftFiles, previewDraft } from '../../src/render/draft.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
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

  it('shows the files of a set, and which are the own ones', () => {
    const files = draftFiles(sources);
    expect(files.slice(0, 4).map(({ name, own }) => [name, own])).to.deep.equal([
      ['found.liquid', true],
      ['not_found.liquid', false],
      ['no_email.liquid', false],
      ['unavailable.liquid', false],
    ]);
    expect(files.find(({ name }) => name === 'line.liquid')).to.deep.equal({
      name: 'line.liquid',
      text: '{{ contact.name }}',
      own: true,
    });
    expect(files.find(({ name }) => name === 'footer.liquid')?.own).to.equal(false);
  });

  it('is checked with file, place, length and severity', () => {
    const texts = {
      'found.liquid': 'a\n{{ contact.nmae | upcase }}',
      'not_found.liquid': '{% fi %}',
    };
    const problems = checkDraft(sources, texts).map((problem) => {
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
    expect(checkDraft(sources, texts)).to.deep.equal([]);
    expect(previewDraft(sources, texts, fullView(), BERLIN).text).to.equal('N F');
  });

  it('refuses names of no template, and more files than anybody writes', () => {
    expect(
      checkDraft(sources, { '../x.liquid': '', 'x.txt': '' }).map(({ message }) => message),
    ).to.deep.equal(['not the name of a template', 'not the name of a template']);
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`p${n}.liquid`, 'x']));
    expect(checkDraft(sources, many).map(({ message }) => message)).to.deep.equal([
      'more than 200 files',
    ]);
  });

  it('shows every outcome, with the changed text or that of the set', () => {
    const texts = { 'line.liquid': '{{ contact.name | upcase }}' };
    expect(previewDraft(sources, texts, fullView(), BERLIN)).to.deep.equal({
      text: 'JANE DOE',
      problems: [],
    });
    expect(previewDraft(sources, texts, emptyView('no_email'), BERLIN).text).to.match(
      /^No e-mail/u,
    );
  });

  it('shows no text with mistakes, and the built-in text when it fails as it runs', () => {
    const wrong = previewDraft(sources, { 'found.liquid': '{{ x }}' }, fullView(), BERLIN);
    expect([wrong.text, wrong.problems.length]).to.deep.equal(['', 1]);
    const endless = { 'found.liquid': '{% for i in (1..99999999) %}x{% endfor %}' };
    const { text, failure } = previewDraft(sources, endless, fullView(), BERLIN);
    expect(text).to.match(/^Jane Doe/u);
    expect(failure).to.match(/^found\.liquid:1:1 /u);
  });
});
