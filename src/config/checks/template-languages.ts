/** Warns when agents of a tenant would read two languages: sentences of a template in one, dates in another. */
import { basename, dirname, join } from 'node:path';
import { languageName } from '../../render/check/language.ts';
import type { LoadedSet } from '../../render/load.ts';
import type { ConfigFile } from '../yaml/config-file.ts';
import { listOf } from '../problem.ts';
import { DEFAULT_LOCALE, isLocale } from '../../model/intl.ts';

/** The product's own set in a language. */
const BUILT_IN: Readonly<Record<string, string>> = { en: 'default', de: 'german' };

export interface UsedSet {
  readonly name: string;
  /** Absolute, where its own files are. */
  readonly folder: string;
  /** Absolute, where the product's own sets are. */
  readonly builtinDir: string;
}

/** Adds at most one warning. */
export function warnAboutLanguages(
  file: ConfigFile,
  tenant: string,
  { name, folder, builtinDir }: UsedSet,
  loaded: LoadedSet,
): void {
  const path = ['tenants', tenant, 'locale'];
  const locale = file.valueAt(path) ?? DEFAULT_LOCALE;
  if (typeof locale !== 'string' || !isLocale(locale)) return;
  const { language } = new Intl.Locale(locale);
  const files = loaded.inOtherLanguages(language);
  if (files.length === 0) return;
  const spoken = languageName(language);
  const others = [...new Set(files.flatMap((each) => each.languages))].map(languageName).join(', ');
  const known = BUILT_IN[language];
  if (dirname(folder) === builtinDir) {
    const message = `the template "${name}" speaks ${others}, dates in it will be in ${spoken}`;
    const one = known === undefined ? '' : `; "${known}" is one`;
    const hint = `name a template and a locale of the same language${one}`;
    file.warning(path, { message, hint });
    return;
  }
  const names = files.map((each) => `${basename(dirname(each.file))}/${basename(each.file)}`);
  const show = (each: string) => file.diagnostics.show(each);
  const areOwn = files.every((each) => dirname(each.file) === folder);
  const hint = areOwn
    ? `for files that are in ${spoken} now, change the first line to {% # language: ${language} %}; else choose a locale of the language of the files`
    : known === undefined
      ? `put translated copies into ${show(folder)}, with {% # language: ${language} %} in their first line`
      : `copy what ${show(folder)} lacks from ${show(join(builtinDir, known))}`;
  const message = `agents will read ${others} in ${listOf(names, 'and')}, and ${spoken} in the rest`;
  file.warning(path, { message, hint });
}
