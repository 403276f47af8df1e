/** Addresses in the form they are compared in: the one the bridge asks for. */
import { domainToASCII } from 'node:url';

/** RFC 5321, section 4.5.3.1.3. */
const longest = 254;
/** What nearly every address is; it needs no work but lower case. */
const plainAddress =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,9}$/;
/** What RFC 5322 allows without quotes, and letters of any script (RFC 6531). */
const localPart = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]|(?![\0-\x7f])[\p{L}\p{M}\p{N}])+$/u;
const plainDomain = /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;

/** @returns NFC, lower case, ASCII domain; `undefined` when the cell is no address. */
export function emailKey(cell: string): string | undefined {
  const lower = cell.toLowerCase();
  if (plainAddress.test(lower) && lower.length <= longest && !lower.includes('xn--')) return lower;
  const address = cell.normalize('NFC');
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  if (!localPart.test(local)) return undefined;
  const domain = domainKey(address.slice(at + 1));
  if (domain === undefined) return undefined;
  const key = `${local.toLowerCase().normalize('NFC')}@${domain}`;
  return key.length > longest ? undefined : key;
}

/** @returns lower case, ASCII; `undefined` when the cell is no domain (a URL is none). */
export function domainKey(cell: string): string | undefined {
  if (plainDomain.test(cell) && !cell.includes('xn--')) return cell;
  if (!/^[A-Za-z0-9.\u{80}-\u{10ffff}-]+$/u.test(cell)) return undefined;
  const ascii = domainToASCII(cell.normalize('NFC')).replace(/\.$/, '');
  return plainDomain.test(ascii) ? ascii : undefined;
}

/** The addresses of a cell, apart by `;`, as they are written. */
export function splitAddresses(cell: string): readonly string[] {
  if (!cell.includes(';')) return cell === '' ? [] : [cell];
  return cell
    .split(';')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}
