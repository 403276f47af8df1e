/** An attack: requests without a key, without end, whose answers nobody reads; what others notice of it. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startBridge } from './bridge.ts';
import { startChild } from './child.ts';
import type { Report, Setting } from './measurement.ts';
import { constant, EXPRESS, NODE_HTTP } from './rival.ts';
import { percentile } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { targetOf } from './visitors.ts';

const MS = { full: 10_000, quick: 500 };
/** How long others may wait, in milliseconds, and what the attack may add to the memory, in MB. */
const GOAL = { p99: 200, rss: 100 };
const MEGABYTE = 2 ** 20;

export async function measureAttack(setting: Setting): Promise<Report> {
  await using bridge = await startBridge(setting, {
    connections: { crm: { connector: 'anyone' } },
    more: { connectorsDir: join(import.meta.dirname, 'connectors') },
  });
  await using nodeHttp = await startUnderTest(setting, await constant(NODE_HTTP, 'x'.repeat(800)));
  await using express = await startUnderTest(setting, await constant(EXPRESS, 'x'.repeat(800)));
  const rows = [];
  let isMet = false;
  for (const server of [nodeHttp, express, bridge]) {
    setting.progress(`${server.name}: under attack`);
    const found = await attack(setting, server);
    isMet = found['others p99 ms'] < GOAL.p99 && found['RSS added MB'] < GOAL.rss;
    rows.push({ server: server.name, ...found });
  }
  return {
    title: 'Under attack',
    about: 'A client without a key, as far as one address can go.',
    tables: [
      {
        title: 'Requests without end, whose answers are not read',
        measured: [
          '100 connections send requests with a wrong key as fast as they are taken, one behind the other, and read nothing.',
          'Meanwhile a third process asks for one person every 10 ms; in the product with the right key, the others know no keys.',
          'RSS is read ten times a second.',
        ].join(' '),
        rounds: 1,
        goal: {
          text: `with the product the others wait less than ${GOAL.p99} ms at p99, and its memory grows by less than ${GOAL.rss} MB`,
          isMet,
        },
        rows,
      },
    ],
  };
}

async function attack(setting: Setting, server: UnderTest) {
  const { cores, folder, quick } = setting;
  const ms = quick ? MS.quick : MS.full;
  const helper = (script: string, ...words: string[]) =>
    startChild({
      words: [join(import.meta.dirname, script), `${server.port}`, ...words],
      core: cores.load,
      logFile: join(folder, 'attack.log'),
    });
  await using asker = helper('asker.ts', targetOf(1));
  await pause(quick ? 100 : 3000);
  const quiet = (await asker.ask<number[]>('waits')).toSorted((a, b) => a - b);
  const before = await server.figures({ reset: true });
  await asker.ask('reset');
  await using flooder = helper('attack/flooder.ts');
  let most = before.rssBytes;
  const end = performance.now() + ms;
  while (performance.now() < end) {
    most = Math.max(most, (await server.figures()).rssBytes);
    await pause(100);
  }
  const waits = (await asker.ask<number[]>('waits')).toSorted((a, b) => a - b);
  const { loopDelayMax } = await server.figures();
  return {
    'others before p99 ms': percentile(quiet, 0.99),
    'others p50 ms': percentile(waits, 0.5),
    'others p99 ms': percentile(waits, 0.99),
    'others longest ms': waits.at(-1) ?? 0,
    'event-loop delay max ms': loopDelayMax,
    'RSS before MB': before.rssBytes / MEGABYTE,
    'RSS added MB': (most - before.rssBytes) / MEGABYTE,
    'connections opened': await flooder.ask<number>('opened'),
  };
}
