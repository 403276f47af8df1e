/** Large answers of an API, all at once: how long others wait meanwhile. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ONE_TENANT, startBridge } from './bridge.ts';
import { startChild } from './child.ts';
import type { Report, Row, Setting } from './measurement.ts';
import { percentile } from './spread.ts';
import { KEY } from './visitors.ts';

const FULL = { answers: 60, rounds: 3 };
const QUICK = { answers: 4, rounds: 1 };
/** How long others may wait. Milliseconds. */
const GOAL_MS = 200;
const MEGABYTE = 2 ** 20;

/** As much as is parsed at all, of each kind that takes a parser long. */
const BODIES: Readonly<Record<string, () => unknown>> = {
  'many values': () =>
    rows(5_300, (n) =>
      Object.fromEntries(
        Array.from({ length: 24 }, (_, k) => [`field_name_${k}`, `value of ${n}`]),
      ),
    ),
  'many different keys': () => rows(9_900, (n) => ({ [`key ${n}`]: 'x'.repeat(370) })),
  'one long text': () => rows(1, () => ({ text: 'x'.repeat(3.9 * MEGABYTE) })),
};

function rows(count: number, row: (n: number) => object) {
  return Array.from({ length: count }, (_, n) => ({ mail: `p${n}@other.example`, ...row(n) }));
}

export async function measureLargeAnswers(setting: Setting): Promise<Report> {
  const { answers, rounds } = setting.quick ? QUICK : FULL;
  const found: Row[] = [];
  let worst = 0;
  for (const [name, make] of Object.entries(BODIES)) {
    const body = Buffer.from(JSON.stringify({ data: make() }));
    for (let round = 1; round <= rounds; round += 1) {
      setting.progress(`${name}, round ${round}`);
      const { longest, ...row } = await measure(setting, body, answers);
      worst = Math.max(worst, longest);
      found.push({ answers: name, 'size MB': body.length / MEGABYTE, ...row });
    }
  }
  return {
    title: 'Large answers',
    about: 'An API answers with as much JSON as the product takes, for many people at once.',
    tables: [
      {
        title: `${answers} at once`,
        measured: `${answers} distinct people at once through one connection of rest; meanwhile a third process asks /healthz every 10 ms, and the longest wait is shown.`,
        rounds: 1,
        goal: { text: `others wait less than ${GOAL_MS} ms`, isMet: worst < GOAL_MS },
        rows: found,
      },
    ],
  };
}

async function measure(setting: Setting, body: Buffer, answers: number) {
  const { cores, folder } = setting;
  const bodyFile = join(folder, 'body.json');
  await writeFile(bodyFile, body);
  const helper = (script: string, ...words: string[]) =>
    startChild({
      words: [join(import.meta.dirname, script), ...words],
      core: cores.crm,
      logFile: join(folder, 'large-answers.log'),
    });
  await using api = helper('large-answers/api.ts', bodyFile);
  await using bridge = await startBridge(setting, {
    connections: {
      crm: {
        connector: 'rest',
        baseUrl: await api.ask<string>('url'),
        limits: { concurrency: answers },
        person: {
          get: 'people',
          query: { email: '{{ email }}' },
          rows: 'data',
          match: 'mail',
          map: { name: 'mail' },
        },
      },
    },
    more: { tenants: ONE_TENANT },
  });
  await using asker = helper('asker.ts', `${bridge.port}`);
  await pause(300);
  await asker.ask('reset');
  await bridge.figures({ reset: true, turns: true });
  const people = Array.from({ length: answers }, async (_, n) => {
    const began = performance.now();
    const url = `http://127.0.0.1:${bridge.port}/v1/bench/contact/${KEY}?email=q${n}@x.example`;
    const text = await (await fetch(url)).text();
    return { ms: performance.now() - began, isAnswered: !/not reachable/.test(text) };
  });
  const done = await Promise.all(people);
  const waits = await asker.ask<number[]>('waits');
  const { rssBytes, loopDelayMax, turnCpuMax } = await bridge.figures();
  const sorted = waits.toSorted((a, b) => a - b);
  const longest = sorted.at(-1) ?? 0;
  return {
    longest,
    'answered of them %': (done.filter(({ isAnswered }) => isAnswered).length / answers) * 100,
    'slowest ms': Math.max(...done.map(({ ms }) => ms)),
    'others p50 ms': percentile(sorted, 0.5),
    'others longest ms': longest,
    'event-loop delay max ms': loopDelayMax,
    'longest turn CPU ms': turnCpuMax,
    'RSS MB': rssBytes / MEGABYTE,
  };
}
