/**
 * The kinds of values in the configuration. A `title` says what is expected, for messages and editors;
 * numbers and true/false may come as texts, since that is what `${NAME}` gives.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isNetwork } from '../../auth/ip-allow-list.ts';
import { keyMistake } from '../../connector/token-text.ts';
import { parseDomain } from '../../model/email.ts';
import {
  localeHint,
  isCurrency,
  isLocale,
  isTimeZone,
  currencyHint,
  timeZoneHint,
} from '../../model/intl.ts';
import type { Hint } from '../yaml/config-file.ts';

/** The longest that Node's timers can wait: about 24 days. */
const MAX_DURATION_MS = 2 ** 31 - 1;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const UNITS_BYTES = { kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };
const MAX_SIZE = 64 * UNITS_BYTES.GB;

/** Names of connections, tenants, templates. */
export const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** `500ms`, `5s`, `5m`, `1h`; in milliseconds afterwards. */
export function duration(description: string, { min = 1 }: { readonly min?: 0 | 1 } = {}) {
  return z
    .string()
    .regex(/^\d+(ms|s|m|h)$/)
    .meta({ title: 'a duration such as 5s', description })
    .transform(toMilliseconds)
    .superRefine((ms, context) => {
      if (ms < min) addIssue(context, 'a duration above 0');
      if (ms > MAX_DURATION_MS) addIssue(context, 'a duration of at most 24 days (576h)');
    });
}

/** `500kB`, `128MB`, `2GB`; in bytes afterwards. */
export function size(description: string) {
  return z
    .string()
    .regex(/^\d+(kB|MB|GB)$/)
    .meta({ title: 'a size such as 128MB', description })
    .transform(toBytes)
    .superRefine((bytes, context) => {
      if (bytes < UNITS_BYTES.MB) addIssue(context, 'a size of at least 1MB');
      if (bytes > MAX_SIZE) addIssue(context, 'a size of at most 64GB');
    });
}

export function integer(min: number, max: number, description: string) {
  const title = `a whole number from ${min} to ${max}`;
  return z.preprocess(toNumber, z.int().min(min).max(max).meta({ title, description }));
}

export function fraction(description: string) {
  const title = 'a number from 0 to 1';
  return z.preprocess(toNumber, z.number().min(0).max(1).meta({ title, description }));
}

export function boolean(description: string) {
  return z.preprocess(toBoolean, z.boolean().meta({ title: 'true or false', description }));
}

export function port(description: string) {
  const title = 'a port from 0 to 65535';
  return z.preprocess(toNumber, z.int().min(0).max(65535).meta({ title, description }));
}

export function host(description: string) {
  const isName = (text: string) => /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(text);
  const isHost = (text: string) => isIP(text) !== 0 || isName(text);
  return checkedText('an address or host name', description, isHost);
}

export function name(title: string, description: string) {
  return z.string().regex(NAME).meta({ title, description });
}

/** Where the service is reached from outside; without a trailing slash afterwards. */
export function publicUrl(description: string) {
  const title = 'an address such as https://crm.example.com';
  const isRight = (value: string) => {
    const url = URL.parse(value);
    const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
    return isWeb && excessOfUrl(value) === undefined && url.password === '';
  };
  return checkedText(title, description, isRight, excessOfUrl).transform((value) =>
    value.replace(/\/+$/, ''),
  );
}

/** What an address has that belongs to none of its kind, in words that quote nothing of it. */
function excessOfUrl(value: string): string | undefined {
  if (URL.parse(value) === null) return undefined;
  const sign = /[?#]/.exec(value)?.[0];
  if (sign !== undefined) return `leave out the ${sign} and what follows it`;
  return URL.parse(value)?.username === '' ? undefined : 'leave out the user name before the @';
}

/** Of Redis or Valkey; `rediss:` is TLS. */
export function redisUrl(description: string) {
  const title = 'an address such as redis://redis.example.com:6379';
  return checkedText(title, description, (value) => {
    const url = URL.parse(value);
    const isRedis = url?.protocol === 'redis:' || url?.protocol === 'rediss:';
    const isBare = url?.search === '' && url.hash === '' && /^(\/\d{0,5})?$/.test(url.pathname);
    return isRedis && url.hostname !== '' && isBare;
  });
}

/** 32 bytes in base64. */
export function sharedKey() {
  const title = '32 bytes in base64';
  const isKey = (value: string) =>
    /^[A-Za-z0-9+/]{43}=$/.test(value) && Buffer.from(value, 'base64').length === 32;
  const hint = () => 'make one with "openssl rand -base64 32"';
  return checkedText(title, 'A key.', isKey, hint);
}

/** A tenant's key: plain, or its SHA-256. */
export function tenantKey() {
  const isDigest = (value: string) => /^sha256:/i.test(value);
  return z
    .string()
    .superRefine((value, context) => {
      if (isDigest(value)) {
        if (!/:[\da-f]{64}$/i.test(value)) addIssue(context, 'sha256: and 64 hex digits');
        return;
      }
      const message = keyMistake(value);
      if (message !== undefined && value !== '') addIssue(context, 'a key', `it ${message}`);
      else if (!/^[^\s\p{Cc}]{1,256}$/u.test(value)) {
        addIssue(context, 'a key of 1 to 256 characters without spaces');
      }
    })
    .meta({ title: 'a key, or sha256: and 64 hex digits', description: 'A key.' })
    .transform((value) => (isDigest(value) ? value.toLowerCase() : value));
}

export function bearerKey(description: string) {
  const title = 'a key of 1 to 256 letters, digits and other ASCII characters without spaces';
  return z
    .string()
    .superRefine((value, context) => {
      const message = keyMistake(value);
      if (message !== undefined && value !== '') addIssue(context, 'a key', `it ${message}`);
      else if (!/^[!-~]{1,256}$/.test(value)) addIssue(context, title);
    })
    .meta({ title, description });
}

/** An address, or a range such as `10.0.0.0/8`. */
export function network() {
  const title = 'an address or a range such as 10.0.0.0/8';
  return checkedText(title, 'An address or a range.', isNetwork);
}

export function emailPattern() {
  const title = 'an address or a pattern such as *@example.com';
  const isPattern = (value: string) => /^[^\s@]+@[^\s@]+$/.test(value);
  return checkedText(title, 'An address or a pattern; * is any text.', isPattern);
}

/** What follows the `@`; lower case, ASCII afterwards. */
export function mailDomain() {
  const title = 'a domain such as mail.example';
  const isDomain = (value: string) => parseDomain(value) !== undefined;
  return checkedText(title, 'A domain.', isDomain).transform(
    (value) => parseDomain(value)?.ascii ?? value,
  );
}

export function locale(description: string) {
  return checkedText('a locale such as en-GB', description, isLocale, localeHint);
}

export function timeZone(description: string) {
  return checkedText('a time zone such as Europe/Berlin', description, isTimeZone, timeZoneHint);
}

export function currency(description: string) {
  return checkedText('a currency such as EUR', description, isCurrency, currencyHint);
}

/** 200, or an error; never a redirect or an answer without a body. */
export function answerStatus(description: string) {
  const title = '200 or a status from 400 to 599';
  const status = z.int().min(200).max(599).meta({ title, description });
  return z.preprocess(toNumber, status).superRefine((value, context) => {
    if (value !== 200 && value < 400) addIssue(context, title);
  });
}

/** As Express takes it. */
export function trustProxy(description: string) {
  const title =
    'true, false, a number of proxies, loopback, linklocal, uniquelocal, addresses or ranges';
  const words = ['loopback', 'linklocal', 'uniquelocal'];
  const value = z.union([z.boolean(), z.int().min(0), z.string(), z.array(z.string())]);
  return z
    .preprocess((input) => toBoolean(toNumber(input)), value.meta({ title, description }))
    .superRefine((trusted, context) => {
      const texts = typeof trusted === 'string' ? trusted.split(',') : trusted;
      if (!Array.isArray(texts)) return;
      const areGood = texts.every((text) => words.includes(text.trim()) || isNetwork(text.trim()));
      if (!areGood || texts.length === 0) addIssue(context, title);
    });
}

/** A list in which nothing may be twice. */
export function unique<T extends z.ZodType<string>>(list: z.ZodArray<T>) {
  return list.superRefine((items, context) => {
    const seen = new Set<string>();
    items.forEach((item, index) => {
      if (!seen.has(item)) return void seen.add(item);
      const params = { expected: 'every item once' };
      context.addIssue({ code: 'custom', path: [index], params });
    });
  });
}

/** Whether a host, as in a URL or as one listens on it, is this machine alone. */
export function isLoopback(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

function checkedText(
  title: string,
  description: string,
  isValid: (value: string) => boolean,
  hintFor?: (value: string) => string | undefined,
) {
  return z
    .string()
    .superRefine((value, context) => {
      if (!isValid(value)) addIssue(context, title, () => hintFor?.(value));
    })
    .meta({ title, description });
}

type Context = Pick<z.core.$RefinementCtx, 'addIssue'>;

function addIssue(context: Context, expected: string, hint?: Hint): void {
  context.addIssue({ code: 'custom', params: { expected, hint } });
}

function toMilliseconds(text: string): number {
  return toNumberOf(UNITS_MS, text);
}

function toBytes(text: string): number {
  return toNumberOf(UNITS_BYTES, text);
}

function toNumberOf(units: Readonly<Record<string, number>>, text: string): number {
  const [, count, unit] = /^(\d+)([A-Za-z]+)$/.exec(text) ?? [];
  return Number(count) * (units[unit ?? ''] ?? Number.NaN);
}

function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function toBoolean(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}
