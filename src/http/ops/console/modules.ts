/**
 * The libraries of the console's page: each module's file, as its package has it. The page's import map has these
 * names; what one library imports from another is in the list too.
 */
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Library {
  /** As in `import … from '@codemirror/view'`. */
  readonly specifier: string;
  /** Its file in the package. */
  readonly file: string;
  /** The library in whose `node_modules` npm may have put it. */
  readonly neededBy?: string;
}

const LIBRARIES: readonly Library[] = [
  { specifier: 'preact', file: 'dist/preact.mjs' },
  { specifier: 'preact/hooks', file: 'hooks/dist/hooks.mjs' },
  { specifier: 'htm', file: 'dist/htm.mjs' },
  { specifier: '@codemirror/autocomplete', file: 'dist/index.js' },
  { specifier: '@codemirror/commands', file: 'dist/index.js' },
  { specifier: '@codemirror/lang-liquid', file: 'dist/index.js' },
  { specifier: '@codemirror/language', file: 'dist/index.js' },
  { specifier: '@codemirror/lint', file: 'dist/index.js' },
  { specifier: '@codemirror/merge', file: 'dist/index.js' },
  { specifier: '@codemirror/state', file: 'dist/index.js' },
  { specifier: '@codemirror/view', file: 'dist/index.js' },
  { specifier: '@lezer/highlight', file: 'dist/index.js' },
  {
    specifier: '@codemirror/streamparser',
    file: 'dist/index.js',
    neededBy: '@codemirror/language',
  },
  { specifier: '@lezer/common', file: 'dist/index.js', neededBy: '@codemirror/language' },
  { specifier: '@lezer/lr', file: 'dist/index.js', neededBy: '@codemirror/language' },
  { specifier: '@marijn/find-cluster-break', file: 'src/index.js', neededBy: '@codemirror/state' },
  { specifier: 'crelt', file: 'index.js', neededBy: '@codemirror/view' },
  { specifier: 'style-mod', file: 'src/style-mod.js', neededBy: '@codemirror/view' },
  { specifier: 'w3c-keyname', file: 'index.js', neededBy: '@codemirror/view' },
];

export interface LibraryModule {
  readonly specifier: string;
  readonly text: string;
}

/** @param change what becomes of each text. @throws {Error} when one is not installed. */
export function readLibraries(
  change: (text: string) => string = withoutComments,
): Promise<readonly LibraryModule[]> {
  return Promise.all(
    LIBRARIES.map(async ({ specifier, file, neededBy }) => {
      const base = neededBy === undefined ? import.meta.url : packageOf(neededBy, import.meta.url);
      const folder = dirname(packageOf(specifier, base));
      return { specifier, text: change(await readFile(join(folder, file), 'utf8')) };
    }),
  );
}

/** Leaves out lines that are nothing but comments: nearly a third of the editor's size as it is sent. */
function withoutComments(text: string): string {
  return text.replace(/^[ \t]*(?:\/\*(?:(?!\*\/)[^])*\*\/[ \t]*|\/\/.*)\n/gm, '');
}

/** @returns the path of a package's package.json. @param base the file that would import it. */
function packageOf(specifier: string, base: string): string {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const parent = base.startsWith('file:') ? base : pathToFileURL(base).href;
  const found = findPackageJSON(name, parent);
  if (found === undefined) throw new Error(`the package ${name} is not installed`);
  return found;
}
