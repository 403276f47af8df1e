/** What docs/templates.md names is what there is; docs-examples.test.ts runs its examples. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { runAtOnce } from '../../src/model/time-slice.ts';
import { compileTemplates } from '../../src/render/compile.ts';
import { pieceCompletions } from '../../src/render/completion.ts';
import { FILTERS } from '../../src/render/filter-table.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import { TEMPLATE_SCHEMA, type Words } from '../../src/render/template-words.ts';
import { WORD_DOCS } from '../../src/render/word-docs.ts';
import { blocksOf, cellsOf, PAGE } from './docs-page.ts';
import { PRODUCT, problemsOf } from './temporary-sets.ts';

const SHIPPED = join(import.meta.dirname, '../../config/examples/templates/acme/found.liquid');

describe('docs/templates.md', () => {
  it('names every word', async () => {
    const code = codeOf(await readFile(PAGE, 'utf8'));
    for (const word of allWords(TEMPLATE_SCHEMA)) {
      expect(code, word).to.satisfy(
        (text: string) => text.includes(word) || text.includes(word.replace('.first.', '.last.')),
      );
    }
  });

  it('says of each word what editors say', async () => {
    const rows = (await readFile(PAGE, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    for (const [word, doc] of Object.entries(WORD_DOCS)) {
      const name = word.replace('[]', '.(?:first|last)');
      const row = rows.find((line) => new RegExp(`^\\| \`${name}\\b`, 'u').test(line));
      expect(row, word)
        .to.match(/./u)
        .and.to.satisfy((line: string) => line.endsWith(`| ${doc} |`));
    }
  });

  it('names every filter, with an example', async () => {
    const page = await readFile(PAGE, 'utf8');
    const examples = cellsOf(page).map(({ code }) => code);
    for (const [name, { doc }] of Object.entries(FILTERS)) {
      expect(page, name).to.include(`| \`${name}\`: ${doc} |`);
      expect(
        examples.some((example) => example.includes(`| ${name}`)),
        name,
      ).to.be.true;
    }
  });

  it('says which pieces ship, and what each takes', async () => {
    const page = await readFile(PAGE, 'utf8');
    const rows = cellsOf(page).filter(({ head }) => head === 'piece');
    const taken = rows.map(({ code }) => {
      const [, name = '', given = ''] = /^\{% render "(\w+)"(.*?) %\}$/u.exec(code) ?? [];
      return [name, [...given.matchAll(/, (\w+): /gu)].map(([, word]) => word).sort()];
    });
    const { set } = await loadTemplateSet({ name: 'default', folders: [PRODUCT] });
    if (set === undefined) throw new Error('expected the set');
    const pieces = pieceCompletions(runAtOnce(compileTemplates(set.sources)));
    expect(Object.fromEntries(taken)).to.deep.equal(
      Object.fromEntries(pieces.map(({ name, parameters }) => [name, parameters])),
    );
  });

  it('names every letter of date', async () => {
    const page = await readFile(PAGE, 'utf8');
    const [, section = ''] = page.split('### Dates by pattern');
    for (const letter of 'aAbBcdeHIjklmMpPqsSuUwWxXyYzZ%') expect(section).to.include(`%${letter}`);
  });

  it('says which mistakes there are', async () => {
    const wrong = blocksOf(await readFile(PAGE, 'utf8')).filter(
      ({ info }) => info === 'liquid wrong',
    );
    expect(wrong).to.have.length.above(1);
    for (const { code, next } of wrong) {
      expect((await problemsOf(code)).join('\n')).to.equal(next.trimEnd());
    }
  });

  it('begins with the template that ships', async () => {
    const [first] = blocksOf(await readFile(PAGE, 'utf8'));
    expect(first?.code).to.equal(await readFile(SHIPPED, 'utf8'));
  });
});

function allWords(words: Words, path = ''): readonly string[] {
  return Object.entries(words).flatMap(([name, { type }]) => {
    const word = path === '' ? name : `${path}.${name}`;
    if (type.kind === 'group') return allWords(type.words, word);
    if (type.kind === 'list' && type.of.kind === 'group') {
      return allWords(type.of.words, `${word}.first`);
    }
    return [type.kind === 'fields' ? `${word}.` : word];
  });
}

/** All that stands in backticks. */
function codeOf(page: string): string {
  return [...page.matchAll(/`([^`\n]+)`/gu)].map(([, code = '']) => code).join('\n');
}
