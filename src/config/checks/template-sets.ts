/** Loads the template sets that tenants name, each once. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { withGutter } from '../yaml/excerpt.ts';
import type { LoadOptions, TemplateSetResult } from '../../render/load.ts';
import type { TemplateProblem } from '../../render/problem.ts';
import type { TemplateSet } from '../../render/template-set.ts';
import { isFolder } from '../folders.ts';
import { didYouMean } from '../../model/closest-match.ts';
import type { ConfigFile } from '../yaml/config-file.ts';
import { listOf, type Path, type Problem } from '../problem.ts';
import { NAME } from '../schema/setting-types.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { warnAboutLanguages } from './template-languages.ts';

/** Compiles a set: its states from the first of the folders that has it, the others from `default`. */
export type LoadTemplates = (request: LoadOptions) => Promise<TemplateSetResult>;

/** The sets of one configuration, each loaded once. */
export class TemplateSets {
  readonly #load: LoadTemplates;
  readonly #builtinDir: string;
  /** The folder that the main file names for all tenants. */
  readonly #shared: string | undefined;
  readonly #loaded = new Map<string, Promise<TemplateSetResult>>();
  readonly #names = new Map<string, readonly string[]>();

  /** @param builtinDir absolute @param main the main file */
  constructor(load: LoadTemplates, builtinDir: string, main: ConfigFile) {
    this.#load = load;
    this.#builtinDir = builtinDir;
    this.#shared = main.folderAt(['templatesDir']);
  }

  /** The set that a tenant names, or `undefined` after its problems are reported. */
  async of(file: ConfigFile, tenant: string): Promise<TemplateSet | undefined> {
    const own = file.folderAt(['tenants', tenant, 'templatesDir']);
    const path = ['tenants', tenant, 'template'];
    const name = file.valueAt(path) ?? 'default';
    if (typeof name !== 'string' || !NAME.test(name) || file.isUnresolved(path)) return undefined;
    const folder = own ?? this.#shared;
    const folders = folder === undefined ? [this.#builtinDir] : [folder, this.#builtinDir];
    const parent = folders.find((each) => this.#namesIn(each).includes(name));
    if (parent === undefined) {
      this.#reportMissing(file, path, name, folders);
      return undefined;
    }
    const id = JSON.stringify([name, folders]);
    const loading = this.#loaded.get(id) ?? this.#loadSet(name, folders, file.diagnostics);
    this.#loaded.set(id, loading);
    const loaded = await loading;
    if (loaded.set === undefined) return undefined;
    const set = { name, folder: join(parent, name), builtinDir: this.#builtinDir };
    warnAboutLanguages(file, tenant, set, loaded);
    return loaded.set;
  }

  async #loadSet(
    name: string,
    folders: readonly string[],
    diagnostics: Diagnostics,
  ): Promise<TemplateSetResult> {
    const result = await this.#load({ name, folders });
    result.files.forEach((file) => diagnostics.watchFile(file));
    result.folders.forEach((folder) => diagnostics.watchFolder(folder));
    const shown = (problem: TemplateProblem) => (): Problem => {
      const excerpt = problem.excerpt && withGutter(problem.excerpt, problem.line);
      const file = diagnostics.show(problem.file);
      return { ...problem, file, path: '', ...(excerpt && { excerpt }) };
    };
    for (const problem of result.problems ?? []) diagnostics.addProblem(shown(problem));
    for (const warning of result.warnings) diagnostics.addWarning(shown(warning));
    return result;
  }

  #reportMissing(file: ConfigFile, path: Path, name: string, folders: readonly string[]): void {
    file.expected(path, 'the name of a template folder', () => {
      const known = [...new Set(folders.flatMap((folder) => this.#namesIn(folder)))].sort();
      const shown = folders.map((folder) => file.diagnostics.show(folder)).join(' and ');
      return didYouMean(name, known) ?? `there are ${listOf(known, 'and')} in ${shown}`;
    });
  }

  /** The folders with templates; `partials` holds pieces of them. */
  #namesIn(folder: string): readonly string[] {
    const known = this.#names.get(folder) ?? subfoldersOf(folder);
    this.#names.set(folder, known);
    return known;
  }
}

function subfoldersOf(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name !== 'partials' && isFolder(join(folder, name)));
}
