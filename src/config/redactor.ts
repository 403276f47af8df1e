/**
 * What must not be shown. Three nets: values under keys that look like a secret's are never quoted;
 * texts that look like a key, token or address are not quoted wherever they stand, since a mistake in the
 * file can put a secret under another key; and what was found to be a secret is cut out of every message.
 */
import type { Path } from './problem.ts';

const SECRET = /key|secret|token|passw|passphrase|pwd|credential|private|bearer|signature|cookie/i;
/** Of our own keys, the one that sounds like a secret and is none. */
const NOT_SECRET = new Set(['wrongKeys']);

/** Whether what stands at a path is a secret or part of one. Names of connections and tenants don't count. */
export function isSecretPath(path: Path): boolean {
  return path.some(
    (step, index) =>
      typeof step === 'string' &&
      SECRET.test(step) &&
      !NOT_SECRET.has(step) &&
      !(index === 1 && isNamed(path)),
  );
}

/** Whether a text may be quoted in a message: no e-mail or IP address, no key, no token, not too long. */
export function isQuotable(text: string): boolean {
  return (
    text.length <= 80 &&
    !/[\p{Cc}@]/u.test(text) &&
    !/[?&;]\w+=/.test(text) &&
    !looksLikeToken(text) &&
    !containsIp(text)
  );
}

/**
 * Whether the last key of a path may be shown: a plain word that is not below a secret, or a name that
 * somebody gave to a connection or tenant.
 */
export function isQuotableKey(path: Path): boolean {
  const key = String(path.at(-1));
  const above = path.slice(0, -1);
  if (isSecretPath(above)) return false;
  if (path.length === 2 && isNamed(above)) return /^[\w .-]{1,64}$/.test(key);
  return /^[A-Za-z_$<][\w.$<-]{0,63}$/.test(key) && !looksLikeToken(key);
}

function isNamed([kind]: Path): boolean {
  return kind === 'connections' || kind === 'tenants';
}

function looksLikeToken(text: string): boolean {
  const runs = text.match(/[A-Za-z0-9]{16,}/g) ?? [];
  const hasRandomRun = runs.some((run) => /\d/.test(run) && /[A-Za-z]/.test(run));
  const isUuid = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/i.test(text);
  const isLongToken = /[\w+/=-]{32,}/.test(text) && /\d/.test(text) && /[A-Z]/.test(text);
  return hasRandomRun || isUuid || isLongToken;
}

const IP_ADDRESS = /\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*(?::[\da-f]*){2,}(?:\.\d{1,3}){0,3}/giu;
const OF_EVERY_MACHINE = /^(?:127\..+|0\.0\.0\.0|::1?)$/u;

/** Whether something like an IP address is in it that not every machine has. */
function containsIp(text: string): boolean {
  return (text.match(IP_ADDRESS) ?? []).some((address) => !OF_EVERY_MACHINE.test(address));
}

/** The secrets and interpolated values met while reading; for checking texts that others wrote. */
export class Redactor {
  readonly #secrets = new Set<string>();
  readonly #interpolated = new Set<string>();
  /** What is cut out of texts; found anew when something has been added. */
  #cuts: { readonly redact: patterns; readonly conceal: patterns } | undefined;

  /** A value under a secret-looking key. */
  addSecret(value: string): void {
    this.#cuts = undefined;
    for (const part of partsOf(value)) this.#secrets.add(part);
  }

  /** What an environment variable or a file held. */
  addInterpolated(value: string): void {
    this.#cuts = undefined;
    for (const part of partsOf(value)) this.#interpolated.add(part);
  }

  /** Whether a text holds any of them, or a part of an address. */
  appearsIn(text: string): boolean {
    const lower = text.toLowerCase();
    return [...this.#secrets, ...this.#interpolated]
      .flatMap((value) => [value, ...wordsOf(value)])
      .some((part) => lower.includes(part.toLowerCase()));
  }

  /** The text without secrets of 8 characters and more; shorter ones may be ordinary words. */
  redact(text: string): string {
    return without(this.#allCuts().redact, text);
  }

  /**
   * What a connector wrote, for the operator's eyes: without secrets, and without what variables and files held
   * unless it names a place.
   */
  conceal(text: string): string {
    return without(this.#allCuts().conceal, text);
  }

  #allCuts(): { readonly redact: patterns; readonly conceal: patterns } {
    if (this.#cuts !== undefined) return this.#cuts;
    const held = [...this.#interpolated].filter((value) => !isPlace(value));
    this.#cuts = {
      redact: cutsOf(this.#secrets),
      conceal: cutsOf([...this.#secrets, ...held]),
    };
    return this.#cuts;
  }
}

/** Longer ones first: one may be a part of another. */
type patterns = readonly string[];

function cutsOf(values: Iterable<string>): patterns {
  const long = [...values].filter((value) => value.length >= 8);
  return [...new Set(long.flatMap(formsOf))].sort((a, b) => b.length - a.length);
}

function without(cuts: patterns, text: string): string {
  return cuts.reduce((left, cut) => left.replaceAll(cut, '…'), text);
}

/** A value as it is, in a URL, in a form, and in base64. */
function formsOf(value: string): readonly string[] {
  const inForm = new URLSearchParams({ '': value }).toString().slice('='.length);
  return [value, encodeURIComponent(value.toWellFormed()), inForm, ...inBase64(value)];
}

/**
 * The characters that stand for nothing but the value in the base64 of whatever it is a part of, such as
 * `user:password`. They depend on how many bytes are before it, by threes.
 */
function inBase64(value: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
  });
}

/** What names a place, such as a file or the address of a CRM: without it, errors about it would teach nothing. */
function isPlace(value: string): boolean {
  return isQuotable(value) && PLACES.some((place) => place.test(value));
}

/** Addresses; absolute paths and those that begin with dots; files of the kinds that the settings name. */
const PLACES = [
  /^https?:\/\//u,
  /^\.{0,2}\/[\p{L}\p{N}_ ./-]*$/u,
  /^[\p{L}\p{N}_ .:/\\-]+\.(?:csv|ya?ml|json|pem|key|crt|txt|liquid)$/iu,
];

/** The value, and of one with several lines each line of some length. */
function partsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).filter((line) => line.length >= 8);
  return [value, ...lines].filter((part) => part !== '');
}

/** Of an address a message may name a part, such as the host. */
function wordsOf(value: string): readonly string[] {
  if (!URL.canParse(value) && !value.includes('@')) return [];
  const words = value.match(/[\p{L}\p{N}]{4,}/gu) ?? [];
  return words.filter((word) => !COMMON_WORDS.has(word.toLowerCase()));
}

const COMMON_WORDS = new Set(['http', 'https', 'true', 'false', 'null']);
