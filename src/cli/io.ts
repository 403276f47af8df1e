/** What a command may use of the process; only `main.ts` has the real one. */
import type { Writable } from 'node:stream';

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Calls the listener for each of these signals. @returns a function that stops listening. */
  onSignal(
    signals: readonly NodeJS.Signals[],
    listener: (signal: NodeJS.Signals) => void,
  ): () => void;
  /** Reads and drops standard input; calls the listener when it has ended or failed. */
  onStdinEnd(listener: () => void): void;
  /**
   * Calls the listener for an uncaught error, after which the state of the process is unknown.
   * @returns a function that stops listening.
   */
  onCrash(listener: (error: unknown) => void): () => void;
  /** V8 collects garbage earlier from now on. */
  limitGarbage(): void;
  /** Seconds since the process started. */
  uptime(): number;
  /** Ends the process at once. */
  exit(code: number): never;
}

export interface Output extends Writable {
  readonly isTTY?: boolean;
  /** The width of a terminal. */
  readonly columns?: number;
}

/** Exit codes, as README.md lists them. */
export const EXIT = { ok: 0, problems: 1, usage: 2 } as const;
