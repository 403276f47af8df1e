/** Configurations and services that a page does not expect. */
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { fitsWidth, openConsole, startBrowser } from '../support/browser.ts';
import { bridgeYaml, ONE_TENANT, startService } from '../support/service.ts';

const LONG = 'x'.repeat(10_000);

function manyTenants(): string {
  const others = Array.from(
    { length: 1000 },
    (_, n) => `  t${n}: { keys: [key-${n}-0123456789], connections: [crm] }`,
  );
  return bridgeYaml(
    [
      'connections: { crm: { connector: moody } }',
      'tenants:',
      `  long: { keys: [long-key-0123456789], connections: [crm], name: ${LONG} }`,
      '  rtl: { keys: [rtl-key-0123456789], connections: [crm], name: "לקוחות \\u202e<img src=x onerror=1>" }',
      '  constructor: { keys: [proto-key-0123456789], connections: [crm] }',
      ...others,
    ].join('\n'),
  );
}

describe('the console', () => {
  let browser: Browser;
  before(async function () {
    browser = await startBrowser(this);
  });
  after(() => browser?.close());

  it('bears 1,000 tenants, among them a name of 10,000 characters, and one from right to left', async () => {
    const service = await startService({ files: { 'bridge.yaml': manyTenants() } });
    try {
      await using opened = await openConsole(browser, service);
      const { page } = opened;
      expect(await page.getByRole('article', { name: 'crm' }).textContent()).to.include(
        'long, rtl, constructor, t0, t1 and 998 more',
      );
      await page.getByRole('tab', { name: 'Lookup' }).click();
      for (const tenant of ['long', 'rtl', 'constructor', 't999']) {
        await page.getByLabel('Tenant').selectOption(tenant);
        await page.getByLabel('E-mail').fill('ann@x.example');
        await page.keyboard.press('Enter');
        await page.locator('.facts', { hasText: `Tenant${tenant}` }).waitFor();
        expect(await fitsWidth(page), tenant).to.equal(true);
      }
      const longest = await page.evaluate<number>(
        `Math.max(...[...document.querySelectorAll('option')].map(({ text }) => text.length))`,
      );
      expect(longest).to.be.below(100);
      expect(await page.locator('main img').count()).to.equal(0);
      expect(opened.complaints).to.deep.equal([]);
    } finally {
      await service.close();
    }
  });

  it('goes on by itself after the service has restarted, with the tenant that was chosen', async () => {
    const two = ONE_TENANT.replace(
      'tenants: {',
      'tenants: { beta: { keys: [beta-key-0123456789], connections: [crm] },',
    );
    const first = await startService({ files: { 'bridge.yaml': bridgeYaml(two) } });
    await using opened = await openConsole(browser, {
      ...first,
      tab: 'set-up',
      mayFailToLoad: true,
    });
    const { page } = opened;
    await page.getByLabel('Tenant').selectOption('acme');
    await first.close();
    await page.getByText('Not connected').waitFor();
    const port = new URL(first.opsUrl).port;
    const yaml = bridgeYaml(two).replace(
      'ops: { host: 127.0.0.1, port: 0 }',
      `ops: { port: ${port} }`,
    );
    const second = await startService({ files: { 'bridge.yaml': yaml } });
    try {
      await page.getByText('All good').waitFor();
      expect(await page.getByLabel('Tenant').inputValue()).to.equal('acme');
      await page.getByRole('button', { name: 'Show key' }).press('Enter');
      await page.locator('.url', { hasText: 'acme-key-0123456789' }).waitFor();
      await page.getByRole('tab', { name: 'Lookup' }).click();
      await page.getByText('Type an address').waitFor();
      expect(opened.complaints).to.deep.equal([]);
    } finally {
      await second.close();
    }
  });
});
