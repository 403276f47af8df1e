/** The e-mail addresses of a cell, as people and programs write them. */
import { normalizeEmail } from '../../src/connector/index.ts';

export interface CellAddresses {
  /** As they are written, without what is around them; none twice. */
  readonly addresses: readonly string[];
  /** The same in the form that lookups are made with. */
  readonly keys: readonly string[];
  /** What was left out of the cell; `undefined` when nothing was. */
  readonly problem?: string;
}

/** Of one cell: each is compared and indexed. */
const MAX_ADDRESSES = 100;
const NOT_AN_ADDRESS = 'expected an e-mail address, got a text';
const TOO_MANY = `expected at most ${MAX_ADDRESSES} addresses, got more`;

/**
 * Reads one address or several, separated by `;` `,` `:::` blanks or line breaks, each alone or as
 * `Ann <a@x.example>`, `Ann (a@x.example)` or `mailto:a@x.example`. Takes time linear in the cell.
 */
export function parseAddresses(cell: string): CellAddresses {
  const single = normalizeEmail(cell);
  if (single !== undefined && /^[\p{L}\p{N}._+-]+@[\p{L}\p{N}.-]+[\p{L}\p{N}]$/u.test(cell))
    return { addresses: [cell], keys: [single] };
  const found = new Map<string, string>();
  let problem: string | undefined;
  const text = cell.replace(/mailto:\s*/gi, '').replace(/"([^"]*)"/g, unquoted);
  const hasNames = /[<([][^<>()[\]]*@/.test(text);
  for (const part of text.split(/[;,\r\n]|:::/)) {
    const candidates = addressesOf(part.trim());
    // "Doe, Ann <a@x.example>" has a part that is only a name.
    if (candidates === undefined && !(hasNames && !part.includes('@'))) problem = NOT_AN_ADDRESS;
    for (const candidate of candidates ?? []) {
      const key = normalizeEmail(candidate);
      if (key === undefined) problem = NOT_AN_ADDRESS;
      else if (found.size === MAX_ADDRESSES && !found.has(key)) return result(found, TOO_MANY);
      else if (!found.has(key)) found.set(key, candidate);
    }
  }
  return result(found, problem);
}

function result(found: ReadonlyMap<string, string>, problem: string | undefined): CellAddresses {
  const lists = { addresses: [...found.values()], keys: [...found.keys()] };
  return problem === undefined ? lists : { ...lists, problem };
}

/** A quoted name may hold a comma; a quoted address counts. */
function unquoted(_: string, content: string): string {
  return content.includes('@') ? content : ' ';
}

/** @returns `undefined` for a text that is not a list of addresses. */
function addressesOf(part: string): readonly string[] | undefined {
  if (part === '') return [];
  const bracketed = [...part.matchAll(/[<([]([^<>()[\]]*@[^<>()[\]]*)[>)\]]/g)];
  const words = bracketed.length > 0 ? bracketed.map(([, inner = '']) => inner) : part.split(/\s+/);
  if (!words.every((word) => word.includes('@'))) return undefined;
  return words.map((word) => word.trim().replace(/^['‘](.*)['’]$|\.+$/, '$1'));
}
