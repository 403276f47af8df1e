/**
 * A picture of each tab of the console, of the demo: `npm run -s screenshots -- [MINUTES]`. The demo answers requests
 * for so many minutes before, so that the charts show something.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { findChromium, launchChromium, openConsole } from '../support/browser.ts';
import { startService, type Service } from '../support/service.ts';

const ROOT = join(import.meta.dirname, '../..');
const IMAGES = join(ROOT, 'docs/images');
const SIZE = { width: 1080, height: 660 };
const MAX_BYTES = 200_000;
/** Of the demo, and one that it does not know. */
const PEOPLE = [
  'jane.doe@acme.example',
  'priya.sharma@acme.example',
  'hank.scorpio@globex.example',
  'wei.chen@globex.example',
  'unknown@acme.example',
];

const TABS = ['status', 'lookup', 'templates', 'recent', 'set-up'] as const;

/** What is done on a tab before its picture. */
const STEPS: Partial<Record<string, (page: Page) => Promise<unknown>>> = {
  async lookup(page) {
    await page.getByLabel('E-mail').fill('jane.doe@acme.example');
    await page.keyboard.press('Enter');
    await page.locator('.lookup-result[aria-busy="false"]').waitFor();
  },
  async 'set-up'(page) {
    await page.getByRole('button', { name: 'Test connections' }).click();
    await page.getByText(/^Done/).waitFor();
  },
  recent: (page) => page.locator('.recent tbody tr').first().waitFor(),
  async templates(page) {
    await page.getByText('No mistakes.').waitFor();
    await page.locator('.agent-text', { hasText: 'Jane Doe' }).first().waitFor();
    await page.waitForTimeout(1000); // colours come a part at a time
  },
  // The folder of the run says nothing to readers.
  status: (page) =>
    page.evaluate(`for (const fact of document.querySelectorAll('.facts dd'))
      if (fact.textContent.endsWith('/bridge.yaml')) fact.textContent = '/etc/crm-bridge/bridge.yaml';`),
};

const service = await startDemo();
const browser = await launchChromium(findChromium() ?? 'chromium');
try {
  await mkdir(IMAGES, { recursive: true });
  await askFor(Number(process.argv[2] ?? 0), service.url);
  for (const tab of TABS) await takePicture(tab, 'light', `console-${tab}.png`);
  await takePicture('lookup', 'dark', 'console-lookup-dark.png');
} finally {
  await Promise.all([browser.close(), service.close()]);
}

async function startDemo(): Promise<Service> {
  const demo = await readFile(join(ROOT, 'config/bridge.yaml'), 'utf8');
  const names = await readdir(join(ROOT, 'config/demo'));
  const files = await Promise.all(
    names.map(async (name) => [
      `demo/${name}`,
      await readFile(join(ROOT, 'config/demo', name), 'utf8'),
    ]),
  );
  const yaml = demo.replace('port: 8080', 'port: 0').replace('# publicUrl', 'publicUrl');
  const withOps = `${yaml}\nops: { port: 0 }\n`;
  return startService({ files: { ...Object.fromEntries(files), 'bridge.yaml': withOps } });
}

/** More or less, as agents do: at most one in half a second. */
async function askFor(minutes: number, url: string): Promise<void> {
  const end = Date.now() + minutes * 60_000;
  let count = 0;
  do {
    const email = PEOPLE[(count * count) % PEOPLE.length] ?? '';
    await (await fetch(`${url}/v1/demo/contact/demo?email=${email}`)).text();
    count += 1;
    if (count > PEOPLE.length) await pause(500 + 2500 * Math.abs(Math.sin(count / 40)));
  } while (Date.now() < end || count <= 2 * PEOPLE.length);
}

async function takePicture(tab: string, theme: 'light' | 'dark', name: string): Promise<void> {
  await using opened = await openConsole(browser, { ...service, tab, theme, size: SIZE });
  const { page } = opened;
  await STEPS[tab]?.(page);
  const picture = await page.screenshot({ path: join(IMAGES, name) });
  if (picture.length > MAX_BYTES) throw new Error(`${name} has ${picture.length} bytes`);
  console.log(`docs/images/${name}: ${Math.round(picture.length / 1000)} kB`);
}
