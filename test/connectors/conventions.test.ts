/** Reads the sources: what connectors may import, and that the bridge imports no connector. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join, relative, resolve } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const contract = ['src/connector/index.ts', 'src/model/profile.ts'];
/** The contract, by the name the package exports it as. */
const self = 'snapengage-crm-bridge';
/** Packages small enough to be loaded before a connection is opened. */
const light = ['zod', self];

interface Import {
  readonly from: string;
  /** Loaded as soon as the file is. */
  readonly atOnce: boolean;
}

describe('the conventions of connectors', () => {
  it('the reader of sources distinguishes types, values and lazy imports', () => {
    const source = `import type { A } from 'a';
      import { type B } from 'b';
      import { c, type C } from 'c';
      import 'd';
      export { e } from 'e';
      export type { F } from 'f';
      const g = await import('g');
      type H = import('h').H;`;
    const found = importsOf(source).map(({ from, atOnce }) => (atOnce ? from.toUpperCase() : from));
    expect(found).to.have.members(['a', 'B', 'C', 'D', 'E', 'f', 'g', 'h']);
  });

  it('src/ imports no connector', async () => {
    for (const file of await sourcesIn('src'))
      for (const { from } of importsOf(await read(file)))
        expect(target(file, from), file).to.not.match(/^connectors\//);
  });

  it('connectors/ holds the five that ship, and each folder has an index.ts', async () => {
    const folders = await connectors();
    expect(folders).to.include.members(['csv', 'hubspot', 'rest', 'salesforce', 'sql']);
    for (const folder of folders)
      expect(await sourcesIn(`connectors/${folder}`)).to.include(`connectors/${folder}/index.ts`);
  });

  describe('what a connector imports', () => {
    let imports: readonly (Import & { readonly file: string; readonly folder: string })[];
    let dependencies: readonly string[];

    before(async () => {
      const sources = (await connectors()).map(async (name) => {
        const folder = `connectors/${name}/`;
        const files = await sourcesIn(folder);
        const found = files.map(async (file) =>
          importsOf(await read(file)).map((one) => ({ ...one, file, folder })),
        );
        return (await Promise.all(found)).flat();
      });
      imports = (await Promise.all(sources)).flat();
      const manifest = JSON.parse(await read('package.json')) as { dependencies: object };
      dependencies = Object.keys(manifest.dependencies);
    });

    it('is its own files, the contract, Node and packages, nothing else', () => {
      for (const { file, folder, from } of imports.filter((one) => one.from.startsWith('.'))) {
        const path = target(file, from);
        const isAllowed = path.startsWith(folder) || contract.includes(path);
        expect(isAllowed, `${file} imports ${from}`).to.equal(true);
      }
    });

    it('is only packages that are dependencies', () => {
      for (const { file, from } of imports.filter((one) => isPackage(one.from)))
        expect([...dependencies, self], file).to.include(packageName(from));
    });

    it('is loaded when it is opened, not before, but for zod', () => {
      for (const { file, from } of imports.filter((one) => isPackage(one.from) && one.atOnce))
        expect(light, `${file} imports ${from}`).to.include(packageName(from));
    });
  });

  it('only index.ts has a default export, and it is a connector', async () => {
    for (const folder of await connectors()) {
      for (const file of await sourcesIn(`connectors/${folder}`)) {
        const isIndex = file === `connectors/${folder}/index.ts`;
        expect(/^export default /m.test(await read(file)), file).to.equal(isIndex);
      }
      const module = (await import(join(root, `connectors/${folder}/index.ts`))) as object;
      // csv also exports how it is made, for tests that do not wait.
      expect(Object.keys(module), folder).to.include('default');
      const { default: connector } = module as { default: object };
      expect(connector).to.have.all.keys('settings', 'open');
    }
  });
});

async function connectors(): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'connectors'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** @returns the folder's TypeScript files, relative to the root. */
async function sourcesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return names.filter((name) => /\.ts$/.test(name)).map((name) => join(folder, name));
}

async function read(file: string): Promise<string> {
  return await readFile(join(root, file), 'utf8');
}

/** Where an import of one of our own files leads, relative to the root. */
function target(file: string, from: string): string {
  return relative(root, resolve(root, file, '..', from));
}

function isPackage(from: string): boolean {
  return !from.startsWith('.') && !from.startsWith('node:');
}

function packageName(from: string): string {
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
}

function importsOf(source: string): readonly Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, !isErased(node));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, !node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, false);
    ts.forEachChild(node, visit);
  };
  const add = (from: ts.Node | undefined, atOnce: boolean): void => {
    if (from !== undefined && ts.isStringLiteralLike(from)) found.push({ from: from.text, atOnce });
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest));
  return found;
}

/** `import { type A }` is not: what is left of it, `import {}`, still loads the module. */
function isErased({ importClause }: ts.ImportDeclaration): boolean {
  return importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}
