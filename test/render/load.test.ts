import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadTemplateSet } from '../../src/render/load.ts';
import { BERLIN, emptyView, fullView } from '../support/views.ts';
import { describeProblem, PRODUCT, writeSets } from './temporary-sets.ts';

const DEFAULTS = {
  'default/found.liquid': 'default found',
  'default/not_found.liquid': 'default not found',
  'default/no_email.liquid': 'default no e-mail',
  'default/unavailable.liquid': 'default unavailable',
};

/** The name of a property that is none shows only as the template runs. */
const FAILING = '{% assign path = "[" %}{{ deals | where: path | size }}';

describe('loading a template set', () => {
  it('takes the states of the folder, and those it lacks from default', async () => {
    const parent = await writeSets({ 'acme/found.liquid': 'acme found' });
    const { set } = await loadTemplateSet({ name: 'acme', folders: [parent, PRODUCT] });
    expect(set?.name).to.equal('acme');
    expect(set?.render(fullView(), BERLIN)).to.deep.equal({ text: 'acme found' });
    expect(set?.render(emptyView('no_email'), BERLIN).text).to.contain('Ask the visitor');
  });

  it("prefers the operator's folder, and the operator's default", async () => {
    const own = await writeSets({
      'compact/found.liquid': 'my compact',
      'default/not_found.liquid': 'my default',
    });
    const { set } = await loadTemplateSet({ name: 'compact', folders: [own, PRODUCT] });
    expect(set?.render(fullView(), BERLIN).text).to.equal('my compact');
    expect(set?.render(emptyView('not_found'), BERLIN).text).to.equal('my default');
    expect(set?.render(emptyView('no_email'), BERLIN).text).to.contain('Ask the visitor');
  });

  it('looks in the next parent folder for a set that the first lacks', async () => {
    const own = await writeSets({ 'acme/found.liquid': 'x' });
    const { set } = await loadTemplateSet({ name: 'compact', folders: [own, PRODUCT] });
    expect(set?.render(fullView(), BERLIN).text).to.match(/^Jane Doe/u);
  });

  it("uses a set's own pieces before the operator's partials, before the product's", async () => {
    const own = await writeSets({
      'acme/found.liquid': '{% render "a" %} {% render "b" %} {% render "footer" %}',
      'acme/a.liquid': 'own a',
      'partials/a.liquid': 'shared a',
      'partials/b.liquid': 'shared b\n',
    });
    const { set } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
    const text = set?.render(fullView(), BERLIN).text;
    expect(text).to.equal('own a shared b As of 14:02 CET. E-mail not verified by this lookup.');
  });

  it("does not see another set's pieces", async () => {
    const own = await writeSets({
      'acme/found.liquid': '{% render "secret" %}',
      'other/found.liquid': 'x',
      'other/secret.liquid': 'x',
    });
    const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
    expect(problems.map(describeProblem)[0]).to.match(/^1:1 secret: there is no such partial/u);
  });

  it('touches no file once it is loaded', async () => {
    const own = await writeSets({ 'acme/found.liquid': '{% render "a" %}', 'acme/a.liquid': 'a' });
    const { set } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
    await chmod(join(own, 'acme'), 0o000);
    expect(set?.render(fullView(), BERLIN).text).to.equal('a');
    await chmod(join(own, 'acme'), 0o700);
  });

  it('reads a file with a byte order mark and Windows line breaks', async () => {
    const own = await writeSets({ 'acme/found.liquid': '\ufeffa\r\n\r\n{{ contact.name }}\r\n' });
    const { set } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
    expect(set?.render(fullView(), BERLIN).text).to.equal('a\n\nJane Doe');
  });

  it('names the files it used and the folders to watch', async () => {
    const own = await writeSets({
      'acme/found.liquid': '{% render "a" %}',
      'acme/a.liquid': 'a',
      'acme/notes.txt': 'no template',
      'partials/b.liquid': 'b',
      'other/found.liquid': 'x',
    });
    const { files, folders } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
    expect(files.filter((file) => file.startsWith(own))).to.deep.equal([
      join(own, 'acme/a.liquid'),
      join(own, 'acme/found.liquid'),
      join(own, 'partials/b.liquid'),
    ]);
    expect(files).to.include(join(PRODUCT, 'default/no_email.liquid'));
    expect(folders).to.include.members([own, join(own, 'acme'), join(own, 'partials'), PRODUCT]);
  });

  it('names them with a problem, too', async () => {
    const own = await writeSets({ 'acme/found.liquid': '{{ x' });
    const { set, files, folders } = await loadTemplateSet({
      name: 'acme',
      folders: [own, PRODUCT],
    });
    expect(set).to.equal(undefined);
    expect(files).to.include(join(own, 'acme/found.liquid'));
    expect(folders).to.include(join(own, 'acme'));
  });

  describe('reports', () => {
    it('all problems of all states and pieces, in order, with an excerpt', async () => {
      const own = await writeSets({
        'acme/found.liquid': '{{ contact.nmae }}\n\t{{ x',
        'acme/no_email.liquid': 'a\n  {{ contact.titel }}',
        'acme/piece.liquid': '{% endif %}',
      });
      const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      expect(problems.map(describeProblem)).to.deep.equal([
        '2:2 the output has no end; put }} where it ends',
        'no_email.liquid:2:6 contact.titel: unknown word; did you mean "contact.title"?',
        'piece.liquid:1:1 endif: out of place; there is no open {% if %} here',
      ]);
      expect(problems[0]?.file).to.equal(join(own, 'acme/found.liquid'));
      expect(problems[0]?.excerpt).to.equal(' {{ x\n ^');
      expect(problems[1]?.excerpt).to.equal('  {{ contact.titel }}\n     ^');
    });

    it('a set that does not exist, and those that do', async () => {
      const own = await writeSets({ 'acme/found.liquid': 'x' });
      const load = async (name: string): Promise<readonly string[]> =>
        (await loadTemplateSet({ name, folders: [own, PRODUCT] })).problems?.map(
          ({ file, message, hint }) => `${file === own ? '' : file}${message}; ${String(hint)}`,
        ) ?? [];
      expect(await load('acne')).to.deep.equal([
        'no template folder "acne" here; did you mean "acme"?',
      ]);
      expect(await load('something')).to.deep.equal([
        'no template folder "something" here; there are acme, compact, default, example, german',
      ]);
      expect(await load('partials')).to.have.length(1);
    });

    it('a name that is not a plain folder name', async () => {
      for (const name of ['../templates/default', '/etc', '.', '..', '', 'a/b', 'default/']) {
        const { problems = [] } = await loadTemplateSet({ name, folders: [PRODUCT] });
        expect(problems[0]?.message).to.equal(`"${name}" is not the plain name of a folder`);
      }
    });

    it('a folder without a template', async () => {
      const own = await writeSets({ 'acme/readme.txt': 'x' });
      const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      expect(problems.map(({ file, message }) => [file, message])).to.deep.equal([
        [join(own, 'acme'), 'no template in this folder'],
      ]);
    });

    it('a misspelt state', async () => {
      const own = await writeSets({ 'acme/found.liquid': 'x', 'acme/no_emial.liquid': 'y' });
      const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      expect(problems.map(describeProblem)).to.deep.equal([
        'no_emial.liquid:1:1 no_emial.liquid: nothing uses this file; did you mean "no_email.liquid"?',
      ]);
    });

    it('a file that prints nothing, as a warning', async () => {
      for (const text of ['', ' \n', '{% # language: en %}\n{% comment %}x{% endcomment %}']) {
        const own = await writeSets({ 'acme/found.liquid': text });
        const { set, warnings } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
        expect(set).to.not.equal(undefined);
        expect(warnings.map(describeProblem), text).to.deep.equal([
          '1:1 the file prints nothing, so agents read the text of the product; write a text, or delete the file',
        ]);
      }
    });

    it('a parent folder that does not exist', async () => {
      const missing = join(await writeSets({}), 'nowhere');
      const { problems = [] } = await loadTemplateSet({
        name: 'default',
        folders: [missing, PRODUCT],
      });
      expect(problems.map(({ file, message }) => [file, message])).to.deep.equal([
        [missing, 'no such folder'],
      ]);
    });

    it('a file that cannot be read', async () => {
      const own = await writeSets({ 'acme/found.liquid': 'x' });
      await mkdir(join(own, 'acme/no_email.liquid'));
      const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      expect(problems.map(describeProblem)).to.deep.equal([
        'no_email.liquid:1:1 expected a file, got a folder',
      ]);
    });

    it('a folder with too many templates, or too much in them', async () => {
      const many = Array.from({ length: 201 }, (_, n) => [`acme/p${n}.liquid`, 'x'] as const);
      const large = Array.from({ length: 12 }, (_, n) => {
        return [`acme/p${n}.liquid`, 'x'.repeat(45_000)] as const;
      });
      for (const [files, message] of [
        [many, 'more than 200 templates in this folder'],
        [large, 'more than 500000 characters in the templates of this folder'],
      ] as const) {
        const own = await writeSets({ ...Object.fromEntries(files), 'acme/found.liquid': 'x' });
        const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
        expect(problems.map((problem) => [problem.file, problem.message])).to.deep.equal([
          [join(own, 'acme'), message],
        ]);
      }
    });

    it('pieces that include each other twice, without following all of their paths', async () => {
      const pieces = Array.from({ length: 24 }, (_, n) => {
        return [`acme/p${n}.liquid`, `{% include "p${n + 1}" %}{% include "p${n + 1}" %}`] as const;
      });
      const own = await writeSets({
        ...Object.fromEntries(pieces),
        'acme/p24.liquid': 'x',
        'acme/found.liquid': '{% include "p0" %}',
      });
      const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      expect(problems.map(describeProblem).join('\n')).to.match(
        /p\d+: too much is included here, also through other pieces; include it in fewer places/,
      );
    });

    it('a state that not even default has', async () => {
      const own = await writeSets({ 'acme/found.liquid': 'x', 'default/not_found.liquid': 'y' });
      const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own] });
      expect(problems.map(({ message }) => message)).to.deep.equal([
        'no_email.liquid: neither here nor in "default"',
        'unavailable.liquid: neither here nor in "default"',
      ]);
    });
  });

  describe('when a template fails as it runs', () => {
    it('shows the built-in text and says where and why, without values', async () => {
      const own = await writeSets({
        'acme/found.liquid': `x\n${FAILING}`,
        'acme/not_found.liquid': '{% for i in (1..9999999) %}x{% endfor %}',
        'default/found.liquid': "the operator's own",
      });
      const { set } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      const found = set?.render(fullView(), BERLIN);
      expect(found?.text).to.match(/^Jane Doe - VP Operations \(Contact\) \| ACME GmbH/u);
      expect(found?.failure).to.equal(
        `${join(own, 'acme/found.liquid')}: failed (TokenizationError)`,
      );
      const notFound = set?.render(emptyView('not_found'), BERLIN);
      expect(notFound?.text).to.match(/^No match for this e-mail in the CRM\./u);
      expect(notFound?.failure).to.match(/found\.liquid:1:1 made too much text$/u);
    });

    it('says of a piece where the template calls it', async () => {
      const own = await writeSets({
        'acme/found.liquid': 'x\n{% render "outer" %}',
        'acme/outer.liquid': '{% render "inner" %}',
        'acme/inner.liquid': '{% for i in (1..9999999) %}x{% endfor %}',
      });
      const { set } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      const file = (name: string) => join(own, 'acme', name);
      expect(set?.render(fullView(), BERLIN).failure).to.equal(
        `${file('inner.liquid')}:1:1 made too much text, called from ${file('found.liquid')}:2:1`,
      );
    });

    it('shows the built-in text when nothing was printed', async () => {
      const own = await writeSets({ 'acme/found.liquid': '{{ company.name }}\n' });
      const { set } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      const rendered = set?.render(fullView({ company: null }), BERLIN);
      expect(rendered?.text).to.match(/^Jane Doe/u);
      expect(rendered?.failure).to.equal(`${join(own, 'acme/found.liquid')}: printed nothing`);
    });

    it('shows a last sentence when the built-in one fails, too', async () => {
      const own = await writeSets(
        Object.fromEntries(Object.keys(DEFAULTS).map((path) => [path, FAILING])),
      );
      const { set } = await loadTemplateSet({ name: 'default', folders: [own] });
      expect(set?.render(emptyView('unavailable'), BERLIN).text).to.equal(
        'The CRM cannot be asked right now. Please look the visitor up by hand.',
      );
      const found = set?.render(fullView(), { ...BERLIN, maxLength: 20 }).text;
      expect(found).to.equal('This e-mail is know…');
    });

    it('goes on with the next one', async () => {
      const own = await writeSets({
        'acme/found.liquid': `{% if moreDeals %}${FAILING}{% endif %}{{ contact.name }}`,
      });
      const { set } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      expect(set?.render(fullView(), BERLIN).failure).to.be.a('string');
      expect(set?.render(fullView({ moreDeals: false }), BERLIN)).to.deep.equal({
        text: 'Jane Doe',
      });
    });
  });
});
