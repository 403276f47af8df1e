import leven from 'leven';

/** Longer words are no slips of the hand, and take time with the square of their length. */
const MAX_WORD = 100;

/**
 * The candidate a misspelt word most likely means, or `undefined` when none is near: up to a third of
 * its letters wrong, another spelling of capitals, `_` and `-`, or a word left out at its end.
 */
export function closestMatch(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  const plain = normalizeSpelling(word);
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    if (candidate.length > 2 * MAX_WORD) continue;
    const other = normalizeSpelling(candidate);
    const edits = leven(plain, other);
    const distance = edits === 2 && isTransposed(plain, other) ? 1 : edits;
    const allowed = Math.max(1, Math.floor(Math.min(plain.length, other.length) / 3));
    if (distance <= allowed && distance < least && other.length > 1) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** `did you mean "x"?`, or `undefined`, also for a word that is one of the candidates. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const match = closestMatch(word, candidates);
  const isOther = match !== undefined && match !== word;
  return isOther ? `did you mean ${JSON.stringify(match)}?` : undefined;
}

/** The same letters in another order, such as `prot` for `port`. */
function isTransposed(a: string, b: string): boolean {
  return Array.from(a).sort().join('') === Array.from(b).sort().join('');
}

function normalizeSpelling(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, '');
}
