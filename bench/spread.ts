/** Figures of several rounds: the middle one, and how far they are apart. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @param values one for each round, at least one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: percentile(sorted, 0.5), min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

/**
 * @param sorted ascending. @param share 0 to 1.
 * @returns the nearest rank, `NaN` of nothing; of an even number of values the half is the mean of the middle.
 */
export function percentile(sorted: readonly number[], share: number): number {
  const rank = sorted.length * share;
  const upper = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(rank) - 1))] ?? NaN;
  const next = share === 0.5 && Number.isInteger(rank) ? (sorted[rank] ?? upper) : upper;
  return (upper + next) / 2;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
