/** Sets as large as they may be: loading one, as a reload does, holds up no answer. */
import { join } from 'node:path';
import { expect } from 'chai';
import { loadTemplateSet, type TemplateSetResult } from '../../src/render/load.ts';
import { longestTurn } from '../support/longest-turn.ts';
import { describeProblem, PRODUCT, writeSets } from './temporary-sets.ts';

const LENGTH = 49_000;
const PIECES = 9;
/** Agents wait less than 200 ms. */
const MAX_TURN_MS = 150;

const fill = (text: string, length = LENGTH) => text.repeat(Math.floor(length / text.length));
const numbered = (count: number, write: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => write(n)).join('');
const calls = (tag: string) => numbered(PIECES, (n) => `{% ${tag} "p${n}" %}`);

/** A template, the text of each of nine pieces, and the first problem. */
const SETS: Readonly<Record<string, readonly [string, string, string | undefined]>> = {
  'without a mistake': [
    calls('render') + fill('{{ contact.name }}\n', 48_000),
    fill('{{ contact.name }}\n'),
    undefined,
  ],
  'that include each other': [
    calls('include') + fill('{% if now %}x{% endif %}', 48_000),
    fill('{% if now %}x{% endif %}'),
    'too much is included here',
  ],
  'of misspelt words': [
    calls('render') + fill('{{ nmae }}\n', 48_000),
    fill('{{ now | nmae }}\n'),
    'nmae: unknown word',
  ],
  'of misspelt words beside a thousand assigned ones': [
    numbered(1000, (n) => `{% assign variable${n} = now %}`) + fill('{{ Variabel }}', 15_000),
    'x',
    'Variabel: unknown word',
  ],
  'of misspelt tags': [fill('{% foo %}\n'), 'x', 'foo: unknown tag'],
  'of comments of other languages': [fill('{##}'), fill('<!---->'), 'agents would read this'],
  'of other placeholders': [fill('[[contact.x]] '), fill('{{ a && b }}'), 'these signs mean'],
  'in thousands of unknown languages': [
    `{% # language: ${fill('xyzzy, ', 48_000)} %}x`,
    'x',
    undefined,
  ],
  'with thousands of arguments': [
    `{{ now }}{% render "p0" ${numbered(2500, (n) => `, a${n}: now`)} %}`,
    numbered(2500, (n) => `{{ b${n} }}`),
    'a0: the partial does not use this',
  ],
  'with names of 20,000 characters': [
    `{% assign ${fill('v', 20_000)} = now %}{{ V${fill('v', 20_000)}x }}`,
    'x',
    'V',
  ],
  'nested without an end': [fill('{% if now %}'), 'x', 'the tags stand too deep in each other'],
};

describe('loading templates', () => {
  for (const [what, [found, piece, problem]] of Object.entries(SETS)) {
    it(`${what} keeps no answer waiting`, async () => {
      const pieces = Array.from({ length: PIECES }, (_, n) => [`acme/p${n}.liquid`, piece]);
      const own = await writeSets({ ...Object.fromEntries(pieces), 'acme/found.liquid': found });
      let loaded: TemplateSetResult | undefined;
      const longest = await longestTurn(async () => {
        loaded = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
      });
      const [first] = loaded?.problems ?? [];
      if (problem === undefined) expect(loaded?.problems).to.equal(undefined);
      else expect(first?.message).to.contain(problem);
      expect(longest).to.be.below(MAX_TURN_MS);
    });
  }

  it('lists 200 mistakes of a file, and says that there are more', async () => {
    const own = await writeSets({ 'acme/found.liquid': fill('{{ nmae }}\n', 5000) });
    const { problems = [] } = await loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
    expect(problems).to.have.lengthOf(201);
    expect(problems.slice(199).map(describeProblem).join('\n')).to.match(
      /^200:4 nmae: unknown word.*\n201:4 more mistakes follow; correct those above first$/,
    );
  });

  it('refuses a folder of 9,000 files at once', async () => {
    const files = Array.from({ length: 9000 }, (_, n) => [`acme/p${n}.liquid`, '{{ nmae }}']);
    const own = await writeSets({ ...Object.fromEntries(files), 'acme/found.liquid': 'x' });
    const load = () => loadTemplateSet({ name: 'acme', folders: [own, PRODUCT] });
    const { problems = [] } = await load();
    expect(problems.map(({ file, message }) => [file, message])).to.deep.equal([
      [join(own, 'acme'), 'more than 200 templates in this folder'],
    ]);
    expect(await longestTurn(load)).to.be.below(MAX_TURN_MS);
  });
});
