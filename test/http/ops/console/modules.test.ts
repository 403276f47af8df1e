/** The libraries of the console's page, as they are sent and as their packages have them. */
import { expect } from 'chai';
import ts from 'typescript';
import { readAssets } from '../../../../src/http/ops/console/assets.ts';
import { readLibraries } from '../../../../src/http/ops/console/modules.ts';

describe('the libraries of the console', () => {
  it('lose nothing but comments', async () => {
    const originals = await readLibraries((text) => text);
    const sent = await readLibraries();
    sent.forEach(({ specifier, text }, index) => {
      expect(print(text), specifier).to.equal(print(originals[index]?.text ?? ''));
    });
    expect(sizeOf(sent)).to.be.lessThan(sizeOf(originals) * 0.9);
  });
});

describe('the files of the console', () => {
  it('are less than 300 kB together as they are sent', async () => {
    const { files } = await readAssets();
    const bodies = await Promise.all([...files.values()].map((file) => file.encoded('br')));
    expect(bodies.reduce((total, { length }) => total + length, 0)).to.be.lessThan(300_000);
  });
});

/** Without comments, in one layout. */
function print(text: string): string {
  const source = ts.createSourceFile('module.js', text, ts.ScriptTarget.Latest);
  return ts.createPrinter({ removeComments: true }).printFile(source);
}

function sizeOf(modules: readonly { readonly text: string }[]): number {
  return modules.reduce((sum, { text }) => sum + text.length, 0);
}
