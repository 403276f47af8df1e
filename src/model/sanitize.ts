/** The longest single value in characters; the whole text has its own cap. */
const MAX_VALUE_CHARS = 1000;

/** The rest is ignored: sanitizing megabytes would delay all other requests. */
const MAX_INPUT_CHARS = 16 * MAX_VALUE_CHARS;

/**
 * One line of text: control characters and line breaks become a space, bidirectional overrides and
 * invisible marks go, white space is folded. @returns `null` when nothing is left.
 */
export function sanitizeText(value: string): string | null {
  if (value.length <= MAX_VALUE_CHARS && CLEAN.test(value)) return value;
  const line = value
    .slice(0, MAX_INPUT_CHARS)
    .toWellFormed()
    .replace(INVISIBLE, '')
    .replace(BREAKS, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  if (line === '') return null;
  return line.length > MAX_VALUE_CHARS
    ? `${line
        .slice(0, MAX_VALUE_CHARS - 1)
        .toWellFormed()
        .replace(/\ufffd$/u, '')}…`
    : line;
}

/** Most values: visible ASCII, single spaces between. */
const CLEAN = /^[!-~]+(?: [!-~]+)*$/;

/* Joiners (U+200C, U+200D) stay: scripts and emoji need them. Soft hyphen, zero-width space, word joiner,
   deprecated format characters, BOM, interlinear annotation and tag characters go with the bidirectional
   controls. */
const INVISIBLE =
  /[\p{Bidi_Control}\u00ad\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
