/** The page of the console in a Chromium without history: how much is sent, and when it can be used. */
import { join } from 'node:path';
import { readAssets, type Encoding } from '../src/http/ops/console/assets.ts';
import { findChromium } from '../test/support/browser.ts';
import { startBareChromium } from './bare-chromium.ts';
import { startBridge } from './bridge.ts';
import type { Report, Setting, Table } from './measurement.ts';
import { alternate } from './rounds.ts';
import { spreadOf } from './spread.ts';

const DEMO_PEOPLE = join(import.meta.dirname, '../config/demo/people.csv');

const MAX_KB = 300;
const MAX_MS = 500;

/** When a tab can be used: its last section is there, or the editor takes what is typed. */
const TABS = {
  status: "document.querySelector('.activity') !== null",
  templates: 'document.querySelector(\'[aria-label="Text of found.liquid"]\')?.isContentEditable',
} as const;

export async function measureConsole(setting: Setting): Promise<Report> {
  const program = findChromium();
  return {
    title: 'Console',
    about: 'The page on the ops listener, with the editor of templates.',
    tables: [
      await measureSize(),
      ...(program === undefined ? [] : [await measureLoading(setting, program)]),
    ],
  };
}

async function measureSize(): Promise<Table> {
  const { files } = await readAssets();
  const sizeOf = async (encoding: Encoding) => {
    const bodies = await Promise.all([...files.values()].map((file) => file.encoded(encoding)));
    return Math.round(bodies.reduce((total, { length }) => total + length, 0) / 1000);
  };
  const sent = await sizeOf('br');
  return {
    title: 'What is sent',
    measured: 'All files of all tabs, in kB.',
    rounds: 1,
    goal: { text: `less than ${MAX_KB} kB compressed`, isMet: sent < MAX_KB },
    rows: [
      {
        files: files.size,
        brotli: sent,
        gzip: await sizeOf('gzip'),
        'not compressed': await sizeOf('identity'),
      },
    ],
  };
}

async function measureLoading(setting: Setting, program: string): Promise<Table> {
  const rounds = setting.quick ? 1 : 9;
  const connections = { crm: { connector: 'csv', file: DEMO_PEOPLE } };
  await using bridge = await startBridge(setting, { connections });
  await using chromium = await startBareChromium(setting, program);
  const tabs = Object.entries(TABS);
  const times = await alternate(rounds, tabs, ([tab, isUsable], round) => {
    setting.progress(`round ${round} of ${rounds}: ${tab}`);
    return chromium.timeUntil(`http://127.0.0.1:${bridge.opsPort}/console/#${tab}`, isUsable);
  });
  const spreads = times.map((values) => spreadOf(values));
  return {
    title: 'Until a tab can be used',
    measured: [
      'From the first byte of the page, on loopback, with an empty cache, the first time since the start of the service included.',
      'Chromium has all cores, the service one of them.',
    ].join(' '),
    rounds,
    goal: {
      text: `within ${MAX_MS} ms`,
      isMet: spreads.every(({ median }) => median < MAX_MS),
    },
    rows: tabs.map(([tab], index) => ({ tab, ms: spreads[index] })),
  };
}
