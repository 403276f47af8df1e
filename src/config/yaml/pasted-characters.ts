/** What to do about characters that a text processor or a web page puts in; `undefined` when there are none. */
export function hintForPasted(text: string): string | undefined {
  if (/[\u2018-\u201f\u00ab\u00bb]/u.test(text))
    return `replace the curly quotes with straight ones: " or '`;
  if (/[\u00a0\u2000-\u200d\u202f\u2060\u3000\ufeff]/u.test(text))
    return 'replace the no-break or invisible space with a plain one';
  return /[\uff1a\uff0c]/u.test(text)
    ? 'replace the wide colon or comma with a plain one'
    : undefined;
}
