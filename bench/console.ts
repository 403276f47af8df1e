/** The page of the console in a Chromium without history: how much is sent, and when it can be used. */
import type { Browser, Page } from 'playwright-core';
import { readAssets, type Encoding } from '../src/http/ops/console/assets.ts';
import { findChromium, launchChromium, openConsole } from '../test/support/browser.ts';
import { bridgeYaml, ONE_TENANT, startService } from '../test/support/service.ts';
import type { Report, Setting, Table } from './measurement.ts';
import { alternate } from './rounds.ts';
import { spreadOf } from './spread.ts';

const MAX_KB = 300;
const MAX_MS = 500;

/** What must be there for a tab to be used. */
const TABS = {
  status: (page: Page) =>
    page.getByRole('tabpanel', { name: 'Status' }).getByRole('heading').last(),
  templates: (page: Page) => page.getByRole('textbox', { name: 'Text of found.liquid' }),
} as const;

export async function measureConsole({ quick, progress }: Setting): Promise<Report> {
  const program = findChromium();
  const browser = program === undefined ? undefined : await launchChromium(program);
  try {
    return {
      title: 'Console',
      about: 'The page on the ops listener, with the editor of templates.',
      tables: [
        await measureSize(),
        ...(browser === undefined ? [] : [await measureLoading(browser, quick ? 1 : 5, progress)]),
      ],
    };
  } finally {
    await browser?.close();
  }
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

async function measureLoading(
  browser: Browser,
  rounds: number,
  progress: Setting['progress'],
): Promise<Table> {
  const service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
  try {
    const tabs = Object.entries(TABS);
    const measure = async ([tab, isUsable]: (typeof tabs)[number], round: number) => {
      progress(`round ${round} of ${rounds}: ${tab}`);
      await using opened = await openConsole(browser, { ...service, tab });
      await isUsable(opened.page).waitFor();
      return await opened.page.evaluate<number>(
        "performance.now() - performance.getEntriesByType('navigation')[0].responseStart",
      );
    };
    // The files are compressed when they are first asked for.
    await alternate(1, tabs, measure);
    const times = await alternate(rounds, tabs, measure);
    const spreads = times.map((values) => spreadOf(values));
    const isMet = spreads.every(({ median }) => median < MAX_MS);
    return {
      title: 'Until a tab can be used',
      measured:
        'From the first byte of the page, on loopback, with an empty cache; browser and service share the cores.',
      rounds,
      goal: { text: `within ${MAX_MS} ms`, isMet },
      rows: tabs.map(([tab], index) => ({ tab, ms: spreads[index] })),
    };
  } finally {
    await service.close();
  }
}
