/** Divides long work into parts of a few milliseconds, so that requests are answered between them. */
const SLICE_MS = 10;

/** Work that yields wherever it may be interrupted, and returns its result. */
export type Sliceable<T> = Generator<undefined, T, undefined>;

/** Lets the event loop turn every few milliseconds. */
export async function runInSlices<T>(work: Sliceable<T>): Promise<T> {
  const slice = new TimeSlice();
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    if (slice.isOver) await slice.next();
  }
}

export function runAtOnce<T>(work: Sliceable<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

export class TimeSlice {
  #start = performance.now();

  /** Whether others have waited long enough; then await {@link next}. */
  get isOver(): boolean {
    return performance.now() - this.#start > SLICE_MS;
  }

  /** Lets the event loop turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(resumeNext);
    });
    this.#start = performance.now();
  }
}

/** Of the process, which has one event loop: each turn continues one, however many have long work. */
const waiting: (() => void)[] = [];

function resumeNext(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(resumeNext);
}
