/**
 * What a message or an excerpt may quote of a configuration file. A slip can put a secret under any key and into any
 * value, so a text is quoted only if the bridge could have written it without having read the file.
 */
import { isShortWord } from '../connector/token-text.ts';
import { closestMatch } from '../model/closest-match.ts';
import type { Path } from './problem.ts';
import { isKeySynonym } from './schema/key-synonyms.ts';

const SECRET_KEY =
  /key|secret|token|passw|passphrase|pwd|credential|private|bearer|signature|cookie|authorization|^value$/i;

/** The key of the bridge that sounds like a secret and holds none. */
const NOT_SECRET = new Set(['wrongKeys']);

/** Whether the value at a path is a secret or part of one. Names of connections and tenants don't count. */
export function isSecretPath(path: Path): boolean {
  return path.some(
    (step, index) =>
      typeof step === 'string' &&
      SECRET_KEY.test(step) &&
      !NOT_SECRET.has(step) &&
      !isName(path.slice(0, index + 1)),
  );
}

/**
 * The words that the bridge knows: the keys of the schemas and of the connectors', and {@link COMMON_WORDS}.
 */
export class Vocabulary {
  readonly #words = new Set<string>();
  readonly #unread: (() => Iterable<string>)[] = [() => [COMMON_WORDS]];

  /** @param keys asked for when the first word is looked up, which is never without a problem. */
  add(keys: () => Iterable<string>): void {
    this.#unread.push(keys);
  }

  /**
   * Whether a text of the file may be quoted: a number, the name of a file or of a variable, known words, or the
   * misspelling of a word that the same message has anyway. A path without such a name may be a password with a slash
   * in it: it is quoted only where a path belongs.
   * @param besides what the message says without having read the text
   */
  isHarmless(text: string, besides = ''): boolean {
    if (text.length > MAX_QUOTED) return false;
    if (NUMBER.test(text) || isFileName(text)) return true;
    if (EXPECTS_PATH.test(besides) && isPath(text)) return true;
    const bare = text
      .replace(REFERENCE, (all, name: string) => (isVariableName(name) ? '' : all))
      .replace(LOCAL_HOST, '');
    if (!PLAIN.test(bare)) return false;
    const said = wordsOf(besides);
    return (bare.match(RUN) ?? []).every(
      (run) => this.#isKnown(run, said) || isMisspelling(run, said),
    );
  }

  /** Whether a word of the file may stand in an excerpt. @param said the words of the message, see {@link wordsOf} */
  isShown(word: string, said: ReadonlySet<string>): boolean {
    if (/^[-<$]{1,2}$/.test(word)) return true;
    const runs = PLAIN.test(word) ? (word.match(RUN) ?? []) : [];
    return runs.length > 0 && runs.every((run) => this.#isKnown(run, said));
  }

  /** Whether the last key of a path may be quoted. The names of connections and tenants need only look like names. */
  isQuotableKey(path: Path, hasMapping: boolean, besides: string): boolean {
    const key = String(path.at(-1));
    const isUsable = hasMapping && isName(path) && isNameLike(key);
    return isUsable || isShortWord(key) || isKeySynonym(key) || this.isHarmless(key, besides);
  }

  #isKnown(run: string, said: ReadonlySet<string>): boolean {
    this.#readKeys();
    const isOne = (word: string) => this.#words.has(word) || said.has(word);
    return isOne(run.toLowerCase()) || partsOf(run).every(isOne);
  }

  #readKeys(): void {
    for (const key of this.#unread.splice(0).flatMap((keys) => [...keys()])) {
      this.#words.add(key.toLowerCase());
      for (const word of wordsOf(key)) if (word.length > 2) this.#words.add(word);
    }
  }
}

const MAX_QUOTED = 80;
/** With a unit or without; no longer than a port. */
const NUMBER = /^-?\d{1,5}(?:\.\d{1,2})? ?(?:ms|s|m|h|d|sec|min|kB|KB|MB|GB|%)?$/u;
const REFERENCE = /\$\{([^}]*)\}/g;
/** Addresses that every machine has. */
const LOCAL_HOST = /127\.0\.0\.1|0\.0\.0\.0/g;
/** Words and what stands between them. */
const PLAIN = /^[\p{L}\p{N}\s._/:,'"*<-]*$/u;
const RUN = /[\p{L}\p{N}]+/gu;
/** Words within `camelCase`, and numbers. */
const PART = /\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|[\p{L}\p{M}]|\p{N}+/gu;
const COMMON_WORDS =
  'http https www com org net example localhost true false yes no on off null seconds minutes hours days snapengage snapabug';

/** Lower-case words of a text, also those within `camelCase`. */
export function wordsOf(text: string): ReadonlySet<string> {
  const runs = text.match(RUN) ?? [];
  return new Set(runs.flatMap((run) => [run.toLowerCase(), ...partsOf(run)]));
}

function partsOf(run: string): readonly string[] {
  return (run.match(PART) ?? []).map((part) => part.toLowerCase());
}

function isMisspelling(run: string, said: ReadonlySet<string>): boolean {
  return run.length > 3 && closestMatch(run, said) !== undefined;
}

/** How messages begin where a path belongs. */
const EXPECTS_PATH = /^(?:the (?:path|name) of )?an? (?:existing |template )?(?:file|folder)\b/;
/** With an ending that the settings name. */
const FILE_NAME = /^[\p{L}\p{N}_./ -]+\.(?:ya?ml|json|csv|txt|pem|crt|key|liquid)$/iu;
/** Words between slashes. */
const FOLDERS = /^\.{0,2}\/?[\p{L}_-]+(?:\/[\p{L}_-]+)+$|^\.{1,2}\/[\p{L}_-]+$/iu;

/** Whether a text can only be the name of a file. */
function isFileName(text: string): boolean {
  return FILE_NAME.test(text) && isNameLike(text);
}

/** Whether a text looks like the path of a file or a folder. */
export function isPath(text: string): boolean {
  return isFileName(text) || (FOLDERS.test(text) && isNameLike(text));
}

/**
 * Whether a text looks like the name of a variable. In lower case it may also be a password: it has to be a short
 * word, or short words apart by `_` or capitals.
 */
export function isVariableName(text: string): boolean {
  return VARIABLE_NAMES.some((form) => form.test(text)) && isNameLike(text);
}

const VARIABLE_NAMES = [
  /^[A-Z][A-Z0-9_]*$/,
  /^_?[a-z]{1,7}(?:[A-Z][a-z]{1,7}){0,3}$/,
  /^(?=.{1,40}$)_?[A-Za-z]{1,12}(?:_(?:[A-Za-z]{1,12}|\d{1,4}))+$/,
];

/** Whether a text looks like a name that people choose: words and short numbers, no characters by chance. */
export function isNameLike(text: string): boolean {
  return isQuotable(text) && areWords(text);
}

/** `acme`, `Acme2024`, `salesEurope`, `CRM`, `42`, `2nd` */
const NAME_RUN =
  /^(?:(?:\p{Lu}?[\p{Ll}\p{Lo}]{2,20}){1,4}|\p{Lu}{1,14}|\p{L})\d{0,4}$|^\d{1,4}\p{Ll}{0,3}$/u;

function areWords(text: string): boolean {
  return (text.match(RUN) ?? []).every((run) => NAME_RUN.test(run) && hasVowels(run));
}

function hasVowels(run: string): boolean {
  return !/[a-z]{5}/i.test(run) || /[aeiouy]/i.test(run);
}

/** Whether a text has no e-mail or IP address, no key, no token, and is not too long. */
export function isQuotable(text: string): boolean {
  return (
    text.length <= MAX_QUOTED &&
    !/[\p{Cc}@]/u.test(text) &&
    !/[?&;]\w+=/.test(text) &&
    !looksLikeToken(text) &&
    !containsIp(text)
  );
}

/** Whether the last key of a path is the name of a connection or a tenant. It is no secret: metrics and URLs have it. */
export function isName(path: Path): boolean {
  return path.length === 2 && (path[0] === 'connections' || path[0] === 'tenants');
}

/** The words of a text that look like tokens, wherever they have been pasted. */
export function tokensIn(text: string): readonly string[] {
  return (text.match(/[^\s"'`{}()[\]<>|,;:=?&#@/]{8,}/gu) ?? []).filter(looksLikeToken);
}

/** Whether a text has characters by chance, as keys do. */
export function looksLikeToken(text: string): boolean {
  const words = text.split(/\W+/);
  // A token with a slip of the keyboard in it falls into two words.
  const pairs = words.slice(1).map((word, index) => `${words[index] ?? ''}${word}`);
  const runs = [
    ...(text.match(/[A-Za-z0-9]{16,}/g) ?? []),
    ...pairs.filter((pair) => pair.length >= 20),
  ];
  const hasRandomRun = runs.some((run) => /\d/.test(run) && /[A-Za-z]/.test(run));
  const isUuid = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/i.test(text);
  const isLong = /[\w+/=-]{32,}/.test(text) && /\d/.test(text) && /[A-Z]/.test(text);
  const isLongToken = isLong && !areWords(text);
  return hasRandomRun || isUuid || isLongToken;
}

export const IP_ADDRESS = /\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*(?::[\da-f]*){2,}(?:\.\d{1,3}){0,3}/giu;

/** Addresses that every machine has. */
export const LOCAL_ADDRESS = /^(?:127\..+|0\.0\.0\.0|::1?)$/u;

/** Whether the text has something like an IP address, other than those that every machine has. */
function containsIp(text: string): boolean {
  return (text.match(IP_ADDRESS) ?? []).some((address) => !LOCAL_ADDRESS.test(address));
}
