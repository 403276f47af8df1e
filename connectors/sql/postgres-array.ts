/** Arrays as PostgreSQL writes them: `{a,"b, c",NULL}`, `{{1,2},{3,4}}`, `[0:1]={a,b}`. */
import { cut, MAX_ELEMENTS } from './rows.ts';

const ELEMENT = /"((?:[^"\\]|\\.)*)(?:"|\\?$)|([^{},"]+)/gs;

/**
 * @param text of any length; what is beyond a cell's beginning is not read.
 * @returns the first elements in one list, whatever the dimensions; nulls are left out.
 */
export function parseArray(text: string): readonly string[] {
  const list = cut(text.slice(text.indexOf('{')));
  const elements: string[] = [];
  for (const [, quoted, plain = ''] of list.matchAll(ELEMENT)) {
    if (quoted !== undefined) elements.push(quoted.replace(/\\(.)/gs, '$1'));
    else if (plain !== 'NULL') elements.push(plain);
    if (elements.length === MAX_ELEMENTS) break;
  }
  return elements;
}
