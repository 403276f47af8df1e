/** What somebody most likely meant. */
import { nearest } from '../config/nearest.ts';

/** The candidate meant by a misspelt word: two letters swapped, else the nearest; `undefined` when none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return all.find((candidate) => isSwapOf(word, candidate)) ?? nearest(word, all);
}

/** `did you mean "x"?`, or `undefined`. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const meant = suggest(word, candidates);
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

function isSwapOf(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const first = Array.from(a).findIndex((letter, index) => letter !== b[index]);
  return (
    first >= 0 &&
    a[first] === b[first + 1] &&
    a[first + 1] === b[first] &&
    a.slice(first + 2) === b.slice(first + 2)
  );
}
