/** A Redis of a test alone, which can be stopped, frozen, restarted and filled. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Runs a command as `redis-cli` does. @returns what it prints. */
  cli(...args: readonly string[]): Promise<string>;
  /** Every name and content that it holds, as bytes. */
  dump(): Promise<string>;
  /** Lets time pass for the names with a prefix: shortens their lifetimes. */
  advance(prefix: string, ms: number): Promise<void>;
  /** Ends it at once; its data is lost. */
  stop(): Promise<void>;
  /** On the same port, empty. */
  start(...args: readonly string[]): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

/**
 * To be called in `before`.
 * @param args further settings, such as `--requirepass secret`.
 */
export async function startRedis(
  context: Mocha.Context,
  ...args: readonly string[]
): Promise<RedisServer> {
  if (!(await hasRedis())) {
    if (process.env['CI'] !== undefined) throw new Error('redis-server is not installed');
    console.warn('SKIPPED: redis-server is not installed');
    context.skip();
  }
  return spawnRedis(...args);
}

/** @param args further settings. */
export async function spawnRedis(...args: readonly string[]): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const password = args[args.indexOf('--requirepass') + 1] ?? '';
  const auth = args.includes('--requirepass') ? ['-a', password, '--no-auth-warning'] : [];
  let child: ChildProcess | undefined;
  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    async cli(...command) {
      const { stdout } = await run('redis-cli', ['-p', String(port), ...auth, ...command]);
      return stdout.trim();
    },
    async dump() {
      const names = (await server.cli('--scan')).split('\n').filter(Boolean);
      const contents = await Promise.all(names.map((name) => server.cli('dump', name)));
      return [...names, ...contents].join('\n');
    },
    advance: async (prefix, ms) =>
      void (await server.cli('eval', ADVANCE, '0', `${prefix}*`, String(ms))),
    async start(...more) {
      const settings = ['--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'];
      child = spawn(
        'redis-server',
        ['--port', String(port), ...settings, '--dir', folder, ...args, ...more],
        { stdio: 'ignore' },
      );
      for (let tries = 0; !(await answers(port)); tries++) {
        if (tries > 200) throw new Error('redis-server does not start');
        await sleep(20);
      }
    },
    async stop() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async remove() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

const ADVANCE = `for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[2])
end`;

const run = promisify(execFile);

export async function hasRedis(): Promise<boolean> {
  return run('redis-server', ['--version']).then(
    () => true,
    () => false,
  );
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    return /PONG|NOAUTH/.test(String(data));
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
