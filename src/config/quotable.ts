/**
 * What a message or an excerpt may quote of a configuration file. A mistake can put a secret under any key, so what
 * is quoted must be harmless wherever it stands.
 */
import { closestMatch } from '../model/closest-match.ts';
import type { Path } from './problem.ts';

const SECRET_KEY =
  /key|secret|token|passw|passphrase|pwd|credential|private|bearer|signature|cookie/i;

/** The key of the bridge that sounds like a secret and holds none. */
const NOT_SECRET = new Set(['wrongKeys']);

/** Whether the value at a path is a secret or part of one. Names of connections and tenants don't count. */
export function isSecretPath(path: Path): boolean {
  return path.some(
    (step, index) =>
      typeof step === 'string' &&
      SECRET_KEY.test(step) &&
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
 * Whether the last key of a path may be quoted: harmless words that are not below a secret. The names of
 * connections and tenants, which have a mapping below them, need only look like names.
 */
export function isQuotableKey(path: Path, hasMapping: boolean, vocabulary: Vocabulary): boolean {
  const key = String(path.at(-1));
  const above = path.slice(0, -1);
  if (isSecretPath(above)) return false;
  if (
    path.length === 2 &&
    isNamed(above) &&
    hasMapping &&
    isNameLike(key) &&
    /^\S+(?: \S+)?$/u.test(key)
  )
    return true;
  return /^[\w.$<-]{1,64}$/.test(key) && vocabulary.isHarmless(key);
}

/** Whether a text looks like a name that people choose: words and short numbers, no characters by chance. */
export function isNameLike(text: string): boolean {
  const runs = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  return isQuotable(text) && runs.every((run) => NAME_RUN.test(run) && hasVowels(run));
}

/** `acme`, `Acme2024`, `salesEurope`, `CRM`, `42`, `2nd` */
const NAME_RUN =
  /^(?:(?:\p{Lu}?[\p{Ll}\p{Lo}]{2,20}){1,4}|\p{Lu}{1,14}|\p{L})\d{0,4}$|^\d{1,4}\p{Ll}{0,3}$/u;

function hasVowels(run: string): boolean {
  return !/[a-z]{5}/i.test(run) || /[aeiouy]/i.test(run);
}

/** The most characters of a quoted text that no word of the bridge explains. */
const MAX_UNKNOWN = 7;

/**
 * The words that the bridge knows: keys of its schemas, connectors' keys, and {@link COMMON_WORDS}. A secret may
 * stand anywhere in a file, also cut in pieces, so a text is harmless only if all but
 * {@link MAX_UNKNOWN} of its characters are words that the bridge could print without having read the file.
 */
export class Vocabulary {
  readonly #keys: () => Iterable<string>;
  #loaded: Set<string> | undefined;
  readonly #added = new Set<string>();

  /** @param keys those of the schemas; asked for when first needed. */
  constructor(keys: () => Iterable<string>) {
    this.#keys = keys;
  }

  /** Adds the keys of a connector's settings. */
  add(keys: Iterable<string>): void {
    const before = this.#added.size;
    for (const key of keys) this.#added.add(key);
    if (this.#added.size > before) this.#loaded = undefined;
  }

  /** Whether the text is a key. */
  has(text: string): boolean {
    return this.#added.has(text) || this.#words.has(text);
  }

  /** @param besides what the same message says without having read the text. */
  isHarmless(text: string, besides = ''): boolean {
    if (!isQuotable(text)) return false;
    const known = [this.#words, new Set(wordsOf(besides))];
    const explained = (isKnown: (word: string) => boolean): string =>
      text
        .replace(REFERENCE, (all, name: string) => (isNameLike(name) ? GAP : all))
        .replace(LOCAL_HOST, GAP)
        .replace(WORD, (word) => (isKnown(word) ? GAP : word));
    const rest = explained((word) => isOneOf(word, known));
    if (unknownCharacters(rest) <= MAX_UNKNOWN && longestPiece(rest) <= MAX_UNKNOWN) return true;
    // A misspelt word, if there is nothing else.
    return unknownCharacters(explained((word) => isNear(word, known))) === 0;
  }

  get #words(): ReadonlySet<string> {
    this.#loaded ??= new Set(
      [...this.#keys(), ...this.#added, COMMON_WORDS].flatMap((key) => [key, ...wordsOf(key)]),
    );
    return this.#loaded;
  }
}

const REFERENCE = /\$\{([A-Z_][A-Z0-9_]*)\}/g;
/** In place of what is known. */
const GAP = '\u0000';
/** Addresses that every machine has. */
const LOCAL_HOST = /127\.0\.0\.1|0\.0\.0\.0/g;
/** Words within `camelCase`, and numbers. */
const WORD = /\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|[\p{L}\p{M}]|\p{N}+/gu;
const COMMON_WORDS =
  'http https www com org net example localhost yaml yml json csv txt pem crt liquid snapengage snapabug everyone nowhere';

function wordsOf(text: string): readonly string[] {
  const whole = text.match(/\p{L}+/gu) ?? [];
  return [...whole, ...(text.match(WORD) ?? [])].map((word) => word.toLowerCase());
}

type Words = readonly ReadonlySet<string>[];

/** Short words are parts of too many texts. */
function isOneOf(word: string, known: Words): boolean {
  return word.length >= 3 && known.some((words) => words.has(word.toLowerCase()));
}

function isNear(word: string, known: Words): boolean {
  const all = known.flatMap((words) => [...words]);
  return isOneOf(word, known) || (word.length >= 4 && closestMatch(word, all) !== undefined);
}

/** All but what separates words. */
function unknownCharacters(text: string): number {
  return text.replace(/[\0\s._/:,'"*()[\]{}$\\-]/g, '').length;
}

function longestPiece(text: string): number {
  return Math.max(...text.split(GAP).map((piece) => piece.length));
}

function isNamed([kind]: Path): boolean {
  return kind === 'connections' || kind === 'tenants';
}

function looksLikeToken(text: string): boolean {
  const words = text.split(/\W+/);
  // A token with a slip of the keyboard in it falls into two words.
  const pairs = words.slice(1).map((word, index) => `${words[index] ?? ''}${word}`);
  const runs = [
    ...(text.match(/[A-Za-z0-9]{16,}/g) ?? []),
    ...pairs.filter((pair) => pair.length >= 20),
  ];
  const hasRandomRun = runs.some((run) => /\d/.test(run) && /[A-Za-z]/.test(run));
  const isUuid = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/i.test(text);
  const isLongToken = /[\w+/=-]{32,}/.test(text) && /\d/.test(text) && /[A-Z]/.test(text);
  return hasRandomRun || isUuid || isLongToken;
}

export const IP_ADDRESS = /\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*(?::[\da-f]*){2,}(?:\.\d{1,3}){0,3}/giu;

/** Addresses that every machine has. */
export const LOCAL_ADDRESS = /^(?:127\..+|0\.0\.0\.0|::1?)$/u;

/** Whether the text has something like an IP address, other than those that every machine has. */
function containsIp(text: string): boolean {
  return (text.match(IP_ADDRESS) ?? []).some((address) => !LOCAL_ADDRESS.test(address));
}
