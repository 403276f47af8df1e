/** Whether the product's templates and a tenant's locale speak the same language. */
import { DEFAULT_LOCALE, isLocale } from './intl.ts';
import { valueAt, type Part } from '../yaml/config-file.ts';
import type { Report } from '../diagnostics.ts';

/** The product's sets that are not in English. */
const LANGUAGES: Readonly<Record<string, string>> = { german: 'de', example: 'de' };

/** Warns when dates and numbers would stand in sentences of another language. @param set one of the product's */
export function warnAboutLanguage(part: Part, tenant: string, set: string, report: Report): void {
  const path = ['tenants', tenant, 'locale'];
  const locale = valueAt(part.value, path) ?? DEFAULT_LOCALE;
  if (typeof locale !== 'string' || !isLocale(locale)) return;
  const spoken = LANGUAGES[set] ?? 'en';
  const { language } = new Intl.Locale(locale);
  if (language === spoken) return;
  const names = new Intl.DisplayNames('en', { type: 'language' });
  const message = `the template "${set}" speaks ${names.of(spoken) ?? spoken}, dates in it will be in ${names.of(language) ?? language}`;
  const hint = `name a template and a locale of the same language${language === 'de' ? '; "german" is one' : ''}`;
  report.warning(part, path, { message, hint });
}
