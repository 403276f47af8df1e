import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { FILTERS } from '../../src/render/filter-table.ts';
import { WORD_DOCS } from '../../src/render/word-docs.ts';
import { TEMPLATE_SCHEMA, type Words } from '../../src/render/template-schema.ts';
import { BERLIN, fullView } from '../support/views.ts';
import { loadText, problemsOf } from './temporary-sets.ts';

const PAGE = new URL('../../docs/templates.md', import.meta.url);

/** The person of the page. */
const { source } = fullView();
const VIEW = fullView({ source: { ...source, partial: true, missing: ['marketing'] } });

describe('docs/templates.md', () => {
  it('names every word', async () => {
    const code = codeOf(await readFile(PAGE, 'utf8'));
    for (const word of allWords(TEMPLATE_SCHEMA)) expect(code, word).to.include(word);
  });

  it('says of each word what editors say', async () => {
    const rows = (await readFile(PAGE, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    for (const [word, doc] of Object.entries(WORD_DOCS)) {
      const name = word.replace('[]', '.first');
      const row = rows.find((line) => new RegExp(`^\\| \`${name}\\b`, 'u').test(line));
      expect(row, word)
        .to.match(/./u)
        .and.to.satisfy((line: string) => line.endsWith(`| ${doc} |`));
    }
  });

  it('names every filter, with an example', async () => {
    const page = await readFile(PAGE, 'utf8');
    const examples = tableRows(page, 'example').map(([example = '']) => example);
    for (const [name, { doc }] of Object.entries(FILTERS)) {
      expect(page, name).to.include(`| \`${name}\`: ${doc} |`);
      expect(
        examples.some((example) => example.includes(`| ${name}`)),
        name,
      ).to.be.true;
    }
  });

  it('says what the words and filters print', async () => {
    const page = await readFile(PAGE, 'utf8');
    const rows = [...tableRows(page, 'word'), ...tableRows(page, 'example')];
    expect(rows.length).to.be.greaterThan(150);
    const template = rows.map(([example = '']) => `={{ ${example} }}=`).join('\n');
    const { set, problems } = await loadText(template);
    expect(problems).to.deep.equal([]);
    const printed = set?.render(VIEW, { ...BERLIN, maxLength: 100_000 }).text.split('\n');
    expect(printed).to.deep.equal(rows.map(([, prints = '']) => `=${prints}=`));
  });

  it('says what the examples print', async () => {
    const pieces: Record<string, string> = {};
    let seen = 0;
    for (const { info, code, next } of blocks(await readFile(PAGE, 'utf8'))) {
      if (info.startsWith('liquid ') && info.endsWith('.liquid')) pieces[info.slice(7)] = code;
      if (info === 'liquid wrong') {
        expect((await problemsOf(code)).join('\n')).to.equal(next.trimEnd());
        seen++;
      }
      if (info !== 'liquid') continue;
      const { set, problems } = await loadText(code, pieces);
      expect(problems).to.deep.equal([]);
      expect(`${set?.render(VIEW, BERLIN).text ?? ''}\n`).to.equal(next);
      seen++;
    }
    expect(seen).to.be.greaterThan(8);
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

/** The code in the first two cells of the rows of all tables with such a head. */
function tableRows(page: string, head: string): readonly (readonly string[])[] {
  return page
    .split('\n\n')
    .filter((part) => part.startsWith(`| ${head} |`))
    .flatMap((table) => table.trim().split('\n').slice(2))
    .map((row) => [...row.matchAll(/`((?:\\\||[^`])*)`/gu)].slice(0, 2))
    .map((cells) => cells.map(([, code = '']) => code.replaceAll('\\|', '|')));
}

/** Blocks of code, each with the content of the one that follows. */
function blocks(page: string): readonly { info: string; code: string; next: string }[] {
  const all = [...page.matchAll(/^```(\w[^\n]*)\n(.*?)^```$/gmsu)];
  return all.map(([, info = '', code = ''], index) => ({
    info,
    code,
    next: all[index + 1]?.[2] ?? '',
  }));
}
