/** Cached lookups: the whole product beside servers that only answer a constant text. */
import { ask } from './arrivals.ts';
import { connectionTo, startBridge } from './bridge.ts';
import { describeCores } from './cores.ts';
import { startCrm } from './crm.ts';
import { load } from './load.ts';
import { verdict, type Report, type Setting } from './measurement.ts';
import { byHand, BYTES, constant, EXPRESS, NODE_HTTP } from './rival.ts';
import { columns, takeTurns } from './rounds.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { targetOf } from './visitors.ts';

/** Different people, asked for in rotation. */
const VISITORS = 300;
/** The product's share of what bare Express answers. */
const GOAL = 0.9;

export async function measureCached(setting: Setting): Promise<Report> {
  await using crm = await startCrm(setting, 'salesforce', VISITORS);
  await using bridge = await startBridge(setting, { connections: { crm: connectionTo(crm) } });
  await using rival = await startUnderTest(setting, await byHand(crm));
  const target = (n: number) => targetOf(n % VISITORS);
  for (const { port, name } of [bridge, rival]) {
    setting.progress(`${name}: filling the cache`);
    await load({ port, connections: 4, until: { requests: VISITORS }, target });
  }
  const { text } = await ask({ port: bridge.port, patience: 5000 }, target(0));
  // From now on Node's own metrics are gathered too, as with a scraper.
  await ask({ port: bridge.opsPort, patience: 5000 }, '/metrics');
  await using bytes = await startUnderTest(setting, await constant(BYTES, text));
  await using nodeHttp = await startUnderTest(setting, await constant(NODE_HTTP, text));
  await using express = await startUnderTest(setting, await constant(EXPRESS, text));

  const servers: readonly UnderTest[] = [bytes, nodeHttp, express, rival, bridge];
  const results = await takeTurns(
    setting,
    servers.map((server) => ({ server, target })),
    { rounds: 7, ms: 2000 },
  );
  const limit = results.find(({ server }) => server === express)?.perSecond.median ?? NaN;
  const loadShare = Math.max(...results.map((result) => result.loadShare));
  return {
    title: 'Cached lookups',
    about: [
      `50 keep-alive connections ask for ${VISITORS} cached people in rotation.`,
      `The product answers ${Buffer.byteLength(text)} bytes (its default template, a Salesforce profile) with authentication, cache, rate limit, metrics, log line and template; the constant texts are as long.`,
      describeCores(setting.cores),
      `The load took at most ${Math.round(loadShare * 100)} % of its core; what it can do at most shows the first line.`,
      'Medians of the rounds, in brackets the least and the most.',
    ].join(' '),
    tables: [
      {
        title: `Goal: at least ${GOAL} of bare Express`,
        rows: results.map((result) => {
          const ratio = result.perSecond.median / limit;
          return {
            server: result.server.name,
            ...columns(result),
            'of bare Express': ratio,
            goal: result.server === bridge ? verdict(ratio >= GOAL) : undefined,
          };
        }),
      },
    ],
  };
}
