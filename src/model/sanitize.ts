import { wholeCharacters } from './characters.ts';

/** The longest single value in characters; the whole text has its own cap. */
export const MAX_VALUE_CHARS = 1000;

/** The rest is ignored: sanitizing megabytes would delay all other requests. */
const MAX_INPUT_CHARS = 16 * MAX_VALUE_CHARS;

const ELLIPSIS = '…';

/**
 * One line of text: control characters and line breaks become a space, bidirectional overrides and
 * characters that show nothing go, white space is folded. @returns `null` when nothing is left to see.
 */
export function sanitizeText(value: string): string | null {
  if (value.length <= MAX_VALUE_CHARS && CLEAN.test(value)) return value;
  const line = wholeCharacters(value, MAX_INPUT_CHARS)
    .toWellFormed()
    .replace(INVISIBLE, '')
    .replace(BREAKS, ' ')
    .replace(JOINS_NOTHING, '')
    .replace(/\s+/gu, ' ')
    .trim();
  if (!VISIBLE.test(line)) return null;
  return line.length > MAX_VALUE_CHARS
    ? `${wholeCharacters(line, MAX_VALUE_CHARS - ELLIPSIS.length).trimEnd()}${ELLIPSIS}`
    : line;
}

/** Most values: visible ASCII, single spaces between. */
const CLEAN = /^[!-~]+(?: [!-~]+)*$/;

/**
 * All that Unicode lets a font ignore, bidirectional controls, interlinear annotation and tags. Joiners (U+200C, U+200D)
 * and variation selectors stay after what they join or change: scripts and emoji need them.
 */
const INVISIBLE =
  /[[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb\u{e0000}-\u{e007f}]--[\p{Join_Control}\p{Variation_Selector}]]/gv;
const JOINS_NOTHING =
  /(?<![\p{L}\p{M}\p{N}\p{S}\p{P}\p{Join_Control}\p{Variation_Selector}])[\p{Join_Control}\p{Variation_Selector}]+/gv;

/** What an agent can see. */
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\u2800]/u;

const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
