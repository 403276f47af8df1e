/** Rivals take turns: what the machine does meanwhile hits them all alike. */
import { load, type LoadResult } from './load.ts';
import type { Cell, Setting } from './measurement.ts';
import { spreadOf, type Spread } from './spread.ts';
import type { UnderTest } from './under-test.ts';

export interface Contender {
  readonly server: UnderTest;
  /** The path of the n-th request. */
  readonly target: (n: number) => string;
}

export interface Result {
  readonly server: UnderTest;
  readonly perSecond: Spread;
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  /** Work of the server for one request. Microseconds. */
  readonly cpuMicros: Spread;
  /** How much of its core the load took at most, 0 to 1. */
  readonly loadShare: number;
}

interface Round extends LoadResult {
  readonly cpuMicros: number;
}

/** Connections that are kept busy, as a proxy in front of the server would. */
const CONNECTIONS = 50;

/** Warms every contender up, then measures one after the other, round by round. */
export async function takeTurns(
  { quick, progress }: Setting,
  contenders: readonly Contender[],
  { rounds, ms }: { readonly rounds: number; readonly ms: number },
): Promise<readonly Result[]> {
  const turns = quick ? { rounds: 1, ms: 300, warmUp: 100 } : { rounds, ms, warmUp: ms };
  for (const { server, target } of contenders) {
    progress(`${server.name}: warming up`);
    await load({ ...keepBusy(server, turns.warmUp), target });
  }
  const measured = contenders.map((): Round[] => []);
  for (let round = 1; round <= turns.rounds; round += 1) {
    for (const [i, { server, target }] of contenders.entries()) {
      progress(`${server.name}: round ${round} of ${turns.rounds}`);
      const before = await server.figures();
      const result = await load({ ...keepBusy(server, turns.ms), target });
      const after = await server.figures();
      const cpuMicros = (after.cpuMicros - before.cpuMicros) / result.requests;
      measured[i]?.push({ ...result, cpuMicros });
    }
  }
  return contenders.map(({ server }, i) => {
    const all = measured[i] ?? [];
    const spread = (read: (round: Round) => number) => spreadOf(all.map(read));
    return {
      server,
      perSecond: spread((round) => round.perSecond),
      p50: spread((round) => round.p50),
      p99: spread((round) => round.p99),
      cpuMicros: spread((round) => round.cpuMicros),
      loadShare: Math.max(...all.map((round) => round.loadShare)),
    };
  });
}

/** The columns that every table of such turns has. */
export function columns({ perSecond, p50, p99, cpuMicros }: Result): Record<string, Cell> {
  return {
    'requests/s': perSecond,
    'p50 ms': p50,
    'p99 ms': p99,
    'CPU µs/request': cpuMicros,
  };
}

function keepBusy({ port }: UnderTest, ms: number) {
  return { port, connections: CONNECTIONS, until: { ms } };
}
