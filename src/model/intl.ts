/** What this Node knows of locales, time zones and currencies, and what a misspelt one may mean. */
import { didYouMean, closestMatch } from './closest-match.ts';

export const DEFAULT_LOCALE = 'en-GB';

/** For hints only: there is no list of all locales to ask for. */
const COMMON_LOCALES =
  'en en-GB en-US en-AU en-CA en-IN en-IE de de-DE de-AT de-CH fr fr-FR fr-CA fr-CH es es-ES es-MX it it-IT ' +
  'nl nl-NL nl-BE pt pt-BR pt-PT pl-PL sv-SE da-DK nb-NO fi-FI cs-CZ hu-HU tr-TR ru-RU ja-JP ko-KR zh-CN zh-TW he-IL';

export function isLocale(text: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([text]).length > 0;
  } catch {
    return false;
  }
}

export function localeHint(text: string): string | undefined {
  const dashed = text.replaceAll('_', '-').replace(/\..*$/, '');
  const canonical = isLocale(dashed) ? Intl.getCanonicalLocales(dashed)[0] : undefined;
  if (canonical !== undefined) return `did you mean ${JSON.stringify(canonical)}?`;
  const language = languageNamed(text);
  return language === undefined
    ? didYouMean(text, COMMON_LOCALES.split(' '))
    : `did you mean ${JSON.stringify(language)}?`;
}

/** The code of `German` or `Deutsch`. */
function languageNamed(text: string): string | undefined {
  const languages = new Set(COMMON_LOCALES.split(' ').map((locale) => locale.slice(0, 2)));
  const wanted = text.trim().toLowerCase();
  return [...languages].find((code) =>
    ['en', code].some(
      (language) =>
        new Intl.DisplayNames(language, { type: 'language' }).of(code)?.toLowerCase() === wanted,
    ),
  );
}

export function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** Also for `Berlin`, and for `Europe/Berlim`. */
export function timeZoneHint(text: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone');
  const cities = new Map(zones.map((zone) => [zone.slice(zone.lastIndexOf('/') + 1), zone]));
  const byCity = closestMatch(text.replaceAll(' ', '_'), cities.keys());
  const zone = closestMatch(text, zones) ?? (byCity === undefined ? undefined : cities.get(byCity));
  return zone === undefined ? undefined : `did you mean ${JSON.stringify(zone)}?`;
}

/** ISO 4217 for an amount whose currency is not known: the tenant's does not stand in for it. */
export const UNKNOWN_CURRENCY = 'XXX';

export function isCurrency(text: string): boolean {
  return Intl.supportedValuesOf('currency').includes(text);
}

export function currencyHint(text: string): string | undefined {
  return didYouMean(text, Intl.supportedValuesOf('currency'));
}
