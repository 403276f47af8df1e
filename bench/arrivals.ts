/** Visitors who come when they come, however slow the answers are. */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface ArrivalOptions {
  readonly port: number;
  readonly visitors: number;
  /** They come at random moments of this time, the same moments in every run. Milliseconds. */
  readonly over: number;
  /** Milliseconds after which a caller hangs up. */
  readonly timeoutMs: number;
  /** The path for the n-th visitor. */
  readonly target: (n: number) => string;
}

export interface Arrival {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly text: string;
  /** Milliseconds until the answer, or until the caller hung up. */
  readonly ms: number;
}

/** @returns what each visitor's request came to, in their order. */
export async function arrivals(options: ArrivalOptions): Promise<readonly Arrival[]> {
  const { visitors, over } = options;
  const random = numbers(visitors);
  const moments = Array.from({ length: visitors }, () => random() * over).sort((a, b) => a - b);
  const agent = new Agent({ keepAlive: true });
  const start = performance.now();
  const asked: Promise<Arrival>[] = [];
  for (const [n, moment] of moments.entries()) {
    const wait = start + moment - performance.now();
    if (wait > 1) await pause(wait);
    asked.push(ask(options, options.target(n), agent));
  }
  try {
    return await Promise.all(asked);
  } finally {
    agent.destroy();
  }
}

/** Asks once. */
export function ask(
  { port, timeoutMs }: Pick<ArrivalOptions, 'port' | 'timeoutMs'>,
  target: string,
  agent?: Agent,
): Promise<Arrival> {
  const start = performance.now();
  return new Promise((resolve) => {
    let status = 0;
    let text = '';
    const end = (answered: boolean) => {
      clearTimeout(hangUp);
      resolve({ status: answered ? status : 0, text, ms: performance.now() - start });
    };
    const asking = request(
      { port, host: '127.0.0.1', path: target, ...(agent && { agent }) },
      (response) => {
        status = response.statusCode ?? 0;
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => end(true));
        response.on('error', () => end(false));
      },
    );
    const hangUp = setTimeout(() => asking.destroy(new Error('hung up')), timeoutMs);
    asking.on('error', () => end(false));
    asking.end();
  });
}

/** mulberry32: evenly spread from 0 to 1, the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
