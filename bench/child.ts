/** A child process that answers requests and ends with its parent. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process, { execPath } from 'node:process';
import { pinned } from './cores.ts';

export interface Child extends AsyncDisposable {
  /** @throws {Error} with the end of its log, when it has ended. */
  ask<T>(name: string, about?: object): Promise<T>;
  /** The end of what it has printed. */
  output(): string;
  /** Whether it has ended by itself. */
  readonly ended: boolean;
}

export interface ChildOptions {
  /** Words for node: a script and its arguments. */
  readonly words: readonly string[];
  readonly core: number | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output and error go here. */
  readonly logFile: string;
}

interface Question {
  readonly id: number;
  readonly name: string;
  readonly about: object;
}

/** What is needed to run; nothing else of the caller's environment changes a figure. */
export function keptEnvironment(): Readonly<Record<string, string>> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export function startChild({ words, core, env = {}, logFile }: ChildOptions): Child {
  const [program = '', ...rest] = pinned(core, [execPath, ...words]);
  const log = openSync(logFile, 'a');
  const child = spawn(program, rest, {
    cwd: join(import.meta.dirname, '..'),
    env: { ...keptEnvironment(), ...env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const output = () => readFileSync(logFile, 'utf8').slice(-2000);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  let ended = false;
  void closed.then(() => {
    ended = true;
    for (const { reject } of waiting.values()) reject(new Error(`a process ended:\n${output()}`));
  });
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });

  let next = 0;
  return {
    get ended() {
      return ended;
    },
    output,
    ask<T>(name: string, about: object = {}) {
      const reply = Promise.withResolvers<unknown>();
      if (ended) return Promise.reject(new Error(`a process has ended:\n${output()}`));
      next += 1;
      waiting.set(next, reply);
      child.send({ id: next, name, about } satisfies Question);
      return reply.promise as Promise<T>;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** The other side: answers the parent, does not keep the process alive, and ends it when the parent is gone. */
export function answerParent(answers: Readonly<Record<string, (about: object) => unknown>>): void {
  process.on('message', ({ id, name, about }: Question) => {
    process.send?.({ id, answer: answers[name]?.(about) ?? null });
  });
  process.on('disconnect', () => process.exit());
  process.channel?.unref();
}
