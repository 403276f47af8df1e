/**
 * Reads the sources: which folder of src/ may import which, that no import goes round in a circle, and that
 * src/ and connectors/ use plain words.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { houseWordsIn } from './support/plain-words.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * Where `clock.now()` is read: for a time that is shown, sent or compared with one that a CRM sent. It steps when
 * the machine's time is set, so what measures a duration reads `clock.monotonic()`.
 */
const WALL_CLOCK_READERS = [
  'connectors/csv/live-directory.ts',
  'connectors/hubspot/access-token.ts',
  'connectors/hubspot/client.ts',
  'connectors/hubspot/index.ts',
  'connectors/rest/index.ts',
  'connectors/rest/sign-in.ts',
  'connectors/salesforce/jsforce.ts',
  'connectors/salesforce/sign-in.ts',
  'src/bridge/answer.ts',
  'src/bridge/reload.ts',
  'src/bridge/snapshot.ts',
  'src/bridge/template-preview.ts',
  'src/cache/lookup-cache.ts',
  'src/http/contact-route.ts',
  'src/telemetry/log.ts',
  'src/upstream/circuit-breaker.ts',
  'src/upstream/policy.ts',
  'src/upstream/stats.ts',
];

/** The folders of src/ from the top down: each imports only from those below it. */
const LAYERS = [
  'main.ts',
  'cli',
  'http',
  'bridge',
  'lookup',
  'cache',
  'upstream',
  'limits',
  'redis',
  'telemetry',
  'config',
  'render',
  'connector',
  'auth',
  'model',
];

interface Import {
  readonly from: string;
  readonly to: string;
  /** As it is written: the names, or the whole `import(…)`. */
  readonly names: string;
}

describe('the conventions of src/', () => {
  let imports: readonly Import[];

  before(async () => {
    const files = await sources();
    imports = (
      await Promise.all(
        files.map(async (file) => importsOf(file, await readFile(join(ROOT, file), 'utf8'))),
      )
    ).flat();
  });

  it('every file is in a folder of the list', async () => {
    const unknown = (await sources()).filter((file) => !LAYERS.includes(layerOf(file)));
    expect(unknown).to.deep.equal([]);
  });

  it('a folder imports only from folders below it', () => {
    const upwards = imports.filter(
      ({ from, to }) => LAYERS.indexOf(layerOf(to)) < LAYERS.indexOf(layerOf(from)),
    );
    expect(upwards.map(show)).to.deep.equal([]);
  });

  it('no import goes round in a circle, types included', () => {
    expect(circlesOf(imports).map((circle) => circle.map(show).join('\n'))).to.deep.equal([]);
  });

  it('a connector imports the bridge by src/connector/index.ts only', async () => {
    const files = await filesBelow('connectors', /\.ts$/);
    const found = await Promise.all(
      files.map(async (file) => importsOf(file, await readFile(join(ROOT, file), 'utf8'))),
    );
    const further = found
      .flat()
      .filter(({ to }) => to.startsWith('src/') && to !== 'src/connector/index.ts');
    expect(further.map(show)).to.deep.equal([]);
  });

  it('the command line loads no Express unless it serves', () => {
    const reached = reachableFrom('src/cli/run.ts', imports, (to) => to !== 'src/cli/serve.ts');
    expect([...reached].filter((file) => file.startsWith('src/http/'))).to.deep.equal([]);
  });

  it('node:http is not imported but for types: src/http/node-http.ts says why', async () => {
    const files = [
      ...(await filesBelow('src', /\.ts$/)),
      ...(await filesBelow('connectors', /\.ts$/)),
    ];
    const texts = await Promise.all(files.map((file) => readFile(join(ROOT, file), 'utf8')));
    const isImport = /^import (?!type)[^;]* from '(?:node:)?https?';/m;
    expect(files.filter((_, index) => isImport.test(texts[index] ?? ''))).to.deep.equal([]);
  });

  it('reads the wall clock only for times that are shown or exchanged', async () => {
    const files = [
      ...(await filesBelow('src', /\.ts$/)),
      ...(await filesBelow('connectors', /\.ts$/)),
    ];
    const texts = await Promise.all(files.map((file) => readFile(join(ROOT, file), 'utf8')));
    const readers = files.filter((_, index) => /\bclock\.now\(\)/i.test(texts[index] ?? ''));
    expect(readers.sort()).to.deep.equal(WALL_CLOCK_READERS);
  });

  describe('the reader of imports', () => {
    it('finds types, values, re-exports and lazy imports', () => {
      const source = `import type { A } from './a.ts';
        import { type B, b } from './b.ts';
        export { c } from '../c.ts';
        const d = await import('./d.ts');
        type E = import('./e.ts').E;
        import zod from 'zod';`;
      const found = importsOf('src/x/file.ts', source).map(({ to }) => to);
      const own = ['src/x/a.ts', 'src/x/b.ts', 'src/c.ts', 'src/x/d.ts', 'src/x/e.ts'];
      expect(found).to.have.members(own);
    });

    it('finds a circle and shows its arrows with the names used', () => {
      const circle = ['a', 'b', 'c'].map((name, index, all) => ({
        from: `${name}.ts`,
        to: `${all[(index + 1) % 3] ?? ''}.ts`,
        names: `{ ${name} }`,
      }));
      const beside = { from: 'd.ts', to: 'a.ts', names: '{ d }' };
      const [found = [], ...others] = circlesOf([...circle, beside]);
      expect(others).to.deep.equal([]);
      expect(found.map(show)).to.have.members([
        'a.ts -> b.ts { a }',
        'b.ts -> c.ts { b }',
        'c.ts -> a.ts { c }',
      ]);
    });
  });
});

describe('the words of src/ and connectors/', () => {
  it('are plain: names, comments and texts', async () => {
    const files = [
      ...(await filesBelow('src', /\.ts$/)),
      ...(await filesBelow('connectors', /\.(ts|md)$/)),
    ];
    const found = await Promise.all(
      files.map(async (file) => {
        const lines = (await readFile(join(ROOT, file), 'utf8')).split('\n');
        return lines.flatMap((line, index) =>
          houseWordsIn(line).map(
            ({ word, instead }) => `${file}:${index + 1} "${word}": say ${instead}`,
          ),
        );
      }),
    );
    expect(found.flat().join('\n')).to.equal('');
  });

  it('are found in prose and as parts of names, not in addresses', () => {
    const words = (line: string) => houseWordsIn(line).map(({ word }) => word);
    expect(words('const timesTold = PATIENCE_MS;')).to.deep.equal(['told', 'patience']);
    expect(words('// Nobody has a folder of its own.')).to.deep.equal(['nobody', 'of its own']);
    expect(words("amends: 'nobody@acme.example', retell, foretold")).to.deep.equal([]);
  });
});

function sources(): Promise<readonly string[]> {
  return filesBelow('src', /\.ts$/);
}

async function filesBelow(folder: string, wanted: RegExp): Promise<readonly string[]> {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  return names.filter((name) => wanted.test(name)).map((name) => join(folder, name));
}

/** `src/http/ops/health.ts` → `http`. */
function layerOf(file: string): string {
  return file.split('/')[1] ?? '';
}

function show({ from, to, names }: Import): string {
  return `${from} -> ${to} ${names}`;
}

function importsOf(file: string, text: string): readonly Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, names: string): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    if (!specifier.text.startsWith('.')) return;
    found.push({ from: file, to: join(dirname(file), specifier.text), names: oneLine(names) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.getText() ?? '');
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.exportClause?.getText() ?? '*');
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], node.getText());
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** @returns for each circle the imports it is made of: those between files that reach each other. */
function circlesOf(all: readonly Import[]): readonly (readonly Import[])[] {
  const files = [...new Set(all.flatMap(({ from, to }) => [from, to]))];
  const reached = new Map(files.map((file) => [file, reachableFrom(file, all, () => true)]));
  const reaches = (from: string, to: string) => reached.get(from)?.has(to) === true;
  const circles = new Map<string, Import[]>();
  for (const one of all.filter(({ from, to }) => reaches(to, from))) {
    const members = files.filter((file) => reaches(one.from, file) && reaches(file, one.from));
    const name = members.sort().join();
    circles.set(name, [...(circles.get(name) ?? []), one]);
  }
  return [...circles.values()];
}

/** Every file that `start` imports, directly or through others. */
function reachableFrom(
  start: string,
  all: readonly Import[],
  follows: (to: string) => boolean,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const next = [start];
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    for (const { to } of all.filter(({ from }) => from === file)) {
      if (reached.has(to) || !follows(to)) continue;
      reached.add(to);
      next.push(to);
    }
  }
  return reached;
}
