/** Evaluates drafts in a thread, so that whatever is typed into an editor delays no lookup. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Draft, DraftResult } from './draft.ts';
import { problemOf } from './problem.ts';

export interface DraftLimits {
  /** For the check and all renderings of one draft. */
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Drafts that may wait for the thread. */
  readonly maxWaiting: number;
  /** How long the thread stays without work. */
  readonly idleMs: number;
}

const LIMITS: DraftLimits = { timeoutMs: 5000, memoryMb: 256, maxWaiting: 20, idleMs: 60_000 };

const START_TIMEOUT_MS = 20_000;

/** Too many drafts wait already. */
export class DraftsBusyError extends Error {
  override readonly name = 'DraftsBusyError';
}

/** One thread, started when it is needed; drafts take turns. */
export class DraftRunner {
  readonly #limits: DraftLimits;
  #worker: StartedWorker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(limits: Partial<DraftLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * @param signal aborted when the answer is no longer wanted; a draft that still waits is then left out.
   * @returns what is wrong, also when it takes too long or too much memory. @throws {DraftsBusyError}
   */
  run(draft: Draft, signal: AbortSignal): Promise<DraftResult> {
    if (this.#waiting >= this.#limits.maxWaiting) {
      return Promise.reject(new DraftsBusyError('too many drafts are being checked'));
    }
    this.#waiting += 1;
    const result = this.#last
      .then(() => {
        signal.throwIfAborted();
        return this.#evaluate(draft);
      })
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.thread.terminate();
  }

  async #evaluate(draft: Draft): Promise<DraftResult> {
    clearTimeout(this.#idleTimer);
    const worker = (this.#worker ??= startWorker(this.#limits.memoryMb));
    try {
      await worker.ready;
      worker.thread.postMessage(draft);
      const result = await answerOf(worker.thread, this.#limits.timeoutMs);
      this.#idleTimer = setTimeout(() => void this.close(), this.#limits.idleMs).unref();
      return result as DraftResult;
    } catch (error) {
      await this.close();
      if (!isLimit(error)) throw error;
      const hint = 'make them shorter or simpler';
      const message = 'these templates take too long or too much memory to check';
      return { problems: [problemOf('', message, hint)], pieces: [], rendered: [] };
    }
  }
}

/** Too long or too much memory. Anything else is a fault of ours. */
function isLimit(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'AbortError' || ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
  );
}

interface StartedWorker {
  readonly thread: Worker;
  /** What it needs is loaded. */
  readonly ready: Promise<unknown>;
}

function startWorker(maxOldGenerationSizeMb: number): StartedWorker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = new Worker(new URL(`./draft-worker.${extension}`, import.meta.url), {
    env: {}, // no secrets
    resourceLimits: { maxOldGenerationSizeMb },
  });
  // An idle thread does not keep the process alive, nor end it: `answerOf` reports errors.
  thread.unref();
  thread.on('error', () => undefined);
  return { thread, ready: answerOf(thread, START_TIMEOUT_MS) };
}

/** The next message. @throws {Error} when the thread fails or ends, or does not answer in time. */
async function answerOf(thread: Worker, timeoutMs: number): Promise<unknown> {
  const done = new AbortController();
  const { signal } = done;
  const timer = setTimeout(() => done.abort(), timeoutMs);
  try {
    const ended = once(thread, 'exit', { signal }).then(() => {
      throw new Error('the thread has ended');
    });
    const [answer] = (await Promise.race([once(thread, 'message', { signal }), ended])) as [
      unknown,
    ];
    return answer;
  } finally {
    clearTimeout(timer);
    done.abort();
  }
}
