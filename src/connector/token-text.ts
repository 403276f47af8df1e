/** Finds mistakes in pasted tokens and keys, so that they are reported when the configuration is loaded. */
import { z } from 'zod';

/** Quotes at both ends; a double one at either end. */
const QUOTES = /^"|"$|^(['`\u2018-\u201b]).*['`\u2018-\u201b]$/s;
/** Of a text processor or a web page: in YAML they do not end a text, they are part of it. */
const CURLY_QUOTES = /^[\u201c-\u201f]|[\u201c-\u201f]$|^[\u2018-\u201b].*[\u2018-\u201b]$/s;
/** A line of a shell or an .env file. A `=` at the end is padding of base64. */
const ASSIGNMENT = /^(?:export\s+)?[A-Za-z]\w*\s*=(?!=*$)/;
const SCHEME = /^(?:authorization\s*:|(?:bearer|basic|token)\s)/i;

/**
 * @param text a token, key or secret as it stands in the settings; none of them holds blanks.
 * @returns what is wrong with its form and what to do, without quoting it; `undefined` when nothing is.
 */
export function tokenMistake(text: string): string | undefined {
  const bare = text.trim();
  if (bare === '') return 'must not be empty';
  if (SCHEME.test(bare)) {
    return 'begins with the name of a header or a scheme, such as "Bearer": leave only the token, the bridge adds that';
  }
  if (ASSIGNMENT.test(bare)) {
    return 'begins with a name and "=", like a line of an .env file: leave only what follows the "="';
  }
  if (CURLY_QUOTES.test(bare)) {
    return 'has curly quotes around it: replace them with straight ones, or remove them where no quotes are needed';
  }
  if (QUOTES.test(bare)) {
    return 'has quotes around it: remove them where it is set (an env file of Docker or systemd may keep them)';
  }
  if (/[\r\n]/.test(text)) return 'has a line break: put the token on one line';
  if (text !== bare) return 'has blanks around it: remove them';
  if (/\s/.test(text)) return 'has a blank in it: paste the token again, and nothing else';
  if (!/^[!-~]+$/.test(text)) {
    return 'has a character that tokens do not have, such as a typographic dash or an invisible one: paste it again';
  }
  return undefined;
}

/**
 * @param text a key that is made up here: any characters, so only the certain mistakes are named.
 * @returns as {@link tokenMistake}.
 */
export function keyMistake(text: string): string | undefined {
  const isPasted =
    /^(["'`]).*\1$|^[\u2018-\u201e].*[\u2018-\u201e]$|^(?:export\s+)?[A-Z][A-Z0-9_]*=./s.test(text);
  return isPasted || /^bearer\s/i.test(text) || text !== text.trim()
    ? tokenMistake(text)
    : undefined;
}

/** Whether a name is so short and plain that it is no secret: a message may quote it, though it may stand in a wrong place. */
export function isShortWord(name: string): boolean {
  return /^[a-z]{1,7}$/.test(name);
}

/**
 * For the schema of a connector: a password or another secret of any characters, not empty.
 * @param options.allowsScheme whether it may begin with `Bearer` and the like, as the value of a header does
 */
export function secretText({ allowsScheme = false }: { readonly allowsScheme?: boolean } = {}) {
  const text = z.string().min(1);
  return text.superRefine((value, context) => {
    const message = keyMistake(allowsScheme ? value.replace(SCHEME, '') : value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/** For the schema of a connector: an access token, client id, client secret, refresh token or API key. */
export function tokenText() {
  return z.string().superRefine((text, context) => {
    const message = tokenMistake(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}
