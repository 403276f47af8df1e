/**
 * The languages of a set's files, as they say themselves in their first line: `{% # language: en %}`, or
 * `{% # language: de, en %}` where a condition chooses. A tenant's agents should not read two without knowing why.
 */
import { IncludeTag, RenderTag } from 'liquidjs';
import { problemAt, type TemplateProblem } from '../problem.ts';
import type { TemplateSource } from '../template-sources.ts';
import { partialName, tagsIn, type ParsedTemplate } from './variables.ts';

const DECLARATION = /^(?<before>\s*\{%-?\s*#\s*language:\s*)(?<codes>[^%\n]*?)\s*-?%\}/iu;

export interface ForeignFile {
  readonly file: string;
  /** ISO 639, such as `en`. */
  readonly languages: readonly string[];
}

/** @returns ISO 639 codes, such as `en`; `undefined` for a text that does not say. */
function declaredLanguages(text: string): readonly string[] | undefined {
  const codes = codesIn(text).map(languageOf);
  const known = codes.filter((code) => code !== undefined);
  return known.length === 0 ? undefined : known;
}

/**
 * The files that agents of a tenant read and that are in another language only. A piece may be in any language of the
 * file that uses it; a file that does not say its language is taken for one of the tenant's.
 * @param language ISO 639, of the tenant's locale.
 */
export function filesInOtherLanguages(
  states: Iterable<ParsedTemplate>,
  partials: ReadonlyMap<string, ParsedTemplate>,
  language: string,
): readonly ForeignFile[] {
  const found = new Map<string, ForeignFile>();
  const seen = new Set<string>();
  for (const state of states) visit(state, [language]);
  return [...found.values()];

  function visit({ file, text, templates }: ParsedTemplate, around: readonly string[]): void {
    const languages = declaredLanguages(text);
    if (languages?.some((each) => around.includes(each)) === false) {
      found.set(file, { file, languages });
    }
    const inside = languages === undefined ? around : [language, ...languages];
    const visited = `${file}\n${inside.join()}`;
    if (seen.has(visited)) return;
    seen.add(visited);
    for (const tag of tagsIn(templates, partials, () => false)) {
      if (!(tag instanceof RenderTag || tag instanceof IncludeTag)) continue;
      const partial = partials.get(partialName(tag) ?? '');
      if (partial !== undefined) visit(partial, inside);
    }
  }
}

/** Warns of what is no code of a language. */
export function checkDeclaration(source: TemplateSource): readonly TemplateProblem[] {
  const { before = '' } = DECLARATION.exec(source.text)?.groups ?? {};
  return codesIn(source.text).flatMap((code) => {
    if (languageOf(code) !== undefined) return [];
    const at = source.text.indexOf(code, before.length);
    const meant = codeOf(code);
    const hint = meant === undefined ? 'write such as en or pt-BR' : `write ${meant}`;
    const problem = problemAt(source, at, `${code}: no code of a language`, hint);
    return [{ ...problem, severity: 'warning' }];
  });
}

/** `German` for `de`. */
export function languageName(language: string): string {
  return LANGUAGE_NAMES.of(language) ?? language;
}

const LANGUAGE_NAMES = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/** Of one file; the names of all languages are searched for each that is unknown. */
const MAX_CODES = 10;

function codesIn(text: string): readonly string[] {
  const { codes } = DECLARATION.exec(text)?.groups ?? {};
  return codes?.split(/[\s,]+/u, MAX_CODES).filter((code) => code !== '') ?? [];
}

function languageOf(code: string): string | undefined {
  try {
    const { language } = new Intl.Locale(code);
    return LANGUAGE_NAMES.of(language) === undefined ? undefined : language;
  } catch {
    return undefined;
  }
}

/** `de` for `German` or `Deutsch`. */
function codeOf(name: string): string | undefined {
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  return codes.find((code) => {
    if (LANGUAGE_NAMES.of(code) === undefined) return false;
    const own = new Intl.DisplayNames(code, { type: 'language' }).of(code);
    return [LANGUAGE_NAMES.of(code), own].some(
      (each) => each?.toLowerCase() === name.toLowerCase(),
    );
  });
}
