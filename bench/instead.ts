/** What a team would use instead: the same questions to each of the programs, one after the other, in one run. */
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './arrivals.ts';
import { connectionTo, prepareBridge } from './bridge.ts';
import { startCrm, type Crm } from './crm.ts';
import { load } from './load.ts';
import type { Report, Row, Setting } from './measurement.ts';
import { byHand, constant, EXPRESS } from './rival.ts';
import { percentile } from './spread.ts';
import { startUnderTest, type Program, type UnderTest } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

const FULL = { lone: 30, crowd: 100, cached: 20_000, warmUp: 2000 };
const QUICK = { lone: 3, crowd: 10, cached: 100, warmUp: 20 };
/** Of the CRM, in milliseconds. */
const LATENCY = 50;
/** When an agent has stopped waiting. Milliseconds. */
const WAIT_MS = 5000;
/** Short, so that what was known is over when the CRM is down. */
const TTL_MS = 1000;
const MEGABYTE = 2 ** 20;

export async function measureInstead(setting: Setting): Promise<Report> {
  await using crm = await startCrm(setting, 'salesforce', 0);
  const bridge = await prepareBridge(setting, {
    connections: { crm: connectionTo(crm) },
    more: { cache: { ttl: `${TTL_MS}ms` } },
  });
  const express = await constant(EXPRESS, 'x'.repeat(782));
  const rows: Row[] = [
    await measureConstant(setting, express),
    await measure(setting, crm, await byHand(crm, TTL_MS)),
    await measure(setting, crm, bridge),
  ];
  const { crowd, lone } = setting.quick ? QUICK : FULL;
  return {
    title: 'What a team would use instead',
    about:
      'No bridge between a chat and a CRM was found that can be built from the packages of npm; so Express with nothing behind it, and a service written by hand.',
    tables: [
      {
        title: 'The same questions to each',
        measured: [
          `'Lone' is the median of ${lone} lookups one after the other, at ${LATENCY} ms of latency of Salesforce;`,
          `'crowd' is ${crowd} people at once, and the calls that Salesforce counts for them;`,
          `'CRM down' asks for someone known whose entry is over, and 'CRM hangs' for someone new: what the agent has after ${WAIT_MS / 1000} s.`,
        ].join(' '),
        rounds: 1,
        rows,
      },
    ],
  };
}

/** It has no CRM behind it. */
async function measureConstant(setting: Setting, program: Program): Promise<Row> {
  const start = performance.now();
  await using server = await startUnderTest(setting, program);
  await ask({ port: server.port, timeoutMs: WAIT_MS }, targetOf(0));
  const startMs = performance.now() - start;
  return await rowOf(setting, server, startMs);
}

async function measure(setting: Setting, crm: Crm, program: Program): Promise<Row> {
  const { lone, crowd, warmUp } = setting.quick ? QUICK : FULL;
  setting.progress(program.name);
  await crm.setMood({ latency: 0, hangEvery: 0, failing: false });
  const start = performance.now();
  await using server = await startUnderTest(setting, program);
  const { port } = server;
  const timeoutMs = WAIT_MS;
  await ask({ port, timeoutMs }, targetOf(0));
  const startMs = performance.now() - start;
  const target = (n: number) => targetOf(1_000_000 + n);
  await load({ port, connections: 20, until: { requests: warmUp }, target });
  const row = await rowOf(setting, server, startMs);

  await crm.setMood({ latency: LATENCY });
  const waits = [];
  for (let n = 1; n <= lone; n += 1) waits.push((await ask({ port, timeoutMs }, targetOf(n))).ms);
  await crm.forget();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: crowd }, (_, n) => ask({ port, timeoutMs }, targetOf(1000 + n))),
  );
  const crowdMs = performance.now() - began;
  const calls = (await crm.seen()).length;

  await crm.setMood({ failing: true });
  await pause(TTL_MS);
  const down = await ask({ port, timeoutMs }, targetOf(1000));
  await crm.setMood({ failing: false, hangEvery: 1 });
  const hung = await ask({ port, timeoutMs }, targetOf(2000));
  return {
    ...row,
    'lone ms': percentile(
      waits.toSorted((a, b) => a - b),
      0.5,
    ),
    'crowd ms': crowdMs,
    'calls for it': calls,
    'CRM down': isAbout(1000, down.text) ? 'the person' : sentence(down),
    'CRM hangs': sentence(hung),
  };
}

/** Start, cached answers and memory. */
async function rowOf(setting: Setting, server: UnderTest, startMs: number): Promise<Row> {
  const { cached } = setting.quick ? QUICK : FULL;
  const { port, figures, name } = server;
  const before = await figures();
  const { perSecond } = await load({
    port,
    connections: 50,
    until: { requests: cached },
    target: () => targetOf(0),
  });
  const after = await figures();
  return {
    server: name,
    'first answer ms': startMs,
    'cached answers/s': perSecond,
    'CPU µs/answer': (after.cpuMicros - before.cpuMicros) / cached,
    'RSS MB': after.rssBytes / MEGABYTE,
    'lone ms': undefined,
    'crowd ms': undefined,
    'calls for it': undefined,
    'CRM down': undefined,
    'CRM hangs': undefined,
  };
}

function sentence({ status, ms }: { readonly status: number; readonly ms: number }): string {
  return status === 0 ? 'nothing' : `a sentence after ${(ms / 1000).toFixed(1)} s`;
}
