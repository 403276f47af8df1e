/** The e-mail addresses of a cell, as people and programs write them. */
import { normalizeEmail } from '../../src/connector/index.ts';

export interface CellAddresses {
  /** As they are written, without what is around them; none twice. */
  readonly addresses: readonly string[];
  /** The same in the form that lookups are made with. */
  readonly keys: readonly string[];
  /** Whether something in the cell is not an address. */
  readonly isPartlyInvalid: boolean;
}

/**
 * Reads one address or several, separated by `;` `,` `:::` blanks or line breaks, each alone or as
 * `Ann <a@x.example>`, `Ann (a@x.example)` or `mailto:a@x.example`. Takes time linear in the cell.
 */
export function parseAddresses(cell: string): CellAddresses {
  const single = normalizeEmail(cell);
  if (single !== undefined && /^[\p{L}\p{N}._+-]+@[\p{L}\p{N}.-]+[\p{L}\p{N}]$/u.test(cell))
    return { addresses: [cell], keys: [single], isPartlyInvalid: false };
  const found = new Map<string, string>();
  let isPartlyInvalid = false;
  const text = cell.replace(/mailto:\s*/gi, '').replace(/"([^"]*)"/g, unquoted);
  const hasNames = /[<([][^<>()[\]]*@/.test(text);
  for (const part of text.split(/[;,\r\n]|:::/)) {
    const candidates = addressesOf(part.trim());
    // "Doe, Ann <a@x.example>" has a part that is only a name.
    if (candidates === undefined && !(hasNames && !part.includes('@'))) isPartlyInvalid = true;
    for (const candidate of candidates ?? []) {
      const key = normalizeEmail(candidate);
      if (key === undefined) isPartlyInvalid = true;
      else if (!found.has(key)) found.set(key, candidate);
    }
  }
  return { addresses: [...found.values()], keys: [...found.keys()], isPartlyInvalid };
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
