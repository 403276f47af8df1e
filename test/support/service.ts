/** The whole service in this process, as the command line starts it: real files, real sockets, its own signals. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import type { Io, Output } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';

export interface Service {
  /** Of the public and of the ops listener. */
  readonly url: string;
  readonly opsUrl: string;
  /** The folder of its configuration. */
  readonly folder: string;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number>;
  /** What it has printed so far. */
  output(): string;
  errors(): string;
  signal(signal: NodeJS.Signals): void;
  /** Writes a file of its folder. */
  write(name: string, content: string): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** `bridge.yaml` and whatever it names; ports are best left to {@link bridgeYaml}. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Of another service that is to be one more process of the same configuration; a new one by default. */
  readonly folder?: string;
  /** Seconds since the start of the process. */
  readonly uptime?: () => number;
  /** The width of the terminal it writes to; without it, it writes to none. */
  readonly columns?: number;
}

/** What tests put around their connections and tenants: ports chosen by the system, connectors of the fixtures. */
export function bridgeYaml(body: string): string {
  return [
    'server: { host: 127.0.0.1, port: 0, drainTimeout: 3s }',
    'ops: { host: 127.0.0.1, port: 0 }',
    `connectorsDir: ${JSON.stringify(FIXTURE_CONNECTORS)}`,
    body,
  ].join('\n');
}

export const FIXTURE_CONNECTORS = join(import.meta.dirname, '../fixtures/connectors');

/** One tenant `acme` with the key `acme-key-0123456789` on one connection `crm` of the connector `moody`. */
export const ONE_TENANT = `
connections: { crm: { connector: moody } }
tenants: { acme: { keys: [acme-key-0123456789], connections: [crm], deadline: 1s } }
`;

/** @throws {Error} with all its output when it does not get ready. */
export async function startService({
  files,
  env = {},
  folder: given,
  ...process
}: ServiceOptions): Promise<Service> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'crm-bridge-')));
  const write = async (name: string, content: string) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  };
  for (const [name, content] of Object.entries(files)) await write(name, content);

  const { io, stdout, stderr, signal } = testIo({ cwd: folder, env, ...process });
  const ended = run(['serve', '--config', join(folder, 'bridge.yaml')], io);
  const ports = await Promise.race([
    stdout.match(/ready.*?port\D+(\d+).*?opsPort\D+(\d+)/s),
    ended.then((code) => {
      throw new Error(`ended with ${code}:\n${stdout.text}\n${stderr.text}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${ports[1] ?? ''}`,
    opsUrl: `http://127.0.0.1:${ports[2] ?? ''}`,
    folder,
    ended,
    output: () => stdout.text,
    errors: () => stderr.text,
    signal,
    write,
    remove: (name) => rm(join(folder, name), { force: true }),
    async close() {
      signal('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs one command that ends by itself. */
export async function runCommand(
  argv: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly columns?: number;
  },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { io, stdout, stderr } = testIo({ env: {}, ...options });
  const code = await run(argv, io);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** Keeps what is written, and resolves when it matches. */
class Captured extends Writable implements Output {
  text = '';
  readonly isTTY: boolean;
  readonly #waiting = new Set<() => void>();

  readonly columns: number | undefined;

  constructor(columns: number | undefined) {
    super();
    this.columns = columns;
    this.isTTY = columns !== undefined;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    for (const look of [...this.#waiting]) look();
    done();
  }

  match(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      const look = () => {
        const match = pattern.exec(this.text);
        if (match === null) return;
        this.#waiting.delete(look);
        resolve(match);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

function testIo({
  uptime = () => 1,
  limitGarbage = () => undefined,
  columns,
  ...options
}: Pick<Io, 'cwd' | 'env'> & Partial<Io> & { readonly columns?: number | undefined }) {
  const stdout = new Captured(columns);
  const stderr = new Captured(columns);
  const listeners = new Map<NodeJS.Signals, Set<(signal: NodeJS.Signals) => void>>();
  const io: Io = {
    ...options,
    uptime,
    limitGarbage,
    stdout,
    stderr,
    onSignal(signals, listener) {
      for (const name of signals) {
        const known = listeners.get(name) ?? new Set();
        listeners.set(name, known.add(listener));
      }
      return () => {
        for (const name of signals) listeners.get(name)?.delete(listener);
      };
    },
    onStdinEnd: () => undefined,
    onCrash: () => () => undefined,
    exit: (code) => {
      throw new Error(`exit(${code})`);
    },
  };
  const signal = (name: NodeJS.Signals) => {
    for (const listener of listeners.get(name) ?? []) listener(name);
  };
  return { io, stdout, stderr, signal };
}
