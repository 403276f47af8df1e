/** Finds the files of a template set in its folders, and reads them. */
import { constants } from 'node:fs';
import { lstat, open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { didYouMean } from '../model/closest-match.ts';
import { PARSE_LIMIT, withoutExtension } from './engine.ts';
import {
  problemOf,
  type TemplateProblem,
  type TemplateSource,
  type TemplateSources,
} from './problem.ts';
import { OUTCOMES } from './template-set.ts';
import type { Outcome } from '../model/outcome.ts';

/** The set that fills the gaps of others, and the folder of pieces that all may use. */
const DEFAULT = 'default';
const PARTIALS = 'partials';

/**
 * `states`: the set's own, else those of `default`. `partials`: the set's own pieces before those of `partials`,
 * before those of `default`.
 */
export interface SetSources extends TemplateSources {
  /** The product's own, to fall back on. */
  readonly builtIn: TemplateSources;
  /** Names of the files in the set's own folder, without `.liquid`. */
  readonly own: readonly string[];
}

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
  const reader = createReader();
  const sets = await Promise.all(parents.map((parent) => reader.sets(parent)));
  const at = sets.findIndex((names) => names.includes(name));
  const parent = parents[at];
  if (parent === undefined || name === PARTIALS) {
    const problem = noSuchSet(name, parents, sets.flat());
    return { ...reader.result(), problems: [...reader.problems, problem] };
  }
  const own = await reader.read(join(parent, name));
  const defaults = await Promise.all(parents.map((folder) => reader.read(join(folder, DEFAULT))));
  const shared = await Promise.all(parents.map((folder) => reader.read(join(folder, PARTIALS))));
  const { problems } = reader;
  const layers = [own, ...defaults];
  if (!OUTCOMES.some((state) => own.has(state))) {
    const files = OUTCOMES.map((state) => `${state}.liquid`).join(', ');
    const hint = `it may have ${files}; what it lacks comes from "${DEFAULT}"`;
    problems.push(problemOf(join(parent, name), 'no template in this folder', hint));
  }
  const sources: SetSources = {
    states: pickStates(layers),
    partials: pickPartials([own, ...shared, ...defaults]),
    builtIn: {
      states: pickStates(defaults.slice(-1)),
      partials: pickPartials([...shared.slice(-1), ...defaults.slice(-1)]),
    },
    own: [...own.keys()],
  };
  for (const state of OUTCOMES) {
    if (sources.states.has(state)) continue;
    problems.push(
      problemOf(join(parent, name), `${state}.liquid: neither here nor in "${DEFAULT}"`),
    );
  }
  return { ...reader.result(), problems, ...(problems.length === 0 ? { sources } : {}) };
}

function pickStates(layers: readonly Folder[]): ReadonlyMap<Outcome, TemplateSource> {
  const found = OUTCOMES.flatMap((state) => {
    const source = layers.find((folder) => folder.has(state))?.get(state);
    return source === undefined ? [] : [[state, source] as const];
  });
  return new Map(found);
}

function pickPartials(layers: readonly Folder[]): ReadonlyMap<string, TemplateSource> {
  const states: readonly string[] = OUTCOMES;
  const pieces = layers.toReversed().flatMap((folder) => [...folder]);
  return new Map(pieces.filter(([name]) => !states.includes(name)));
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

/** Reads each folder once and remembers what it saw. */
function createReader() {
  const problems: TemplateProblem[] = [];
  const files: string[] = [];
  const folders = new Set<string>();
  const read = new Map<string, Promise<Folder>>();

  /** `undefined` for a folder that does not exist. */
  async function list(folder: string): Promise<readonly string[] | undefined> {
    try {
      const names = await readdir(folder);
      folders.add(folder);
      return names.sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      problems.push(problemOf(folder, `cannot be read (${codeOf(error)})`));
      return [];
    }
  }

  async function readOnce(folder: string): Promise<Folder> {
    const names = ((await list(folder)) ?? []).filter((name) => name.endsWith('.liquid'));
    const sources = await Promise.all(names.map((name) => readSource(join(folder, name))));
    return new Map(
      sources.flatMap((source) =>
        source === undefined ? [] : [[withoutExtension(basename(source.file)), source] as const],
      ),
    );
  }

  async function readSource(file: string): Promise<TemplateSource | undefined> {
    files.push(file);
    try {
      const text = await readInside(file);
      if (typeof text === 'string') return { file, text: text.replace(/^\ufeff/u, '') };
      problems.push(text);
      return undefined;
    } catch (error) {
      problems.push(problemOf(file, `cannot be read (${codeOf(error)})`));
      return undefined;
    }
  }

  return {
    problems,

    /** Names of the sets in a parent folder. */
    async sets(parent: string): Promise<readonly string[]> {
      const names = await list(parent);
      if (names === undefined) {
        problems.push(problemOf(parent, 'no such folder'));
        return [];
      }
      const isFolder = await Promise.all(
        names.map(async (name) => name !== PARTIALS && (await isDirectory(join(parent, name)))),
      );
      return names.filter((_, index) => isFolder[index]);
    },

    read(folder: string): Promise<Folder> {
      const known = read.get(folder);
      if (known !== undefined) return known;
      const reading = readOnce(folder);
      read.set(folder, reading);
      return reading;
    },

    result: () => ({ files: [...files].sort(), folders: [...folders].sort() }),
  };
}

/** How often a file is looked at anew that was changed in between, as by an atomic rename. */
const ATTEMPTS = 5;
/** A pipe must not keep the opening waiting, nor a terminal be taken over. */
const READING = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** @returns the text, or what speaks against it. @throws {Error} of the file system. */
async function readInside(file: string): Promise<string | TemplateProblem> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const handle = await open(file, READING);
    try {
      const obstacle = await validateFile(file, handle);
      if (obstacle === undefined) return await handle.readFile('utf8');
      if (obstacle !== CHANGED) return obstacle;
    } finally {
      await handle.close();
    }
  }
  return problemOf(file, 'was changed again and again while it was read');
}

const CHANGED = Symbol('changed');

/**
 * What speaks against reading a file: whoever writes a tenant's templates could show any file of the machine
 * by a link to it. Links within the folder are as good as files: Kubernetes mounts its files so.
 * @param handle of the file; its path may lead elsewhere by now.
 */
async function validateFile(
  file: string,
  handle: FileHandle,
): Promise<TemplateProblem | typeof CHANGED | undefined> {
  const [real, folder] = await Promise.all([realpath(file), realpath(dirname(file))]);
  if (!real.startsWith(folder + sep)) {
    const hint = `copy the file, or put it into "${PARTIALS}"`;
    return problemOf(file, 'is a link that leads out of its folder', hint);
  }
  const [opened, there] = await Promise.all([handle.stat(), lstat(real)]);
  if (opened.ino !== there.ino || opened.dev !== there.dev) return CHANGED;
  if (!opened.isFile() && !opened.isDirectory())
    return problemOf(file, 'is no file that can be read');
  // No character takes more than four bytes.
  return opened.size > PARSE_LIMIT * 4
    ? problemOf(file, `longer than ${PARSE_LIMIT} characters`)
    : undefined;
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
