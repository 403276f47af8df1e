/** Values inside of a query language that nothing quotes: an address may hold a quote and more. */
import { walkTexts, type RequestSettings } from './settings.ts';

const OUTPUTS = /\{\{(?:(?!\}\}).)*\}\}/gs;
const TAGS = /\{%(?:(?!%\}).)*%\}/gs;
const QUOTING = /\|\s*(?:odata|quoted|guid)\b/;

/** @returns where a value stands beside other text, without a filter that quotes it: `query.$filter`. */
export function unquotedValues({ query, json }: RequestSettings): readonly string[] {
  const found: string[] = [];
  walkTexts({ query, json }, [], (text, path) => {
    const around = text.replaceAll(TAGS, '').replaceAll(OUTPUTS, '');
    const isLanguage = /[\p{L}\p{N}"'`=:<>(]/u.test(around);
    const isPlain = (text.match(OUTPUTS) ?? []).some((output) => !QUOTING.test(output));
    if (isLanguage && isPlain) found.push(path.join('.'));
  });
  return found;
}
