/** Divides long work into parts of a few milliseconds, so that requests are answered between them. */
import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE_MS = 10;

export class TimeSlice {
  #start = performance.now();

  /** Whether others have waited long enough; then await {@link next}. */
  get isOver(): boolean {
    return performance.now() - this.#start > SLICE_MS;
  }

  /** Lets the event loop turn. */
  async next(): Promise<void> {
    await nextTurn();
    this.#start = performance.now();
  }
}
