/**
 * Reading the e-mail address of a request. What is accepted: `atext` of RFC 5322 with dots anywhere
 * (leading, trailing and double dots exist at some Japanese providers), and letters, marks and digits
 * of any script in the local part (RFC 6531). Refused: quoted local parts and comments (people do not type
 * them, and no CRM finds them), IP literals, domains of a single label. Nothing is folded as some
 * providers fold it: `a.b@gmail.com` and `ab@gmail.com` are two addresses.
 */
import { domainToASCII, domainToUnicode } from 'node:url';

export interface Email {
  /** As the visitor wrote it, repaired: trimmed, NFC, lost `+` restored, domain in lower case. */
  readonly address: string;
  /** For caches and CRMs: lower case, ASCII domain. Normalising it again changes nothing. */
  readonly normalized: string;
  /** ASCII, lower case. */
  readonly domain: string;
}

/** RFC 5321, section 4.5.3.1.3: a path of 256 octets with its brackets. */
const MAX_LENGTH = 254;
/** Controls, format characters (bidi among them), unassigned ones, and what is left of white space. */
const FORBIDDEN = /[\p{C}\p{Z}]/u;
const LOCAL_PART = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]|(?![\0-\x7f])[\p{L}\p{M}\p{N}])+$/u;
/** Checked before domainToASCII, which would decode `%6d` and cut at `/`. */
const HOST_CHARACTERS = /^[A-Za-z0-9.\u{80}-\u{10ffff}-]+$/u;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/**
 * @param raw the decoded parameter. A space inside the local part is a `+` that was not percent-encoded;
 *   one at either end of it is a slip of the hand.
 * @returns `undefined` for what is not an address; never throws. Takes time linear in the input.
 */
export function normalizeEmail(raw: string): Email | undefined {
  const trimmed = raw.trim();
  if (trimmed.length > 4 * MAX_LENGTH) return undefined; // composing may shorten it, but not that much
  const [rawLocal, rawDomain, ...more] = trimmed.normalize('NFC').split('@');
  if (rawLocal === undefined || rawDomain === undefined || more.length > 0) return undefined;

  const local = rawLocal.replace(/^ +| +$/g, '').replaceAll(' ', '+');
  if (!LOCAL_PART.test(local)) return undefined;
  const domain = parseDomain(rawDomain);
  if (domain === undefined) return undefined;

  const address = `${local}@${domain.unicode}`;
  const normalized = `${local.toLowerCase().normalize('NFC')}@${domain.ascii}`;
  if (address.length > MAX_LENGTH || normalized.length > MAX_LENGTH) return undefined;
  return { address, normalized, domain: domain.ascii };
}

/** Most domains: nothing to convert. The end in letters excludes IPv4 addresses. */
const PLAIN_DOMAIN = /^(?:[a-z0-9-]+\.)+[a-z]+$/;

/** `unicode` keeps the script of the input; both are without the dot that may end a domain. */
export function parseDomain(input: string): { unicode: string; ascii: string } | undefined {
  const isPlain = PLAIN_DOMAIN.test(input) && !input.includes('xn--');
  if (!isPlain && (!HOST_CHARACTERS.test(input) || FORBIDDEN.test(input))) return undefined;
  const ascii = isPlain ? input : domainToASCII(input).replace(/\.$/, '');
  const labels = ascii.split('.');
  if (ascii.length > 253 || labels.length < 2 || !labels.every((label) => LABEL.test(label))) {
    return undefined;
  }
  if (/^\d+$/.test(labels.at(-1) ?? '')) return undefined;
  const unicode = isPlain || isAscii(input) ? ascii : domainToUnicode(ascii);
  return FORBIDDEN.test(unicode) ? undefined : { unicode, ascii };
}

/**
 * Compiles the patterns of `ignoreEmails`. `*` stands for any text, also none; a pattern without `@`
 * (`snapengage.com`, `*.snapengage.com`) is one for the whole domain, and so is `@snapengage.com`.
 * Case does not matter and a whole address must match. Takes time linear in the address.
 */
export function emailMatcher(patterns: readonly string[]): (email: Email) => boolean {
  const matchers = patterns.map((pattern) => wildcard(normalizePattern(pattern)));
  return ({ normalized }) => matchers.some((matches) => matches(normalized));
}

function normalizePattern(pattern: string): string {
  const text = pattern.trim().normalize('NFC').toLowerCase();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0)) || '*';
  const domain = text.slice(at + 1);
  // Addresses are compared by their ASCII domain; a `*` passes through the conversion unharmed.
  return `${local}@${isAscii(domain) ? domain : domainToASCII(domain)}`;
}

/** Searches the pieces between the asterisks from left to right: no backtracking, unlike a RegExp. */
function wildcard(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let from = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, from);
      if (found < 0) return false;
      from = found + piece.length;
    }
    return from <= text.length - last.length;
  };
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
