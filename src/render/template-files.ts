/** Finds the files of a template set in its folders, and reads them. */
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { didYouMean } from '../model/closest-match.ts';
import { READ_FLAGS, whyUnreadable } from '../model/readable-file.ts';
import { MAX_TEMPLATE_LENGTH, withoutExtension } from './engine.ts';
import { problemOf, type TemplateProblem } from './problem.ts';
import type { SetSources, TemplateSource, TemplateSources } from './template-sources.ts';
import { OUTCOMES } from './template-set.ts';

/** The set that fills the gaps of others, and the folder of pieces that all may use. */
const DEFAULT = 'default';
const PARTIALS = 'partials';
/** Of one folder; all are held against each other when the configuration is loaded. */
const MAX_FILES = 200;
const MAX_CHARACTERS = 500_000;

export interface Found {
  readonly sources?: SetSources;
  readonly problems: readonly TemplateProblem[];
  /** All files that were found, and all folders where further ones may turn up. Absolute. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

type Folder = ReadonlyMap<string, TemplateSource>;

/** @param parents absolute, the first wins; the last is the product's own. */
export async function findSet(name: string, parents: readonly string[]): Promise<Found> {
  const reader = new Reader();
  const sets = await Promise.all(parents.map((parent) => reader.setsIn(parent)));
  const parent = parents[sets.findIndex((names) => names.includes(name))];
  if (parent === undefined) {
    reader.problems.push(noSuchSet(name, parents, sets.flat()));
    return reader.found();
  }
  const folder = join(parent, name);
  const own = await reader.read(folder);
  const defaults = await Promise.all(parents.map((each) => reader.read(join(each, DEFAULT))));
  const shared = await Promise.all(parents.map((each) => reader.read(join(each, PARTIALS))));
  const sources = {
    ...sourcesIn([own], shared, defaults),
    builtIn: sourcesIn([], shared.slice(-1), defaults.slice(-1)),
    own: [...own.keys()],
  };
  if (reader.problems.length === 0 && !OUTCOMES.some((outcome) => own.has(outcome))) {
    const files = OUTCOMES.map((outcome) => `${outcome}.liquid`).join(', ');
    const hint = `it may have ${files}; what it lacks comes from "${DEFAULT}"`;
    reader.problems.push(problemOf(folder, 'no template in this folder', hint));
  }
  for (const outcome of OUTCOMES.filter((each) => !sources.states.has(each))) {
    const message = `${outcome}.liquid: neither here nor in "${DEFAULT}"`;
    reader.problems.push(problemOf(folder, message));
  }
  return reader.found(sources);
}

/** Of files with the same name the first wins. */
function sourcesIn(
  own: readonly Folder[],
  shared: readonly Folder[],
  defaults: readonly Folder[],
): TemplateSources {
  const merge = (...folders: readonly Folder[]) =>
    new Map(folders.toReversed().flatMap((folder) => [...folder]));
  const texts = merge(...own, ...defaults);
  const partials = merge(...own, ...shared, ...defaults);
  for (const outcome of OUTCOMES) partials.delete(outcome);
  const states = OUTCOMES.flatMap((outcome) => {
    const source = texts.get(outcome);
    return source === undefined ? [] : [[outcome, source] as const];
  });
  return { states: new Map(states), partials };
}

function noSuchSet(
  name: string,
  parents: readonly string[],
  sets: readonly string[],
): TemplateProblem {
  const [file = '.'] = parents;
  const names = [...new Set(sets)].sort();
  const hint =
    didYouMean(name, names) ?? (names.length === 0 ? undefined : `there are ${names.join(', ')}`);
  const isPlain = /^[\p{L}\p{N}_-][\p{L}\p{N}_. -]*$/u.test(name);
  const message = isPlain
    ? `no template folder "${name}" here`
    : `"${name}" is not the plain name of a folder`;
  return problemOf(file, message, hint);
}

/** Remembers which files and folders it read, and what was wrong with them. */
class Reader {
  readonly problems: TemplateProblem[] = [];
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** Names of the sets in a parent folder. */
  async setsIn(parent: string): Promise<readonly string[]> {
    const names = await this.#list(parent);
    if (names === undefined) this.problems.push(problemOf(parent, 'no such folder'));
    const sets = (names ?? []).map(async (name) => {
      const isSet = name !== PARTIALS && (await isDirectory(join(parent, name)));
      return isSet ? [name] : [];
    });
    return (await Promise.all(sets)).flat();
  }

  /** The templates of a folder by name; none when it does not exist. */
  async read(folder: string): Promise<Folder> {
    const names = ((await this.#list(folder)) ?? []).filter((name) => name.endsWith('.liquid'));
    if (names.length > MAX_FILES) {
      this.problems.push(problemOf(folder, `more than ${MAX_FILES} templates in this folder`));
      return new Map();
    }
    const sources = names.map(async (name): Promise<(readonly [string, TemplateSource])[]> => {
      const file = join(folder, name);
      this.#files.add(file);
      const text = await readInside(file).catch((error: unknown) =>
        problemOf(file, `expected a file, got ${whyUnreadable(error)}`),
      );
      if (typeof text === 'string') {
        return [[withoutExtension(name), { file, text: text.replace(/^\ufeff/u, '') }]];
      }
      this.problems.push(text);
      return [];
    });
    const read = (await Promise.all(sources)).flat();
    if (read.reduce((sum, [, { text }]) => sum + text.length, 0) <= MAX_CHARACTERS)
      return new Map(read);
    const message = `more than ${MAX_CHARACTERS} characters in the templates of this folder`;
    this.problems.push(problemOf(folder, message));
    return new Map();
  }

  found(sources?: SetSources): Found {
    const watched = { files: [...this.#files].sort(), folders: [...this.#folders].sort() };
    const { problems } = this;
    return { ...watched, problems, ...(sources && problems.length === 0 ? { sources } : {}) };
  }

  /** `undefined` for a folder that does not exist. */
  async #list(folder: string): Promise<readonly string[] | undefined> {
    try {
      const names = await readdir(folder);
      this.#folders.add(folder);
      return names.sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      this.problems.push(problemOf(folder, `expected a folder, got ${whyUnreadable(error)}`));
      return [];
    }
  }
}

/** How often a file is opened again that was replaced in between, as by an atomic rename. */
const MAX_ATTEMPTS = 5;

/**
 * A tenant's templates must not show any file of the machine by a link to it. Links within the
 * folder are as good as files: Kubernetes mounts its files so.
 * @returns the text, or why it is not read. @throws {Error} of the file system.
 */
async function readInside(file: string): Promise<string | TemplateProblem> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const handle = await open(file, READ_FLAGS);
    try {
      const [real, folder] = await Promise.all([realpath(file), realpath(dirname(file))]);
      if (!real.startsWith(folder + sep)) {
        const hint = `copy the file, or put it into "${PARTIALS}"`;
        return problemOf(file, 'is a link that leads out of its folder', hint);
      }
      const [opened, there] = await Promise.all([handle.stat(), lstat(real)]);
      if (opened.ino !== there.ino || opened.dev !== there.dev) continue;
      if (!opened.isFile() && !opened.isDirectory()) {
        return problemOf(file, 'expected a file, got a pipe or a device');
      }
      // No character takes more than four bytes.
      if (opened.size > MAX_TEMPLATE_LENGTH * 4) {
        return problemOf(file, `longer than ${MAX_TEMPLATE_LENGTH} characters`);
      }
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  }
  return problemOf(file, 'was changed again and again while it was read');
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
