/** What a template can reach: its own folder, the shared pieces, the view; nothing else. */
import { renameSync, symlinkSync } from 'node:fs';
import { mkdir, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { findSet } from '../../src/render/template-files.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import { BERLIN, fullView } from '../support/views.ts';
import { describeProblem, loadText, PRODUCT, renderText, writeSets } from './temporary-sets.ts';

const SECRET = 'words of another tenant';

/** Two tenants' sets side by side; `acme/found.liquid` is the text. */
async function loadBeside(text: string) {
  const parent = await writeSets({
    'acme/found.liquid': text,
    'beta/found.liquid': SECRET,
    'beta/piece.liquid': SECRET,
    'beta/nested/piece.liquid': SECRET,
    'secret.liquid': SECRET,
  });
  return loadTemplateSet({ name: 'acme', folders: [parent, PRODUCT] });
}

describe("another tenant's template", () => {
  for (const name of [
    '../beta/piece',
    '../beta/piece.liquid',
    'beta/piece',
    './../beta/piece',
    '..\\\\beta\\\\piece',
    '../secret',
    '/etc/hostname',
    'file:///etc/hostname',
    '%2e%2e/beta/piece',
    'piece',
    'piece\\u0000',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
  ]) {
    for (const tag of ['render', 'include']) {
      it(`is not found by {% ${tag} "${name}" %}`, async () => {
        const { set, problems = [] } = await loadBeside(`{% ${tag} "${name}" %}`);
        expect(set).to.equal(undefined);
        expect(problems.map(describeProblem).join('\n'))
          .to.match(/partial/)
          .and.not.contain(SECRET);
      });

      it(`is not found by {% ${tag} %} of a name that is made as it runs, "${name}"`, async () => {
        const { set } = await loadBeside(
          `{% assign name = "${name}" | append: "" %}{% ${tag} name %}`,
        );
        const text = set?.render(fullView(), BERLIN).text ?? '';
        expect(text).not.to.contain(SECRET);
      });
    }
  }

  it('is not shown by a link out of the folder, to a file or to a folder', async () => {
    const parent = await writeSets({
      'acme/found.liquid': '{% render "piece" %}',
      'beta/piece.liquid': SECRET,
    });
    await symlink(join(parent, 'beta/piece.liquid'), join(parent, 'acme/piece.liquid'));
    const { set, problems = [] } = await loadTemplateSet({
      name: 'acme',
      folders: [parent, PRODUCT],
    });
    expect(set).to.equal(undefined);
    expect(problems.map(describeProblem)).to.deep.include(
      'piece.liquid:1:1 is a link that leads out of its folder; copy the file, or put it into "partials"',
    );
    expect(JSON.stringify(problems)).not.to.contain(SECRET);
  });

  it('is not shown by a link to any other file of the machine', async () => {
    const parent = await writeSets({ 'acme/no_email.liquid': 'x' });
    await symlink('/etc/hostname', join(parent, 'acme/found.liquid'));
    const { set } = await loadTemplateSet({ name: 'acme', folders: [parent, PRODUCT] });
    expect(set).to.equal(undefined);
  });

  it('is not shown by a link that is put in place of a file while it is read', async () => {
    const parent = await writeSets({ 'acme/no_email.liquid': 'x', 'beta/found.liquid': SECRET });
    const file = join(parent, 'acme/found.liquid');
    const next = join(parent, 'next');
    for (let turns = 0; turns < 100; turns += 1) {
      await writeFile(next, 'own words');
      await rename(next, file);
      const reading = findSet('acme', [parent, PRODUCT]);
      for (let turn = 0; turn < turns % 30; turn += 1) await new Promise(setImmediate);
      symlinkSync(join(parent, 'beta/found.liquid'), next);
      renameSync(next, file);
      const { sources } = await reading;
      expect(sources?.states.get('found')?.text ?? 'refused').to.be.oneOf(['own words', 'refused']);
    }
  });

  it('does not refuse a file that is replaced while it is read', async () => {
    const parent = await writeSets({ 'acme/found.liquid': 'words' });
    for (let turns = 0; turns < 50; turns += 1) {
      const reading = findSet('acme', [parent, PRODUCT]);
      for (let turn = 0; turn < turns % 30; turn += 1) await new Promise(setImmediate);
      for (let times = 0; times < 4; times += 1) {
        await writeFile(join(parent, 'next'), 'words');
        await rename(join(parent, 'next'), join(parent, 'acme/found.liquid'));
      }
      expect((await reading).sources?.states.get('found')?.text).to.equal('words');
    }
  });

  it('does not refuse links within a folder, as Kubernetes makes them', async () => {
    const parent = await writeSets({ 'acme/..2026_11_24/found.liquid': 'mounted' });
    await symlink('..2026_11_24', join(parent, 'acme/..data'));
    await symlink('..data/found.liquid', join(parent, 'acme/found.liquid'));
    const { set } = await loadTemplateSet({ name: 'acme', folders: [parent, PRODUCT] });
    expect(set?.render(fullView(), BERLIN).text).to.equal('mounted');
  });

  it('does not refuse a folder that is a link itself', async () => {
    const parent = await writeSets({});
    const elsewhere = await writeSets({ 'texts/found.liquid': 'linked' });
    await symlink(join(elsewhere, 'texts'), join(parent, 'acme'));
    const { set } = await loadTemplateSet({ name: 'acme', folders: [parent, PRODUCT] });
    expect(set?.render(fullView(), BERLIN).text).to.equal('linked');
  });

  it('is another one when two sets have a piece of the same name, in any order of loading', async () => {
    const parent = await writeSets({
      'acme/found.liquid': '{% render "piece" %}',
      'acme/piece.liquid': 'of acme',
      'beta/found.liquid': '{% render "piece" %}',
      'beta/piece.liquid': 'of beta',
    });
    const load = async (name: string) =>
      (await loadTemplateSet({ name, folders: [parent, PRODUCT] })).set;
    const [acme, beta] = await Promise.all([load('acme'), load('beta')]);
    for (let n = 0; n < 3; n += 1) {
      expect(acme?.render(fullView(), BERLIN).text).to.equal('of acme');
      expect(beta?.render(fullView(), BERLIN).text).to.equal('of beta');
    }
  });

  it('leaves nothing behind for the next one', async () => {
    const parent = await writeSets({
      'acme/found.liquid':
        '{% assign leftover = contact.name %}{% capture leftover2 %}{{ contact.email }}{% endcapture %}{% increment counter %}{% cycle "a", "b" %}',
      'beta/found.liquid': '{% increment counter %}{% cycle "a", "b" %}',
    });
    const load = async (name: string) =>
      (await loadTemplateSet({ name, folders: [parent, PRODUCT] })).set;
    const [acme, beta] = [await load('acme'), await load('beta')];
    const first = acme?.render(fullView(), BERLIN).text;
    expect(first).to.equal('0a');
    expect(beta?.render(fullView(), BERLIN).text).to.equal('0a');
    expect(acme?.render(fullView(), BERLIN).text).to.equal('0a');
  });
});

describe('what is behind the words of a template', () => {
  for (const path of [
    'contact.constructor',
    'contact.__proto__',
    'contact.fields.constructor',
    'contact.fields.__proto__.toString',
    'contact.fields.constructor.constructor',
    'contact.fields["__proto__"]',
    'contact.name.constructor',
    'deals.constructor',
    'deals.first.constructor',
    'source.toString',
    'visitor.hasOwnProperty',
    'tenant.keys',
    'tenant.connections',
    'global',
    'globalThis',
    'process.env',
    'require',
    'this',
    'self',
  ]) {
    it(`is nothing: {{ ${path} }}`, async () => {
      const { set } = await loadText(`<{{ ${path} }}>`);
      // Most are errors when the set is loaded; below `fields` any name goes, and nothing is found.
      if (set === undefined) return;
      const { text, failure } = set.render(fullView(), BERLIN);
      if (failure === undefined) expect(text).to.equal('<>');
    });
  }

  it('is nothing by a name that is made as it runs', async () => {
    for (const name of ['constructor', '__proto__', 'toString', 'prototype']) {
      const text = `{% assign name = "${name}" | append: "" %}<{{ contact.fields[name] }}>`;
      expect(await renderText(text)).to.equal('<>');
    }
  });

  it('cannot be reached by filters that take the name of a property', async () => {
    for (const filter of [
      'map: "constructor"',
      'map: "__proto__"',
      'sort: "constructor"',
      'where: "__proto__", "x"',
      'group_by: "constructor"',
      'sum: "__proto__"',
      'uniq: "toString"',
    ]) {
      const { set } = await loadText(`<{{ deals | ${filter} | json }}>`);
      const text = set?.render(fullView(), BERLIN).text ?? '';
      expect(text, filter).not.to.match(/function|native code|\[object/);
    }
  });

  for (const filter of ['where_exp: "d", "d.constructor"', 'find_exp: "d", "d.constructor.name"']) {
    it(`cannot be reached by expressions in a filter: ${filter}`, async () => {
      const { set } = await loadText(`<{{ deals | ${filter} | json }}>`);
      const text = set?.render(fullView(), BERLIN).text ?? '';
      expect(text).not.to.match(/function|native code|Object|Function/);
    });
  }
});

describe('a large template', () => {
  const MB = 1_000_000;
  for (const [what, text] of [
    ['is longer than a template may be', 'x'.repeat(2 * MB)],
    ['has too many tags', '{{ now }}'.repeat(100_000)],
    ['nests its tags without end', '{% if true %}'.repeat(20_000) + '{% endif %}'.repeat(20_000)],
    ['has an output without end', '{{ now' + ' | append: now'.repeat(9_000)],
    ['has a quoted text without end', `{{ "${'\\"'.repeat(40_000)}`],
    ['has a range without end', '{% for i in (1..' + '9'.repeat(90_000) + ') %}{% endfor %}'],
    ['is full of openings', '{%'.repeat(50_000)],
    ['is full of braces', '{{'.repeat(50_000)],
    ['is full of dots', `{{ now${'.a'.repeat(40_000)} }}`],
    ['is full of brackets', `{{ now${'[now'.repeat(10_000)} }}`],
  ] as const) {
    it(`is refused, or rendered, without harm when it ${what}`, async () => {
      const start = process.cpuUsage();
      const { set, problems } = await loadText(text);
      const shown = set?.render(fullView(), BERLIN).text ?? '';
      expect(shown.length).to.be.at.most(BERLIN.maxLength);
      for (const problem of problems) expect(describeProblem(problem).length).to.be.below(2000);
      const { user, system } = process.cpuUsage(start);
      // Milliseconds of work, not of waiting.
      expect((user + system) / 1000).to.be.below(5000);
    });
  }

  it('is not read to its end when it is a file of gigabytes', async () => {
    const parent = await writeSets({});
    await mkdir(join(parent, 'acme'));
    await writeFile(join(parent, 'acme/found.liquid'), '');
    await truncate(join(parent, 'acme/found.liquid'), 3000 * MB);
    const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [parent, PRODUCT] });
    expect(problems.map(describeProblem)).to.include('1:1 longer than 50000 characters');
  });
});

describe('a filter', () => {
  for (const [what, text] of [
    [
      'that searches is not a regular expression',
      '{% assign x = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" %}{{ x | replace: "(a+)+$", "b" }}{{ x | split: "(a+)+$" | size }}',
    ],
    [
      'that strips takes time in proportion',
      '{% assign x = "<" %}{% for i in (1..15) %}{% assign x = x | append: x %}{% endfor %}{{ x | strip_html | size }}{{ x | strip_newlines | size }}{{ x | escape | size }}',
    ],
    [
      'that reads dates takes time in proportion',
      '{% assign x = "%" %}{% for i in (1..14) %}{% assign x = x | append: x %}{% endfor %}{{ now | date: x | size }}{{ x | date: "%Y" }}',
    ],
    [
      'that cuts makes no more than there is',
      '{{ "x" | truncate: 999999999 | size }}{{ "x" | slice: 0, 999999999 | size }}{{ "x" | truncatewords: 999999999 }}',
    ],
    [
      'that counts breaks at no number',
      '{{ 1 | divided_by: 0 }}{{ 9e99 | times: 9e99 }}{{ "x" | times: 2 }}{{ 1e309 | round: 999 }}',
    ],
  ] as const) {
    it(what, async () => {
      const { set } = await loadText(text);
      const start = process.cpuUsage();
      const rendered = set?.render(fullView(), BERLIN);
      expect(rendered?.text.length ?? 0).to.be.at.most(BERLIN.maxLength);
      const { user, system } = process.cpuUsage(start);
      expect((user + system) / 1000).to.be.below(1000);
    });
  }
});
