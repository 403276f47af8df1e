import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { seriousFindings } from '../support/accessibility.ts';
import { fitsWidth, NARROW, openConsole, startBrowser, WIDE } from '../support/browser.ts';
import { bridgeYaml, ONE_TENANT, startService, type Service } from '../support/service.ts';

const TABS = ['Status', 'Lookup', 'Templates', 'Recent', 'Set-up'];

describe('the page of the console', () => {
  let service: Service;
  let browser: Browser;

  before(async function () {
    browser = await startBrowser(this);
    service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
  });
  after(() => Promise.all([browser?.close(), service?.close()]));

  it('asks nothing of other hosts, and nothing breaks its Content-Security-Policy', async () => {
    await using opened = await openConsole(browser, service);
    for (const name of TABS) await opened.page.getByRole('tab', { name }).click();
    expect(opened.complaints).to.deep.equal([]);
    const others = opened.requests.filter((url) => !url.startsWith(`${service.opsUrl}/console/`));
    expect(others).to.deep.equal([]);
  });

  it('is used by the keyboard alone: arrows go from tab to tab', async () => {
    await using opened = await openConsole(browser, service);
    const { page } = opened;
    await page.keyboard.press('Tab');
    for (const name of [...TABS.slice(1), 'Status']) {
      await page.keyboard.press('ArrowRight');
      await page.getByRole('tabpanel', { name }).waitFor();
      const selected = page.getByRole('tab', { selected: true });
      expect(await selected.textContent()).to.equal(name);
      expect(await page.locator(':focus').textContent()).to.equal(name);
    }
    await page.keyboard.press('End');
    expect(page.url()).to.match(/#set-up$/);
  });

  it('goes a tab further with each arrow, also when several are pressed at once', async () => {
    await using opened = await openConsole(browser, service);
    const { page } = opened;
    await page.keyboard.press('Tab');
    // Without a turn of the event loop between them, so the page is not drawn.
    await page.evaluate(`for (let key = 0; key < 4; key += 1) document.activeElement.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }),
    )`);
    await page.getByRole('tabpanel', { name: 'Set-up' }).waitFor();
    expect(await page.locator(':focus').textContent()).to.equal('Set-up');
  });

  it('has all files of its tabs once it is idle, the editor included', async () => {
    await using opened = await openConsole(browser, service);
    const { page, requests } = opened;
    await page.waitForLoadState('networkidle');
    const before = requests.length;
    await page.getByRole('tab', { name: 'Templates' }).click();
    await page.getByRole('textbox', { name: 'Text of found.liquid' }).waitFor();
    expect(requests.slice(before).filter((url) => url.endsWith('.js'))).to.deep.equal([]);
  });

  for (const theme of ['light', 'dark'] as const) {
    for (const size of [NARROW, WIDE]) {
      it(`has no serious finding of axe in ${theme} at ${size.width} px, and fits`, async () => {
        await using opened = await openConsole(browser, { ...service, theme, size });
        for (const name of TABS) {
          await opened.page.getByRole('tab', { name }).click();
          await opened.page.getByRole('tabpanel', { name }).waitFor();
          expect(await seriousFindings(opened.page), name).to.deep.equal([]);
          expect(await fitsWidth(opened.page), name).to.equal(true);
        }
      });
    }
  }
});

describe('the page of the console with ops.key', () => {
  const KEY = 'ops-key-0123456789';
  const yaml = (key: string) => bridgeYaml(ONE_TENANT).replace('ops: {', `ops: { key: ${key},`);
  let service: Service;
  let browser: Browser;

  before(async function () {
    browser = await startBrowser(this);
    service = await startService({ files: { 'bridge.yaml': yaml(KEY) } });
  });
  after(() => Promise.all([browser?.close(), service?.close()]));

  it('shows nothing but a sentence for a wrong key', async () => {
    const context = await browser.newContext({
      httpCredentials: { username: 'me', password: 'wrong-key-0123456789' },
    });
    try {
      const page = await context.newPage();
      const answer = await page.goto(`${service.opsUrl}/console/`);
      expect(answer?.status()).to.equal(401);
      expect(await page.locator('body').textContent()).to.match(/^The ops key is needed/);
    } finally {
      await context.close();
    }
  });

  it('says that the key has changed while it was open, and what to do', async () => {
    await using opened = await openConsole(browser, { ...service, key: KEY });
    await service.write('bridge.yaml', yaml('other-key-0123456789'));
    await opened.page.getByText('Key refused').waitFor({ timeout: 20_000 });
    await opened.page.getByText('Reload this page and sign in again.').waitFor();
  });
});
