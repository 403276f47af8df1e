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
/** Composing and converting may shorten an address or domain, but not that much. */
const MAX_WRITTEN_LENGTH = 4 * MAX_LENGTH;
/** Controls, format characters (bidi among them), unassigned ones, and what is left of white space. */
const FORBIDDEN = /[\p{C}\p{Z}]/u;
const LOCAL_PART = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]|(?![\0-\x7f])[\p{L}\p{M}\p{N}])+$/u;
/** Checked before domainToASCII, which would decode `%6d` and cut at `/`. */
const HOST_CHARACTERS = /^[A-Za-z0-9.\u{80}-\u{10ffff}-]+$/u;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/**
 * @param raw the decoded parameter, as typed or pasted: what {@link repair} knows may be around the address. A
 *   space inside the local part is a `+` that was not percent-encoded; one at either end of it is removed.
 * @returns `undefined` for what is not one address; never throws. Takes time linear in the input.
 */
export function normalizeEmail(raw: string): Email | undefined {
  const trimmed = raw.trim();
  if (trimmed.length > MAX_WRITTEN_LENGTH) return undefined;
  if (PLAIN_ADDRESS.test(trimmed)) return plainAddress(trimmed);
  const text = toHalfWidth(trimmed);
  return parseEmail(text) ?? parseEmail(repair(text));
}

/** @returns why {@link normalizeEmail} finds no address in a text, without the text. */
export function whyNoEmail(raw: string): string {
  const text = toHalfWidth(raw.slice(0, MAX_WRITTEN_LENGTH)).trim();
  if (text.replace(INVISIBLE_ENDS, '') === '') return 'no address';
  const several = text.split(/[\s,;<>()[\]]+/).filter((part) => normalizeEmail(part) !== undefined);
  return several.length > 1 ? 'more than one address' : 'not a valid address';
}

/** Most addresses: nothing to repair, convert or refuse. At most 127 characters, which no limit is below. */
const PLAIN_ADDRESS = /^[a-z0-9_.+-]{1,63}@(?=.{1,63}$)[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)+$/;

function plainAddress(text: string): Email {
  return { address: text, normalized: text, domain: text.slice(text.indexOf('@') + 1) };
}

/** What an input method for Chinese or Japanese writes for ASCII: `＠` and its like. */
function toHalfWidth(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/\ufe6b/g, '@');
}

/** White space, marks for the direction of text and the like: copied along with a word. */
const INVISIBLE_ENDS = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;
const ZERO_WIDTH = /[\u180e\u200b\u2060\ufeff]/g;
/** They belong to words of some scripts, never to ASCII. */
const JOINERS = /[\u200c\u200d]/g;
/** The end of a sentence or of an item in a list. */
const PUNCTUATION = /[\s,;:!?\u3001]*(?:(?<!\.)\.[\s,;:!?]*)?$/;
const IN_QUOTES = /^["'`\u2018-\u201f\u00ab\u2039](.*)["'`\u2018-\u201f\u00bb\u203a]$/s;
/** `Ann <a@x.example>`, also as some programs write it. */
const IN_BRACKETS = /^([^<>[\]()]*)[<[(]([^<>[\]()]+)[>\])]$/;
const LABEL_BEFORE = /^(?:mailto|e-?mail)\s*:\s*/i;
/** `?subject=…`; a further address in it is not dropped. */
const MAILTO_QUERY = /(@[^?@]*)\?[\w-]+=[^@]*$/s;

/** Removes what is around an address and not part of it. @returns what may still not be an address. */
function repair(text: string): string {
  const visible = text.replace(INVISIBLE_ENDS, '').replace(ZERO_WIDTH, '');
  const joined = visible.replace(JOINERS, '');
  const bare = unquote((isAscii(joined) ? joined : visible).replace(PUNCTUATION, ''));
  const [, name = '', inside = bare] = IN_BRACKETS.exec(bare) ?? [];
  const address = withoutLabel(inside.trim());
  // Of two addresses neither is certain; programs also write the address itself for the name.
  const isOther = name.includes('@') && withoutLabel(unquote(name)) !== address;
  return isOther || /\p{Cc}/u.test(name) ? '' : address;
}

function unquote(text: string): string {
  const trimmed = text.trim();
  return IN_QUOTES.exec(trimmed)?.[1]?.replace(PUNCTUATION, '').trim() ?? trimmed;
}

function withoutLabel(text: string): string {
  const label = LABEL_BEFORE.exec(text);
  return label === null ? text : text.slice(label[0].length).replace(MAILTO_QUERY, '$1');
}

/** The same without removing what is around the address. @param trimmed without white space around it. */
export function parseEmail(trimmed: string): Email | undefined {
  if (trimmed.length > MAX_WRITTEN_LENGTH) return undefined;
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
  if (input.length > MAX_WRITTEN_LENGTH) return undefined;
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
 * Compiles the patterns of `ignoreEmails`. `*` matches any text, also none; a pattern without `@`
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
