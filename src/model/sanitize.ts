/** The longest single value in characters; the whole text has its own cap. */
const LONGEST_VALUE = 1000;

/** What stands behind is not even looked at: cleaning megabytes would hold up everybody else. */
const LONGEST_READ = 16 * LONGEST_VALUE;

/**
 * One line of text: control characters and line breaks become a space, bidirectional overrides and
 * invisible marks go, white space is folded. @returns `null` when nothing is left.
 */
export function cleanText(value: string): string | null {
  if (value.length <= LONGEST_VALUE && CLEAN.test(value)) return value;
  const line = value
    .slice(0, LONGEST_READ)
    .toWellFormed()
    .replace(INVISIBLE, '')
    .replace(BREAKS, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  if (line === '') return null;
  return line.length > LONGEST_VALUE
    ? `${line
        .slice(0, LONGEST_VALUE - 1)
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
