/** The service as a separate process, for what only a whole process shows: its signals, its end, its exit code. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** By `performance.now()`. */
  readonly at: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running child; leaving its scope (`await using`) ends it and everything it started. */
export interface Running extends AsyncDisposable {
  output(): string;
  errors(): string;
  /** Sends the signal to the child alone, not to what it has started. */
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal to the child and everything it has started, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Closes its standard input. */
  endInput(): void;
  /** Closes the reading end of its standard output. */
  stopReading(): void;
  /** Leaves its standard output open and unread until it has ended. */
  pauseReading(): void;
  /** @throws {Error} with all its output when its standard output does not match in time. */
  saw(pattern: RegExp): Promise<RegExpExecArray>;
  /** @throws {Error} with all its output when it has not ended in time. */
  ended(): Promise<Ended>;
}

export interface ServiceProcess extends Running {
  readonly url: string;
  readonly opsUrl: string;
}

/** A configuration on disk; leaving its scope removes it. */
export interface ConfigurationOnDisk extends AsyncDisposable {
  readonly file: string;
}

/** How the service is started; `--config FILE` is added. */
export const NODE_SERVE = [process.execPath, 'src/main.ts', 'serve'] as const;
export const NPM_START = ['npm', 'start', '--'] as const;

const ROOT = join(import.meta.dirname, '../..');
/** Of every wait: long enough for a busy machine, shorter than mocha's. */
const TIMEOUT_MS = 40_000;

export async function configurationOnDisk(yaml: string): Promise<ConfigurationOnDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
  const file = join(folder, 'bridge.yaml');
  await writeFile(file, yaml);
  return {
    file,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * @param given the configuration, or one on disk that stays; its log must be JSON.
 * @returns when it has logged that it is ready. @throws {Error} with all its output when it does not.
 */
export async function spawnService(
  given: string | Pick<ConfigurationOnDisk, 'file'>,
  command: readonly string[] = NODE_SERVE,
): Promise<ServiceProcess> {
  const own = typeof given === 'string' ? await configurationOnDisk(given) : undefined;
  const configuration = own ?? (given as ConfigurationOnDisk);
  const child = spawnCommand([...command, '--config', configuration.file]);
  const end = async () => {
    await child[Symbol.asyncDispose]();
    await own?.[Symbol.asyncDispose]();
  };
  try {
    const [, port = '', opsPort = ''] = await child.saw(/"ready","port":(\d+),"opsPort":(\d+)/);
    return {
      ...child,
      url: `http://127.0.0.1:${port}`,
      opsUrl: `http://127.0.0.1:${opsPort}`,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @param command the program and its words, run in the project's folder. */
export function spawnCommand([program = '', ...words]: readonly string[]): Running {
  // A separate process group: what it starts can be ended along with it.
  const child = spawn(program, words, {
    cwd: ROOT,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const kill = () => signalGroup(child, 'SIGKILL');
  process.once('exit', kill);
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const closed = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code, signal, at: performance.now(), stdout, stderr });
    });
  });
  closed.catch(() => undefined); // `ended` reports it

  const inTime = async <T>(promise: Promise<T>, what: string): Promise<T> => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new Error(`after ${TIMEOUT_MS} ms still ${what}:\n${stdout}\n${stderr}`));
    }, TIMEOUT_MS);
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    output: () => stdout,
    errors: () => stderr,
    signal: (signal) => void child.kill(signal),
    signalGroup: (signal) => signalGroup(child, signal),
    endInput: () => void child.stdin.end(),
    stopReading: () => void child.stdout.destroy(),
    pauseReading() {
      child.stdout.pause();
      child.once('exit', () => child.stdout.resume());
    },
    ended: () => inTime(closed, 'running'),
    saw(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = () => {
        const match = pattern.exec(stdout);
        if (match !== null) resolve(match);
      };
      child.stdout.on('data', look);
      look();
      closed.then(
        ({ code }) => reject(new Error(`ended with ${code ?? 'a signal'}:\n${stdout}\n${stderr}`)),
        reject,
      );
      return inTime(promise, `without ${pattern.source}`).finally(() => {
        child.stdout.off('data', look);
      });
    },
    async [Symbol.asyncDispose]() {
      kill();
      await closed.catch(() => undefined);
      process.off('exit', kill);
    },
  };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}
