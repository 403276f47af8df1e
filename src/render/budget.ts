/** How long and how far one rendering may run. */
import { threadCpuUsage } from 'node:process';

/** Turns of loops, branches and partials. */
export const BLOCK_LIMIT = 10_000;
/** Partials within partials. */
const DEPTH_LIMIT = 30;
/**
 * Milliseconds, first by the clock, then of work: a machine that is busy makes a rendering wait, which
 * is not the template's fault. (Asking for the work costs as much as a small rendering.)
 */
export const TIME_LIMIT = 50;

export class Budget {
  readonly #work: () => number;
  readonly #clock: () => number;
  #blocks = 0;
  #depth = 0;
  #nextCheckAt: number;
  #workLimit: number | undefined;

  /** @param work milliseconds that this thread has worked. @param clock milliseconds from anywhere. */
  constructor(work: () => number = threadCpuMs, clock: () => number = () => performance.now()) {
    this.#work = work;
    this.#clock = clock;
    this.#nextCheckAt = clock() + TIME_LIMIT;
  }

  /** To be called for every block of tags. @throws {RenderLimitError} when there are too many, and as `check`. */
  nextBlock(): void {
    if (++this.#blocks > BLOCK_LIMIT)
      throw new RenderLimitError('loops and partials take too many turns');
    this.check();
  }

  /** To be called when a partial begins. @throws {RenderLimitError} when there are too many around it. */
  enterPartial(): void {
    if (++this.#depth > DEPTH_LIMIT) throw new RenderLimitError('partials are nested too deep');
  }

  /** To be called when it has ended. */
  leavePartial(): void {
    this.#depth--;
  }

  /** To be called before what may take long. @throws {RenderLimitError} when the time is used up. */
  check(): void {
    const now = this.#clock();
    if (now < this.#nextCheckAt) return;
    const work = this.#work();
    this.#workLimit ??= work + TIME_LIMIT;
    if (work >= this.#workLimit) throw new RenderLimitError('takes too long');
    this.#nextCheckAt = now + this.#workLimit - work;
  }
}

function threadCpuMs(): number {
  const { user, system } = threadCpuUsage();
  return (user + system) / 1000;
}

/** A template made too much of something. The message names no value. */
export class RenderLimitError extends Error {
  override readonly name = 'Runaway';
}
