/** Texts as people count them: a letter with its accents, an emoji made of several, or a flag is one character. */

/** More marks upon one letter are not a character any more, but what a cut would have to look through. */
const MAX_CHARACTER_UNITS = 64;

/** Made for the first text that needs it, which few do: it reads the tables of Unicode. */
let segmenter: Intl.Segmenter | undefined;

function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

/** Each UTF-16 unit is a character by itself, whatever stands beside it: ASCII and Latin letters. */
const SINGLE_UNITS = /^[\n -~\u00a0-\u02ff]*$/u;

/** Characters between two calls of `tick`. */
const TICK_EVERY = 256;

/** Whether units, code points and characters of a text are the same. */
export function hasSingleUnits(text: string): boolean {
  return SINGLE_UNITS.test(text);
}

/** The characters of a text. @param tick called now and then: what throws there ends it. */
export function* charactersOf(text: string, tick: () => void): Generator<string> {
  let count = 0;
  for (const { segment } of segmentsOf(text)) {
    if (++count % TICK_EVERY === 0) tick();
    yield segment;
  }
}

/**
 * The longest start of a text of at most `room` UTF-16 units that splits no character that people see as one. Of a
 * character that is longer than all the room a part is kept. The work depends on `room` alone.
 */
export function wholeCharacters(text: string, room: number): string {
  if (room <= 0) return '';
  if (text.length <= room) return text;
  const segments = segmentsOf(text.slice(0, room + MAX_CHARACTER_UNITS));
  const start = segments.containing(room)?.index ?? 0;
  if (start > 0 && room - start < MAX_CHARACTER_UNITS) return text.slice(0, start);
  return text
    .slice(0, room)
    .toWellFormed()
    .replace(/\ufffd$/u, '');
}
