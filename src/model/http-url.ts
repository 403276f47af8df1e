import { MAX_VALUE_CHARS, sanitizeText } from './sanitize.ts';

/** Most addresses: nothing in them that ends a link or an attribute of HTML. */
const PLAIN_URL = /^https?:\/\/[^\s"'<>\\`]+$/i;

/**
 * For what people click: an address of http or https on one line, without white space, quotes and angle brackets,
 * which are percent-encoded. @returns `null` for all else, such as `javascript:`, an address without a scheme, or one with
 * a user name, which is for `https://crm.example@other.example`, or one that is too long for a value: cut, it leads elsewhere.
 */
export function toHttpUrl(value: string): string | null {
  const given = value.trim();
  const text = given.length > MAX_VALUE_CHARS ? null : sanitizeText(given);
  const url = text === null ? null : URL.parse(text);
  if (text === null || url === null || !/^https?:$/.test(url.protocol)) return null;
  if (url.username !== '' || url.password !== '') return null;
  if (PLAIN_URL.test(text)) return text;
  // `href` keeps these in some parts of an address.
  const encoded = url.href.replace(/["'<>\\`]/g, percentEncoded);
  return encoded.length > MAX_VALUE_CHARS ? null : encoded;
}

/** `encodeURIComponent` leaves the apostrophe. */
function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
