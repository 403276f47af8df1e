/** A server under test, ours or a rival, in a child process. */
import { createServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startChild } from './child.ts';
import type { Setting } from './measurement.ts';
import type { Figures } from './probe.ts';

export interface UnderTest extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /**
   * @param about `collect`: garbage first. `reset`: the event-loop delays are measured from now on. `turns`: the
   *   work of turns is, too.
   */
  figures(about?: {
    readonly collect?: boolean;
    readonly reset?: boolean;
    readonly turns?: boolean;
  }): Promise<Figures>;
}

/** What there is to start. */
export interface Program {
  readonly name: string;
  /** Words for node: a script and its arguments. */
  readonly words: readonly string[];
  /** Where it listens; also passed as `PORT`. */
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** How long a start may take. Milliseconds. */
const START_TIMEOUT_MS = 30_000;
const PROBE = pathToFileURL(join(import.meta.dirname, 'probe.ts')).href;

/** @returns once it accepts connections. @throws {Error} with the end of its log when it does not. */
export async function startUnderTest(
  { cores, folder }: Setting,
  { name, words, port, env = {} }: Program,
): Promise<UnderTest> {
  const child = startChild({
    words: ['--import', PROBE, ...words],
    core: cores.server,
    env: { ...env, PORT: `${port}` },
    logFile: join(folder, `${port}.log`),
  });
  const end = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (child.ended || performance.now() > end) {
      await child[Symbol.asyncDispose]();
      throw new Error(`${name} did not start:\n${child.output()}`);
    }
    await pause(5);
  }
  return {
    name,
    port,
    figures: (about) => child.ask<Figures>('figures', about),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** @returns a port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const report = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => report(true));
    socket.once('error', () => report(false));
  });
}
