/** The patterns of the `date` filter: letters after a percent sign, as in Ruby and C. */

/** What liquidjs replaces; flags and a width may stand between the sign and the letter. */
const DIRECTIVE = /%[-_0^#:]*\d*[EO]?(.|$)/gsu;
const LETTERS = 'aAbBCdeHhIjklLmMNpPqsSuUwWyYzZtn%';
/** Liquid would write them as this machine does, not as the tenant's locale wants. */
const OF_MACHINE = /^[cxX]$/;

/** Letters of C that are not known here. */
const LONG_FORMS: Readonly<Record<string, string>> = {
  '%D': '%m/%d/%y',
  '%F': '%Y-%m-%d',
  '%R': '%H:%M',
  '%T': '%H:%M:%S',
};

/** Other languages' letters for the same, English and German: `dd.MM.yyyy`, `DD/MM/YYYY`, `TT.MM.JJJJ`. */
const OTHER_LETTERS: Readonly<Record<string, string>> = {
  ...{ yyyy: '%Y', YYYY: '%Y', JJJJ: '%Y', y: '%Y', Y: '%Y', yy: '%y', YY: '%y', JJ: '%y' },
  ...{ MMMM: '%B', MMM: '%b', MM: '%m', M: '%-m', EEEE: '%A', dddd: '%A', EEE: '%a', ddd: '%a' },
  ...{ dd: '%d', DD: '%d', TT: '%d', d: '%-d', D: '%-d', T: '%-d' },
  ...{ HH: '%H', H: '%-H', hh: '%I', h: '%-I', mm: '%M', ss: '%S', SS: '%S', a: '%p', A: '%p' },
};
/** PHP's, one letter each: `d.m.Y`. */
const SINGLE_LETTERS = /^[dmYyHis](?:[^\p{L}%]+[dmYyHis])+$/u;

interface PatternProblem {
  /** The pattern that was meant. */
  readonly meant?: string | undefined;
  /** What to write in place of `date`. */
  readonly instead?: string;
}

/** @returns `undefined` for a pattern that prints at least one part of a date; else with what was meant, if known. */
export function datePatternProblem(pattern: string): PatternProblem | undefined {
  const directives = [...pattern.matchAll(DIRECTIVE)];
  if (directives.some(([, letter = '']) => OF_MACHINE.test(letter))) {
    return { instead: 'for the date as the tenant writes it use day, for the time of day time' };
  }
  if (directives.length === 0) return { meant: translated(pattern) };
  const meant = pattern
    // As in %YYYY, which would print 2026YYY.
    .replace(/%(\p{L})\1+/gu, '%$1')
    .replace(/%[DFRT]/gu, (found) => LONG_FORMS[found] ?? found);
  if (meant !== pattern) return { meant };
  const unknown = directives.some(([, letter = '']) => letter === '' || !LETTERS.includes(letter));
  return unknown ? {} : undefined;
}

/**
 * @returns what was probably meant by a pattern that mixes up the month and the minutes: %M beside a day or a year
 *   without an hour, %m beside an hour without a day or a year; `undefined` for any other.
 */
export function monthForMinute(pattern: string): string | undefined {
  const letters = new Set(Array.from(pattern.matchAll(DIRECTIVE), ([, letter = '']) => letter));
  const has = (any: string) => Array.from(any).some((letter) => letters.has(letter));
  const hasDay = has('deYy');
  const hasHour = has('HIkl');
  if (has('M') && hasDay && !hasHour) return withLetter(pattern, 'M', 'm');
  if (has('m') && hasHour && !hasDay) return withLetter(pattern, 'm', 'M');
  return undefined;
}

function withLetter(pattern: string, from: string, to: string): string {
  return pattern.replace(DIRECTIVE, (directive, letter: string) =>
    letter === from ? directive.slice(0, -1) + to : directive,
  );
}

function translated(pattern: string): string | undefined {
  if (SINGLE_LETTERS.test(pattern)) {
    return pattern.replace(
      /\p{L}/gu,
      (letter) => `%${letter === 'i' ? 'M' : letter === 's' ? 'S' : letter}`,
    );
  }
  const isOfTime = /h/iu.test(pattern);
  const words = pattern.match(/(\p{L})\1*/gu) ?? [];
  if (words.length === 0 || words.some((word) => !Object.hasOwn(OTHER_LETTERS, word)))
    return undefined;
  return pattern.replace(/(\p{L})\1*/gu, (word) =>
    word === 'mm' && !isOfTime ? '%m' : (OTHER_LETTERS[word] ?? word),
  );
}
