/**
 * Asks as fast as a server answers, over connections that are kept alive. Raw sockets, because a full HTTP
 * client on one core would be slower than the fastest servers it is to measure.
 */
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { percentile } from './spread.ts';

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** When to stop asking. */
  readonly until: { readonly ms: number } | { readonly requests: number };
  /** The path of the n-th request. */
  readonly target: (n: number) => string;
}

export interface LoadResult {
  readonly perSecond: number;
  /** Milliseconds from the question to the whole answer. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** How much of its core the load took, 0 to 1: near 1 it is the load that was measured. */
  readonly loadShare: number;
}

/** @throws {Error} when an answer is not 200, or a connection breaks: such a run measures nothing. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { connections, until } = options;
  const limit = 'requests' in until ? until.requests : Infinity;
  const end = 'ms' in until ? performance.now() + until.ms : Infinity;
  const times: number[] = [];
  let asked = 0;
  const nextTarget = () =>
    asked < limit && performance.now() < end ? options.target(asked++) : undefined;

  const start = performance.now();
  const before = process.cpuUsage();
  const asking = Array.from({ length: connections }, () => ask(options.port, nextTarget, times));
  await Promise.all(asking);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  return {
    perSecond: (times.length / ms) * 1000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    requests: times.length,
    loadShare: (user + system) / 1000 / ms,
  };
}

/** One connection: asks again after each answer until there is nothing more to ask. */
function ask(
  port: number,
  nextTarget: () => string | undefined,
  times: number[],
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let askedAt = 0;
  let left = 0;
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('the server ended a connection')));
  socket.on('connect', next);
  socket.on('data', (chunk) => {
    try {
      if (left === 0) left = lengthOf(chunk);
    } catch (error) {
      socket.destroy();
      reject(error as Error);
      return;
    }
    left -= chunk.length;
    if (left > 0) return;
    times.push(performance.now() - askedAt);
    next();
  });

  function next(): void {
    const target = nextTarget();
    if (target === undefined) {
      resolve(undefined);
      socket.destroy();
      return;
    }
    askedAt = performance.now();
    write(socket, target);
  }
  return promise;
}

function write(socket: Socket, target: string): void {
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: crm.example.com\r\nAccept-Encoding: gzip\r\nUser-Agent: AppEngine-Google\r\n\r\n`,
    'latin1',
  );
}

/** Bytes of the whole answer that begins here; its headers come in one piece from this machine. */
function lengthOf(chunk: Buffer): number {
  const headers = chunk.indexOf('\r\n\r\n');
  const head = chunk.toString('latin1', 0, headers);
  const [, body] = /^HTTP\/1\.1 200 .*^content-length: (\d+)/ims.exec(head) ?? [];
  if (headers < 0 || body === undefined) throw new Error(`an answer of no use: ${head}`);
  return headers + 4 + Number(body);
}
