/**
 * Where secrets are removed. Problems and excerpts quote only what {@link isQuotable} and
 * `isQuotableKey` allow, since a mistake in a file can put a secret under any key. The
 * {@link Redactor} then removes the secrets it knows from problems, logs, notices, checks and traces.
 */
import { isIP } from 'node:net';
import { HiddenTexts } from './hidden-texts.ts';
import { IP_ADDRESS, isQuotable, LOCAL_ADDRESS, looksLikeToken } from './quotable.ts';
import type { ConnectorLog, LogFields } from '../connector/contract.ts';

/** What a text may quote: the configuration files, a connector's settings, or also requests and answers. */
export type Quotes = 'files' | 'settings' | 'traffic';

/** The secrets and interpolated values of one configuration. */
export class Redactor {
  readonly #secrets = new HiddenTexts();
  readonly #interpolated = new HiddenTexts();

  /** A value under a secret-looking key. */
  addSecret(value: string): void {
    for (const piece of withLines(value)) this.#secrets.add(piece);
  }

  /** What an environment variable or a file held. */
  addInterpolated(value: string): void {
    for (const piece of withLines(value)) if (!isPlace(piece)) this.#interpolated.add(piece);
  }

  /**
   * The text with `…` for values of 8 characters and more; shorter ones may be ordinary words. From texts that
   * quote settings it removes interpolated values too, unless they name a place. From texts that quote
   * traffic it also removes all that looks like a key, a token, an e-mail or an IP address, and shortens them to
   * one line.
   */
  redact(text: string, quotes: Quotes): string {
    // The whole value before what is secret within it.
    const rest = quotes === 'files' ? text : this.#interpolated.removeFrom(text);
    const redacted = this.#secrets.removeFrom(rest);
    return quotes === 'traffic' ? redactPatterns(redacted) : redacted;
  }
}

/** A connector's log: secrets are removed from messages and fields. Levels that are off cost nothing. */
export function redactingLog(
  log: ConnectorLog & { isEnabled(level: keyof ConnectorLog): boolean },
  redactor: Pick<Redactor, 'redact'>,
): ConnectorLog {
  const write = (level: keyof ConnectorLog) => (message: string, fields?: LogFields) => {
    if (!log.isEnabled(level)) return;
    log[level](redactor.redact(message, 'settings'), fields && redactFields(fields, redactor));
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

/** The fields of a connector without secrets. */
export function redactFields(fields: LogFields, redactor: Pick<Redactor, 'redact'>): LogFields {
  const redact = (value: LogFields[string]): LogFields[string] =>
    typeof value === 'string' ? redactor.redact(value, 'settings') : value;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redact(value)]));
}

function isLocal(address: string): boolean {
  return LOCAL_ADDRESS.test(address);
}

const MAX_CHARACTERS = 500;
/** More is not looked at: some patterns look far ahead. */
const MAX_EXAMINED = 2000;
const SECRET_NAME = '[\\w-]*(?:key|token|secret|passw|pwd|signature|assertion|cookie)[\\w-]*';

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[^\s,;"']+/gi, '$1 …'],
  [new RegExp(`(${SECRET_NAME}=)[^\\s&,;"']+`, 'gi'), '$1…'],
  [new RegExp(`("${SECRET_NAME}"\\s*:\\s*")[^"]*`, 'gi'), '$1…'],
  [/(cookie|authorization):.*/gi, '$1: …'],
  [/[^\s<>"'(,;=]+@[^\s<>"'),;]+/g, '…'],
  // Long and mixed, as only tokens are.
  [/(?=[\w+!.-]*\d)(?=[\w+!.-]*[A-Za-z])[\w+!.-]{24,}={0,2}/g, '…'],
];

/** Connectors of third parties may quote what they sent or got. Cut only afterwards: half a token looks like a word. */
function redactPatterns(text: string): string {
  const isLong = text.length > MAX_EXAMINED;
  const examined = isLong ? text.slice(0, MAX_EXAMINED).replace(/[\w+/=.!-]*$/, '…') : text;
  const short = withoutBrokenTokens(examined).replace(/\s+/gu, ' ');
  return PATTERNS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), short)
    .replace(IP_ADDRESS, (text) => (isIP(text) === 0 || isLocal(text) ? text : '…'))
    .slice(0, MAX_CHARACTERS);
}

/** Words with a line break between them. */
const BROKEN = /[\w+/!.=-]+(?:[ \t]*\r?\n[ \t]*[\w+/!.=-]+)+/g;

/** The text with `…` for tokens that a line break divides. */
function withoutBrokenTokens(text: string): string {
  return text.replace(BROKEN, (broken) => {
    const parts = broken.split(/\s+/);
    const isPart = parts.map((part, at) =>
      [parts[at - 1], parts[at + 1]].some(
        (other, side) =>
          other !== undefined && isBroken(...(side === 0 ? [other, part] : [part, other])),
      ),
    );
    return parts.map((part, at) => (isPart[at] === true ? '…' : part)).join(' ');
  });
}

/** Whether two words are one token: ordinary words beside a line break have no digits, or are short. */
function isBroken(...parts: readonly string[]): boolean {
  const isMixed = (part: string) => /\d/.test(part) && /[A-Za-z]/.test(part);
  const longest = parts.reduce((a, b) => (a.length >= b.length ? a : b));
  const joined = parts.join('');
  return joined.length >= 24 && isMixed(longest) && longest.length >= 12 && looksLikeToken(joined);
}

/** Whether a value names a place, such as a file or a CRM's address: errors about it are useless without it. */
function isPlace(value: string): boolean {
  return isQuotable(value) && PLACES.some((place) => place.test(value));
}

/** Addresses; absolute paths and those that begin with dots; files of the kinds that the settings name. */
const PLACES = [
  /^https?:\/\//u,
  /^(?:sqlite:)?\.{0,2}\/[\p{L}\p{N}_ ./-]*$/u,
  /^sqlite:[\p{L}\p{N}_ .:/\\-]+\.(?:db3?|sqlite3?)$/iu,
  /^[\p{L}\p{N}_ .:/\\-]+\.(?:csv|ya?ml|json|pem|key|crt|txt|liquid)$/iu,
];

/** The value, and each longer line of one with several. */
function withLines(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).filter((line) => line.length >= 8);
  return [value, ...lines].filter((piece) => piece !== '');
}
