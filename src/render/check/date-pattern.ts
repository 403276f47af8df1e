/** The patterns of the `date` filter: letters after a percent sign, as in Ruby and C. */

/** What liquidjs replaces; flags and a width may stand between the sign and the letter. */
const DIRECTIVE = /%[-_0^#:]*\d*[EO]?(.|$)/gsu;
const LETTERS = 'aAbBcCdeHhIjklLmMNpPqsSuUwWxXyYzZtn%';

/** Other languages' letters for the same, the longest first: `dd.MM.yyyy`, `DD/MM/YYYY`. */
const OTHER_LETTERS: readonly (readonly [pattern: string, directive: string])[] = [
  ['yyyy', '%Y'],
  ['YYYY', '%Y'],
  ['yy', '%y'],
  ['YY', '%y'],
  ['MMMM', '%B'],
  ['MMM', '%b'],
  ['MM', '%m'],
  ['EEEE', '%A'],
  ['dddd', '%A'],
  ['EEE', '%a'],
  ['ddd', '%a'],
  ['dd', '%d'],
  ['DD', '%d'],
  ['HH', '%H'],
  ['hh', '%I'],
  ['mm', '%M'],
  ['ss', '%S'],
  ['a', '%p'],
];
/** PHP's, one letter each: `d.m.Y`. */
const SINGLE_LETTERS = /^[dmYyHis](?:[^\p{L}%]+[dmYyHis])+$/u;

/** @returns `undefined` for a pattern that prints at least one part of a date; else with what was meant, if known. */
export function datePatternProblem(
  pattern: string,
): { readonly meant?: string | undefined } | undefined {
  const directives = [...pattern.matchAll(DIRECTIVE)];
  const unknown = directives.some(([, letter = '']) => letter === '' || !LETTERS.includes(letter));
  if (directives.length > 0 && !unknown) return undefined;
  return { meant: directives.length === 0 ? translated(pattern) : undefined };
}

function translated(pattern: string): string | undefined {
  if (SINGLE_LETTERS.test(pattern)) {
    return pattern.replace(
      /\p{L}/gu,
      (letter) => `%${letter === 'i' ? 'M' : letter === 's' ? 'S' : letter}`,
    );
  }
  const letters = OTHER_LETTERS.map(([other]) => other).join('|');
  const meant = pattern.replace(new RegExp(letters, 'gu'), (found) => {
    return OTHER_LETTERS.find(([other]) => other === found)?.[1] ?? found;
  });
  return meant === pattern || /(?<!%)\p{L}/u.test(meant) ? undefined : meant;
}
