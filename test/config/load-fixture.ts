/** Loads a file of `test/fixtures/config/` as the bridge would, with the connectors and templates that are there. */
import { join } from 'node:path';
import {
  loadConfiguration,
  type ConfigurationResult,
  type LoadOptions,
} from '../../src/config/load.ts';
import type { LoadTemplates } from '../../src/config/checks/template-sets.ts';

export const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'config');

const NONE = { states: new Map(), partials: new Map() };
const NO_SOURCES = { ...NONE, builtIn: NONE, own: [] };

/** Knows no Liquid: the set called `broken` has one problem, all others are fine. */
export const loadTemplates: LoadTemplates = ({ name, folders }) => {
  const file = join(folders.at(-1) ?? '', name, 'found.liquid');
  const watched = { files: [file], folders: folders.map((folder) => join(folder, name)) };
  if (name === 'broken') {
    const problem = {
      file,
      line: 1,
      column: 4,
      length: 8,
      severity: 'error' as const,
      message: 'contact.nam: unknown word',
      hint: 'did you mean "contact.name"?',
      excerpt: '{{ contact.nam }}\n   ^',
    };
    return Promise.resolve({ problems: [problem], warnings: [], ...watched });
  }
  return Promise.resolve({
    set: { name, sources: NO_SOURCES, render: () => ({ text: name }), wordsRead: () => [] },
    warnings: [],
    inOtherLanguages: () => [],
    ...watched,
  });
};

/** @param file relative to the fixtures' folder, or absolute */
export function load(
  file: string,
  options: Partial<LoadOptions> = {},
): Promise<ConfigurationResult> {
  return loadConfiguration({
    file,
    env: { WORD: 'a-word' },
    workingDir: FIXTURES,
    loadTemplates,
    builtinConnectors: join(FIXTURES, 'connectors'),
    builtinTemplates: join(FIXTURES, 'templates'),
    ...options,
  });
}
