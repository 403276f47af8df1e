/** Loads the template sets that tenants name, each once. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { withGutter } from '../yaml/excerpt.ts';
import type { LoadOptions, TemplateSetResult } from '../../render/load.ts';
import type { TemplateSet } from '../../render/template-set.ts';
import { isFolder } from '../folders.ts';
import { didYouMean } from '../../model/closest-match.ts';
import type { ConfigFile } from '../yaml/config-file.ts';
import { listOf, type Path } from '../problem.ts';
import { NAME } from '../schema/setting-types.ts';
import { DEFAULT_LOCALE, isLocale } from './intl.ts';

/** Compiles a set: its states from the first of the folders that has it, the others from `default`. */
export type LoadTemplates = (request: LoadOptions) => Promise<TemplateSetResult>;

export interface TemplateOptions {
  readonly load: LoadTemplates;
  /** Absolute. */
  readonly builtinDir: string;
}

/** The sets of all tenants by the tenant's name; problems are reported. */
export async function loadTemplateSets(
  files: readonly ConfigFile[],
  main: ConfigFile,
  { load, builtinDir }: TemplateOptions,
): Promise<ReadonlyMap<string, TemplateSet>> {
  const { diagnostics } = main;
  const sets = new Map<string, TemplateSet>();
  const loaded = new Map<string, Promise<TemplateSet | undefined>>();
  const shared = main.folderAt(['templatesDir']);
  for (const file of files) {
    for (const tenant of file.namesIn('tenants')) {
      const own = file.folderAt(['tenants', tenant, 'templatesDir']);
      const path = ['tenants', tenant, 'template'];
      const name = file.valueAt(path) ?? 'default';
      if (typeof name !== 'string' || !NAME.test(name) || file.isUnresolved(path)) continue;
      const folders = [own ?? shared, builtinDir].filter((folder) => folder !== undefined);
      if (!exists(name, folders)) {
        reportMissing(file, path, name, folders);
        continue;
      }
      if (!exists(name, folders.slice(0, -1))) warnAboutLanguage(file, tenant, name);
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
    result.files.forEach((file) => diagnostics.watchFile(file));
    result.folders.forEach((folder) => diagnostics.watchFolder(folder));
    if (result.set) return result.set;
    for (const problem of result.problems) {
      const excerpt = problem.excerpt && withGutter(problem.excerpt, problem.line);
      const file = diagnostics.show(problem.file);
      diagnostics.addProblem(() => ({ ...problem, file, path: '', ...(excerpt && { excerpt }) }));
    }
    return undefined;
  }
}

function exists(name: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isFolder(join(folder, name)));
}

function reportMissing(
  file: ConfigFile,
  path: Path,
  name: string,
  folders: readonly string[],
): void {
  const known = [...new Set(folders.flatMap(templateFolders))].sort();
  const hint =
    didYouMean(name, known) ??
    `there are ${listOf(known, 'and')} in ${folders.map((folder) => file.diagnostics.show(folder)).join(' and ')}`;
  file.expected(path, 'the name of a template folder', hint);
}

/** The folders with templates; `partials` holds pieces of them. */
function templateFolders(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'partials')
    .map((entry) => entry.name);
}

/** The built-in sets that are not in English. */
const LANGUAGES: Readonly<Record<string, string>> = { german: 'de', example: 'de' };

/** Warns when dates and numbers would stand in sentences of another language. @param set a built-in one */
function warnAboutLanguage(file: ConfigFile, tenant: string, set: string): void {
  const path = ['tenants', tenant, 'locale'];
  const locale = file.valueAt(path) ?? DEFAULT_LOCALE;
  if (typeof locale !== 'string' || !isLocale(locale)) return;
  const templateLanguage = LANGUAGES[set] ?? 'en';
  const { language } = new Intl.Locale(locale);
  if (language === templateLanguage) return;
  const names = new Intl.DisplayNames('en', { type: 'language' });
  const message = `the template "${set}" speaks ${names.of(templateLanguage) ?? templateLanguage}, dates in it will be in ${names.of(language) ?? language}`;
  const hint = `name a template and a locale of the same language${language === 'de' ? '; "german" is one' : ''}`;
  file.warning(path, { message, hint });
}
