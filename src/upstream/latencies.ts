/** The latest call durations of a connection, for the p50 and p95 that `/health` shows. */
const WINDOW_SIZE = 256;

export class Latencies {
  readonly #recent: number[] = [];
  #next = 0;

  /** @param ms duration of a call that succeeded. */
  add(ms: number): void {
    this.#recent[this.#next] = ms;
    this.#next = (this.#next + 1) % WINDOW_SIZE;
  }

  /** Milliseconds, rounded to a tenth; `null` before the first call. */
  percentiles(): { readonly p50: number | null; readonly p95: number | null } {
    const sorted = this.#recent.toSorted((a, b) => a - b);
    const at = (share: number) => {
      const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
      return value === undefined ? null : Math.round(value * 10) / 10;
    };
    return { p50: at(0.5), p95: at(0.95) };
  }
}
