/** Misses at full load: how many people one core looks up in a CRM that answers at once. */
import { connectionTo, startBridge } from './bridge.ts';
import { startCrm } from './crm.ts';
import { load } from './load.ts';
import type { Report, Setting } from './measurement.ts';
import { byHand } from './rival.ts';
import { alternate, mergeRounds } from './rounds.ts';
import { startUnderTest } from './under-test.ts';
import { targetOf } from './visitors.ts';

/** Lookups a second. */
const GOAL = 1500;
const CONNECTIONS = 50;
const FULL = { rounds: 5, lookups: 4000, warmUp: 6000 };
const QUICK = { rounds: 1, lookups: 100, warmUp: 20 };

export async function measureFullLoad(setting: Setting): Promise<Report> {
  const { rounds, lookups, warmUp } = setting.quick ? QUICK : FULL;
  await using crm = await startCrm(setting, 'salesforce', lookups);
  await using bridge = await startBridge(setting, { connections: { crm: connectionTo(crm) } });
  await using rival = await startUnderTest(setting, await byHand(crm));
  const servers = [rival, bridge];
  let asked = 0;
  const lookUp = (port: number, requests: number) => {
    const from = asked;
    asked += requests;
    const target = (n: number) => targetOf(from + n);
    return load({ port, connections: CONNECTIONS, until: { requests }, target });
  };
  for (const { name, port } of servers) {
    setting.progress(`${name}: warming up`);
    await lookUp(port, warmUp);
  }
  const measured = await alternate(rounds, servers, async ({ name, port, figures }, round) => {
    setting.progress(`${name}: round ${round} of ${rounds}`);
    const before = await figures({ reset: true });
    const { perSecond, p50, p99 } = await lookUp(port, lookups);
    const after = await figures();
    const cpuMicros = (after.cpuMicros - before.cpuMicros) / lookups;
    return {
      'lookups/s': perSecond,
      'p50 ms': p50,
      'p99 ms': p99,
      'CPU µs/lookup': cpuMicros,
      'lookups/s of one core': 1e6 / cpuMicros,
      'event-loop delay p99 ms': after.loopDelayP99,
    };
  });
  const rows = servers.map(({ name }, i) => ({
    server: name,
    ...mergeRounds(measured[i] ?? []),
  }));
  const perSecond = (measured[1] ?? []).map((round) => round['lookups/s of one core']).sort();
  const median = perSecond[Math.floor(perSecond.length / 2)] ?? 0;
  return {
    title: 'Misses at full load',
    about: 'Salesforce answers at once; each person is asked for once.',
    tables: [
      {
        title: `${lookups} people by ${CONNECTIONS} connections`,
        measured: [
          `After ${warmUp} lookups of others; 50 keep-alive connections, each person new to the server.`,
          'The emulated CRM has a core at best, and may be the limit: how many lookups the CPU time of the server allows is shown beside.',
        ].join(' '),
        rounds,
        goal: {
          text: `the CPU time of the product allows ${GOAL} lookups a second on one core`,
          isMet: median >= GOAL,
        },
        rows,
      },
    ],
  };
}
