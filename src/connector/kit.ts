/** What connectors have in common; each piece can be used without the others. */
import { domainToUnicode } from 'node:url';
import { parseDomain, parseEmail } from '../model/email.ts';
import type { ConnectorErrorKind } from './errors.ts';

export { raceAbort } from './abort.ts';
export { isMissing, READ_FLAGS, readText, whyUnreadable } from '../model/readable-file.ts';
export { Omissions, type OmissionsOptions } from './omissions.ts';
export { isShortWord, keyMistake, secretText, tokenMistake, tokenText } from './token-text.ts';
export { readPem } from './pasted-pem.ts';
export { SectionHealth } from './section-health.ts';
export { Semaphore } from './semaphore.ts';
export { signInByRefresh } from './refresh-grant.ts';
export { SharedSignIn, type IssuedToken, type SharedSignInOptions } from './shared-sign-in.ts';

/** A longer `Retry-After` is an error of the server's. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60_000;

/**
 * @param header the value of `Retry-After`: seconds, or an HTTP date.
 * @param nowMs milliseconds since 1970, for dates.
 * @returns milliseconds from 0 to a day; `undefined` without a header that can be read.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1_000, MAX_RETRY_AFTER_MS);
  // Date.parse takes a negative number for a year.
  const ms = /^[A-Za-z]/.test(text) ? Date.parse(text) - nowMs : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** @param status of an HTTP response that is not a success. @returns what it means for the bridge. */
export function kindForStatus(status: number): ConnectorErrorKind {
  if (status === 401) return 'auth';
  if (status === 408) return 'timeout';
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'unavailable';
  // The CRM works and refuses this request; only other settings help.
  return status >= 400 ? 'misconfigured' : 'bad_response';
}

/**
 * For a schema: `z.url().refine(isHttpsOrLoopback, 'expected https:// (http:// on this machine only)')`.
 * @returns whether tokens may be sent there: `https:`, or `http:` to this machine.
 */
export function isHttpsOrLoopback(url: string | URL): boolean {
  const { protocol, hostname } = parseUrl(url);
  if (protocol === 'https:') return true;
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname ?? '');
  return protocol === 'http:' && isLoopback;
}

/** For a schema. @returns whether the URL has a host and a port only: no user, path, query or fragment. */
export function isBareOrigin(url: string | URL): boolean {
  const { username, password, pathname, search, hash } = parseUrl(url);
  return pathname === '/' && `${username}${password}${search}${hash}` === '';
}

function parseUrl(url: string | URL): Partial<URL> {
  return url instanceof URL ? url : (URL.parse(url) ?? {});
}

/** RFC 5321, section 4.5.3.1.3. */
const MAX_EMAIL_CHARS = 254;
/** Nearly every address in a CRM: only the case has to change. */
const PLAIN_EMAIL = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9]{1,63}\.){1,3}[a-z]{2,63}$/;

/**
 * The form of an address that {@link Connector.lookup} is called with, for comparing addresses of the CRM.
 * @returns trimmed, NFC, lower case, ASCII domain; `undefined` for what is not an address.
 */
export function normalizeEmail(text: string): string | undefined {
  const trimmed = text.trim();
  const lower = trimmed.toLowerCase();
  if (lower.length <= MAX_EMAIL_CHARS && PLAIN_EMAIL.test(lower)) return lower;
  // The bridge takes a space for a `+` that a URL has lost, and repairs what people paste; in a CRM these are errors.
  return /\s/.test(trimmed) ? undefined : parseEmail(trimmed)?.normalized;
}

/**
 * The spellings in which a CRM may hold an address; ask for all of them, and compare by {@link normalizeEmail}.
 * @param email normalised; a domain alone will do.
 * @returns the address itself, then with the domain in Unicode where that differs: `bücher.example` is also
 *   written `xn--bcher-kva.example`.
 */
export function emailForms(email: string): readonly [string, ...string[]] {
  const at = email.lastIndexOf('@') + 1;
  const domain = email.slice(at);
  if (!domain.includes('xn--')) return [email];
  const unicode = domainToUnicode(domain);
  return unicode === '' || unicode === domain ? [email] : [email, email.slice(0, at) + unicode];
}

/** @returns the domain of an e-mail address, lower case, ASCII; `undefined` for what is not one, such as a URL. */
export function normalizeDomain(text: string): string | undefined {
  return parseDomain(text.trim().normalize('NFC'))?.ascii;
}

/** More than a person has; a hundred people with as many are compared in a tenth of a second. */
const MAX_EMAILS = 250;

/**
 * @returns the addresses of a value that may hold several, separated by `;`, as they are written. Those after the
 *   first 250 are left out: each is to be normalized, and a CRM's response has room for 200,000.
 */
export function splitEmails(text: string): readonly string[] {
  return text
    .split(';', MAX_EMAILS)
    .map((address) => address.trim())
    .filter((address) => address !== '');
}
