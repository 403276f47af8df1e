/** Rivals take turns: what the machine does meanwhile hits them all alike. */
import { load, type LoadResult } from './load.ts';
import type { Row, Setting } from './measurement.ts';
import type { Figures } from './probe.ts';
import { spreadOf, type Spread } from './spread.ts';
import type { UnderTest } from './under-test.ts';

export interface Contender {
  readonly server: UnderTest;
  /** The path of the n-th request. */
  readonly target: (n: number) => string;
}

export interface Result {
  readonly server: UnderTest;
  readonly rounds: number;
  readonly perSecond: Spread;
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  /** Work of the server for one request. Microseconds. */
  readonly cpuMicros: Spread;
  /** The kernel's part of it. */
  readonly systemMicros: Spread;
  /** How much of its core the load took, 0 to 1. */
  readonly loadShare: Spread;
}

export interface Turns {
  readonly rounds: number;
  /** Milliseconds of each. */
  readonly ms: number;
  /** Milliseconds before the first, as long as a round when left out. */
  readonly warmUp?: number;
}

/** Connections that are kept busy, as a proxy in front of the server would. */
const CONNECTIONS = 50;

/** What the column of the load means. */
export const ABOUT_LOAD =
  "'load %' is how much of its core the load took: near 100 the load is the limit, and the server could answer more; CPU time is then the fairer comparison.";

/** Warms every contender up, then measures one after the other, round by round. */
export async function takeTurns(
  { quick, progress }: Setting,
  contenders: readonly Contender[],
  { rounds, ms, warmUp = ms }: Turns,
): Promise<readonly Result[]> {
  const turns = quick ? { rounds: 1, ms: 300, warmUp: 100 } : { rounds, ms, warmUp };
  for (const { server, target } of contenders) {
    progress(`${server.name}: warming up`);
    await load({ ...keepBusy(server, turns.warmUp), target });
  }
  const measured = await alternate(turns.rounds, contenders, async ({ server, target }, round) => {
    progress(`${server.name}: round ${round} of ${turns.rounds}`);
    const before = await server.figures();
    const result = await load({ ...keepBusy(server, turns.ms), target });
    const after = await server.figures();
    return { ...result, ...perRequest(before, after, result.requests) };
  });
  return contenders.map(({ server }, i) => {
    const all = measured[i] ?? [];
    const spread = (read: (round: LoadResult & CpuPerRequest) => number) => spreadOf(all.map(read));
    return {
      server,
      rounds: turns.rounds,
      perSecond: spread((round) => round.perSecond),
      p50: spread((round) => round.p50),
      p99: spread((round) => round.p99),
      cpuMicros: spread((round) => round.cpuMicros),
      systemMicros: spread((round) => round.systemMicros),
      loadShare: spread((round) => round.loadShare),
    };
  });
}

type CpuPerRequest = Pick<Figures, 'cpuMicros' | 'systemMicros'>;

/** @returns what a server worked between two looks at it, for each of the requests. */
export function perRequest(before: Figures, after: Figures, requests: number): CpuPerRequest {
  return {
    cpuMicros: (after.cpuMicros - before.cpuMicros) / requests,
    systemMicros: (after.systemMicros - before.systemMicros) / requests,
  };
}

/** The columns that every table of such turns has. */
export function columns({ perSecond, p50, p99, cpuMicros, systemMicros, loadShare }: Result): Row {
  return {
    'requests/s': perSecond,
    'p50 ms': p50,
    'p99 ms': p99,
    'CPU µs/request': cpuMicros,
    'of it kernel': systemMicros,
    'load %': Math.round(loadShare.median * 100),
  };
}

/**
 * Runs one after the other, round by round; every second round backwards, so that none is always the first.
 * @param run receives the round, from 1. @returns the results of each, in the order of the contenders.
 */
export async function alternate<Each, Found>(
  rounds: number,
  each: readonly Each[],
  run: (one: Each, round: number) => Promise<Found>,
): Promise<readonly (readonly Found[])[]> {
  const found = each.map((): Found[] => []);
  const order = [...each.entries()];
  for (let round = 1; round <= rounds; round += 1) {
    for (const [i, one] of round % 2 === 1 ? order : order.toReversed()) {
      found[i]?.push(await run(one, round));
    }
  }
  return found;
}

/** Runs all at the same time, once: for smoke runs, and where little is to be done. @returns as `alternate` does. */
export function sideBySide<Each, Found>(
  each: readonly Each[],
  run: (one: Each) => Promise<Found>,
): Promise<readonly (readonly Found[])[]> {
  return Promise.all(each.map(async (one) => [await run(one)]));
}

/** @param rows of one contender, one for each round. @returns one with the spread of its numbers. */
export function mergeRounds(
  rows: readonly Readonly<Record<string, string | number | undefined>>[],
): Row {
  const [first = {}] = rows;
  return Object.fromEntries(
    Object.entries(first).map(([heading, cell]) => {
      const numbers = rows.map((row) => row[heading]).filter((one) => typeof one === 'number');
      return [heading, numbers.length === 0 ? cell : spreadOf(numbers)];
    }),
  );
}

function keepBusy({ port }: UnderTest, ms: number) {
  return { port, connections: CONNECTIONS, until: { ms } };
}
