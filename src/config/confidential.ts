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
export function isHarmless(text: string): boolean {
  return (
    text.length <= 80 &&
    !/[\p{Cc}@]/u.test(text) &&
    !/[?&;]\w+=/.test(text) &&
    !looksRandom(text) &&
    !namesMachine(text)
  );
}

/**
 * Whether the last key of a path may be shown: a plain word that is not below a secret, or a name that
 * somebody gave to a connection or tenant.
 */
export function isHarmlessKey(path: Path): boolean {
  const key = String(path.at(-1));
  const above = path.slice(0, -1);
  if (isSecretPath(above)) return false;
  if (path.length === 2 && isNamed(above)) return /^[\w .-]{1,64}$/.test(key);
  return /^[A-Za-z_$<][\w.$<-]{0,63}$/.test(key) && !looksRandom(key);
}

function isNamed([kind]: Path): boolean {
  return kind === 'connections' || kind === 'tenants';
}

function looksRandom(text: string): boolean {
  const runs = text.match(/[A-Za-z0-9]{16,}/g) ?? [];
  const hasRandomRun = runs.some((run) => /\d/.test(run) && /[A-Za-z]/.test(run));
  const isUuid = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/i.test(text);
  const isLongToken = /[\w+/=-]{32,}/.test(text) && /\d/.test(text) && /[A-Z]/.test(text);
  return hasRandomRun || isUuid || isLongToken;
}

const IP_ADDRESS = /\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*(?::[\da-f]*){2,}/giu;
const OF_EVERY_MACHINE = /^(?:127\..+|0\.0\.0\.0|::1?)$/u;

/** Whether something like an IP address is in it that not every machine has. */
function namesMachine(text: string): boolean {
  return (text.match(IP_ADDRESS) ?? []).some((address) => !OF_EVERY_MACHINE.test(address));
}

/** The secrets and interpolated values met while reading; for checking texts that others wrote. */
export class Confidential {
  readonly #secrets = new Set<string>();
  readonly #interpolated = new Set<string>();

  /** A value under a secret-looking key. */
  addSecret(value: string): void {
    for (const part of partsOf(value)) this.#secrets.add(part);
  }

  /** What an environment variable or a file held. */
  addInterpolated(value: string): void {
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
    return without(this.#secrets, text);
  }

  /**
   * What a connector wrote, for the operator's eyes: without secrets, and without what variables and files held
   * unless it names a place.
   */
  conceal(text: string): string {
    const held = [...this.#interpolated].filter((value) => !isPlace(value));
    return without([...this.#secrets, ...held], text);
  }
}

/** Longer values first: one may be a part of another. */
function without(values: Iterable<string>, text: string): string {
  return [...values]
    .filter((value) => value.length >= 8)
    .sort((a, b) => b.length - a.length)
    .reduce((left, value) => left.replaceAll(value, '…'), text);
}

/** What names a place, such as a file or the address of a CRM: without it, errors about it would teach nothing. */
function isPlace(value: string): boolean {
  if (!isHarmless(value)) return false;
  return /^https?:\/\//.test(value) || /[/\\]|^[\w -]+\.\w{1,5}$/.test(value);
}

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
