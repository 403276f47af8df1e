/** Whether the product's templates and a tenant's locale speak the same language. */
import { DEFAULT_LOCALE, isLocale } from './intl.ts';
import { valueAt, type ConfigFile } from '../yaml/config-file.ts';
import type { Diagnostics } from '../diagnostics.ts';

/** The product's sets that are not in English. */
const LANGUAGES: Readonly<Record<string, string>> = { german: 'de', example: 'de' };

/** Warns when dates and numbers would stand in sentences of another language. @param set one of the product's */
export function warnAboutLanguage(
  part: ConfigFile,
  tenant: string,
  set: string,
  report: Diagnostics,
): void {
  const path = ['tenants', tenant, 'locale'];
  const locale = valueAt(part.value, path) ?? DEFAULT_LOCALE;
  if (typeof locale !== 'string' || !isLocale(locale)) return;
  const templateLanguage = LANGUAGES[set] ?? 'en';
  const { language } = new Intl.Locale(locale);
  if (language === templateLanguage) return;
  const names = new Intl.DisplayNames('en', { type: 'language' });
  const message = `the template "${set}" speaks ${names.of(templateLanguage) ?? templateLanguage}, dates in it will be in ${names.of(language) ?? language}`;
  const hint = `name a template and a locale of the same language${language === 'de' ? '; "german" is one' : ''}`;
  report.warning(part, path, { message, hint });
}
