/** Cached lookups: the whole product beside servers that only answer a constant text. */
import { appendFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from './arrivals.ts';
import { connectionTo, ONE_TENANT, startBridge, type Bridge } from './bridge.ts';
import { describeCores } from './cores.ts';
import { startCrm, type Crm } from './crm.ts';
import { load } from './load.ts';
import type { Report, Setting, Table } from './measurement.ts';
import { byHand, BYTES, constant, EXPRESS, EXPRESS_TUNED, NODE_HTTP } from './rival.ts';
import { ABOUT_LOAD, alternate, columns, mergeRounds, perRequest, takeTurns } from './rounds.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { targetOf } from './visitors.ts';
import { hasWrk, wrk } from './wrk.ts';

/** Different people, asked for in rotation. */
const VISITORS = { full: 300, quick: 30 };
/** The product's share of what bare Express and Node's own server answer. */
const GOAL = { express: 1, nodeHttp: 0.5 };

/** V8 still gets faster with the product's code for some seconds. */
const TURNS = { rounds: 5, ms: 1500, warmUp: 4000 };
/** A template that reads the clock. */
const TIMED = 'timed';

export async function measureCached(setting: Setting): Promise<Report> {
  const visitors = setting.quick ? VISITORS.quick : VISITORS.full;
  await using crm = await startCrm(setting, 'salesforce', visitors);
  await using bridge = await startBridge(setting, { connections: { crm: connectionTo(crm) } });
  await using rendering = await startRendering(setting, crm);
  await using rival = await startUnderTest(setting, await byHand(crm));
  const target = (n: number) => targetOf(n % visitors);
  for (const { port, name } of [bridge, rendering, rival]) {
    setting.progress(`${name}: filling the cache`);
    await load({ port, connections: 4, until: { requests: visitors }, target });
  }
  const read = async ({ port }: UnderTest) =>
    (await ask({ port, timeoutMs: 5000 }, target(0))).text;
  const text = await read(bridge);
  if ((await read(rendering)) === (await read(rendering))) {
    throw new Error(`the template ${TIMED} was not rendered for each answer`);
  }
  // Starts Node's default metrics too, as a scraper does.
  for (const { opsPort } of [bridge, rendering]) {
    await ask({ port: opsPort, timeoutMs: 5000 }, '/metrics');
  }
  await using bytes = await startUnderTest(setting, await constant(BYTES, text));
  await using nodeHttp = await startUnderTest(setting, await constant(NODE_HTTP, text));
  await using express = await startUnderTest(setting, await constant(EXPRESS, text));
  await using tuned = await startUnderTest(setting, await constant(EXPRESS_TUNED, text));

  const servers: readonly UnderTest[] = [bytes, nodeHttp, express, tuned, rival, bridge, rendering];
  const results = await takeTurns(
    setting,
    servers.map((server) => ({ server, target })),
    TURNS,
  );
  const perSecond = (of: UnderTest) =>
    results.find(({ server }) => server === of)?.perSecond.median ?? NaN;
  const cpuMicros = (of: UnderTest) =>
    results.find(({ server }) => server === of)?.cpuMicros.median ?? NaN;
  const targets = Array.from({ length: visitors }, (_, n) => target(n));
  return {
    title: 'Cached lookups',
    about: describeCores(setting.cores),
    tables: [
      {
        title: 'Answers from the cache',
        measured: [
          `50 keep-alive connections ask for ${visitors} cached people in rotation.`,
          `The product answers ${Buffer.byteLength(text)} bytes (its default template, a Salesforce profile) with authentication, cache, rate limit, metrics and log line; the constant texts are as long.`,
          'The template is not rendered for each answer: while nothing that it reads has changed, the product hands out the same text again, for up to a minute. So each person is rendered about once a minute.',
          `In the last row every answer is rendered: the same template with a last line that reads \`now\`.`,
          ABOUT_LOAD,
        ].join(' '),
        rounds: results[0]?.rounds ?? 0,
        goal: {
          text: `by CPU time the product answers at least ${GOAL.express} of what ${EXPRESS} answers, and ${GOAL.nodeHttp} of ${NODE_HTTP}`,
          isMet:
            cpuMicros(bridge) <= cpuMicros(express) / GOAL.express &&
            cpuMicros(bridge) <= cpuMicros(nodeHttp) / GOAL.nodeHttp,
        },
        rows: results.map((result) => ({
          server: result.server.name,
          ...columns(result),
          'of (b)': result.perSecond.median / perSecond(express),
          "of (b')": result.perSecond.median / perSecond(tuned),
          'CPU of (b)': cpuMicros(express) / result.cpuMicros.median,
          'CPU of (a)': cpuMicros(nodeHttp) / result.cpuMicros.median,
        })),
      },
      ...(await underWrk(setting, [nodeHttp, express, bridge], targets)),
    ],
  };
}

/** The same under another program's load; no table where it is not installed. */
async function underWrk(
  setting: Setting,
  servers: readonly UnderTest[],
  targets: readonly string[],
): Promise<readonly Table[]> {
  if (!(await hasWrk())) return [];
  const rounds = setting.quick ? 1 : 5;
  const load = { connections: 50, ms: setting.quick ? 1000 : 2000 };
  const measured = await alternate(rounds, servers, async ({ name, port, figures }, round) => {
    setting.progress(`${name}: wrk, round ${round} of ${rounds}`);
    const before = await figures();
    const { perSecond, p50, p99, requests } = await wrk(setting, { port, ...load }, targets);
    const { cpuMicros, systemMicros } = perRequest(before, await figures(), requests);
    return {
      'requests/s': perSecond,
      'p50 ms': p50,
      'p99 ms': p99,
      'CPU µs/request': cpuMicros,
      'of it kernel': systemMicros,
    };
  });
  return [
    {
      title: 'The same under wrk',
      measured: `wrk asks for the same people in the same rotation over ${load.connections} connections, with the same headers. It takes next to nothing of its core, so it mostly sleeps, and each answer that wakes it costs the server time in the kernel; a load that is always busy, as the one above with a fast server, is never woken. That, and larger groups of requests at once, is what the two tables differ by.`,
      rounds,
      rows: servers.map(({ name }, i) => ({ server: name, ...mergeRounds(measured[i] ?? []) })),
    },
  ];
}

/** The product with the default template and the moment, to the millisecond, below it. */
async function startRendering(setting: Setting, crm: Crm): Promise<Bridge> {
  const templatesDir = join(setting.folder, 'templates');
  const template = join(templatesDir, TIMED);
  await cp(join(import.meta.dirname, '../templates/default'), template, { recursive: true });
  await appendFile(join(template, 'found.liquid'), 'As of {{ now }}\n');
  return startBridge(setting, {
    name: 'snapengage-crm-bridge, each answer rendered',
    connections: { crm: connectionTo(crm) },
    more: { tenants: { bench: { ...ONE_TENANT.bench, template: TIMED, templatesDir } } },
  });
}
