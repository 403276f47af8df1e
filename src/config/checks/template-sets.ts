/** Loads the template sets that tenants name, each once. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { withGutter } from '../yaml/excerpt.ts';
import type { LoadOptions, LoadResult } from '../../render/load.ts';
import type { TemplateSet } from '../../render/template-set.ts';
import { folderAt, isFolder } from '../folders.ts';
import { namesIn } from './names.ts';
import { didYouMean } from '../../model/closest-match.ts';
import { isUnresolved, valueAt, type ConfigFile } from '../yaml/config-file.ts';
import { listOf, type Path } from '../problem.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { NAME } from '../schema/setting-types.ts';
import { warnAboutLanguage } from './template-language.ts';

/** Compiles a set: its states from the first of the folders that has it, the others from `default`. */
export type LoadTemplates = (request: LoadOptions) => Promise<LoadResult>;

export interface TemplateOptions {
  readonly load: LoadTemplates;
  /** The product's own templates. Absolute. */
  readonly ownDir: string;
}

/** The sets of all tenants by the tenant's name; problems are reported. */
export async function loadTemplateSets(
  parts: readonly ConfigFile[],
  main: ConfigFile,
  { load, ownDir }: TemplateOptions,
  report: Diagnostics,
): Promise<ReadonlyMap<string, TemplateSet>> {
  const sets = new Map<string, TemplateSet>();
  const loaded = new Map<string, Promise<TemplateSet | undefined>>();
  const shared = folderAt(main, ['templatesDir'], report);
  for (const part of parts) {
    for (const tenant of namesIn(part, 'tenants')) {
      const own = folderAt(part, ['tenants', tenant, 'templatesDir'], report);
      const path = ['tenants', tenant, 'template'];
      const name = valueAt(part.value, path) ?? 'default';
      if (typeof name !== 'string' || !NAME.test(name) || isUnresolved(part, path)) continue;
      const folders = [own ?? shared, ownDir].filter((folder) => folder !== undefined);
      if (!exists(name, folders)) {
        reportMissing(part, path, name, folders, report);
        continue;
      }
      if (!exists(name, folders.slice(0, -1))) warnAboutLanguage(part, tenant, name, report);
      const id = JSON.stringify([name, folders]);
      const loading = loaded.get(id) ?? loadSet(name, folders);
      loaded.set(id, loading);
      const set = await loading;
      if (set) sets.set(tenant, set);
    }
  }
  return sets;

  async function loadSet(
    name: string,
    folders: readonly string[],
  ): Promise<TemplateSet | undefined> {
    const result = await load({ name, folders });
    result.files.forEach((file) => report.watchFile(file));
    result.folders.forEach((folder) => report.watchFolder(folder));
    if (result.set) return result.set;
    for (const problem of result.problems) {
      const excerpt = problem.excerpt && withGutter(problem.excerpt, problem.line);
      const file = report.show(problem.file);
      report.add({ ...problem, file, path: '', ...(excerpt && { excerpt }) });
    }
    return undefined;
  }
}

function exists(name: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isFolder(join(folder, name)));
}

function reportMissing(
  part: ConfigFile,
  path: Path,
  name: string,
  folders: readonly string[],
  report: Diagnostics,
): void {
  const known = [...new Set(folders.flatMap(templateFolders))].sort();
  const hint =
    didYouMean(name, known) ??
    `there are ${listOf(known, 'and')} in ${folders.map((folder) => report.show(folder)).join(' and ')}`;
  report.expected(part, path, 'the name of a template folder', hint);
}

/** The folders with templates; `partials` holds pieces of them. */
function templateFolders(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'partials')
    .map((entry) => entry.name);
}
