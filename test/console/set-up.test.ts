import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { lookFaults, openConsole } from '../support/browser.ts';
import { startConsoleOfCrms, type ConsoleOfCrms } from '../support/console-of-crms.ts';
import { bridgeYaml, startService } from '../support/service.ts';

const KEY = 'sales-key-0123456789';

describe('the tab Set-up', () => {
  let running: ConsoleOfCrms;

  before(async function () {
    running = await startConsoleOfCrms(this, ({ sales, marketing }) => {
      const yaml = bridgeYaml(`
connections:
  sales: ${sales}
  marketing: ${marketing}
tenants:
  sales: { keys: [${KEY}], connections: [sales] }
  hashed: { keys: ["sha256:${'0'.repeat(64)}"], connections: [marketing], allowFrom: [192.0.2.0/24] }
`).replace('server: {', 'server: { publicUrl: https://crm.example.com/bridge,');
      return { 'bridge.yaml': yaml };
    });
  });
  after(() => running?.close());

  const open = (options = {}) =>
    openConsole(running.browser, { ...running.service, tab: 'set-up', ...options });
  const url = (page: Page) => page.locator('.url');

  it('shows the URL with the key masked until it is asked for, and again when the tab is left', async () => {
    await using opened = await open();
    const { page } = opened;
    await url(page).waitFor();
    expect(await url(page).textContent()).to.equal(
      'https://crm.example.com/bridge/v1/sales/contact/••••••••••••',
    );
    expect(await page.content()).not.to.include(KEY);
    await page.getByRole('button', { name: 'Show key' }).press('Enter');
    await url(page).filter({ hasText: KEY }).waitFor();
    expect(await page.locator(':focus').textContent()).to.equal('Hide key');
    await page.getByRole('tab', { name: 'Status' }).click();
    await page.getByRole('tab', { name: 'Set-up' }).click();
    await url(page).filter({ hasText: '••••' }).waitFor();
    expect(await page.content()).not.to.include(KEY);
    expect(await page.locator('.notice').count()).to.equal(0);
    expect(opened.complaints).to.deep.equal([]);
  });

  it('copies the URL with its key', async () => {
    await using opened = await open();
    const { page, context } = opened;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy URL' }).press('Enter');
    await page.getByText('Copied.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(
      `https://crm.example.com/bridge/v1/sales/contact/${KEY}`,
    );
    expect(await page.content()).not.to.include(KEY);
  });

  it('says what a digest of a key and allowFrom mean for the URL', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByLabel('Tenant').selectOption('hashed');
    await url(page)
      .filter({ hasText: /hashed\/contact\/KEY$/ })
      .waitFor();
    await page.getByText('put the key you made in place of KEY').waitFor();
    await page.getByText('SnapEngage calls from shared Google addresses').waitFor();
    expect(await page.getByRole('button', { name: 'Show key' }).count()).to.equal(0);
  });

  it('warns of an address that is not HTTPS or not reached from outside', async () => {
    const plain = await startService({
      files: {
        'bridge.yaml': bridgeYaml(`
connections: { crm: { connector: moody } }
tenants: { acme: { keys: [${KEY}], connections: [crm] } }`),
      },
    });
    try {
      await using opened = await openConsole(running.browser, { ...plain, tab: 'set-up' });
      await opened.page.getByText('server.publicUrl is not set').waitFor();
      await opened.page.getByText('This address is not HTTPS').waitFor();
    } finally {
      await plain.close();
    }
  });

  it('tests the connections and shows what is missing, as each is done', async () => {
    await using opened = await open();
    const { page } = opened;
    running.hubspot.faults.latency = 2000;
    running.hubspot.faults.inject('unauthorized');
    await page.getByRole('button', { name: 'Test connections' }).press('Enter');
    await page.locator('.findings').getByRole('heading', { name: 'sales' }).waitFor();
    const progress = page.getByRole('progressbar', { name: 'Connections tested' });
    expect(await progress.getAttribute('value')).to.equal('1');
    await page.getByText(/^Done: 1 error/).waitFor();
    const failed = page.locator('.findings > li', { hasText: 'marketing' });
    expect(await failed.locator('.badge.bad').textContent()).to.equal('error');
    expect(await failed.textContent()).to.match(/HubSpot/);
    expect(await page.locator(':focus').textContent()).to.match(/Test connections/);
    running.hubspot.faults.clear();
  });

  it("turns the light green with the tenant's first request on the public route", async () => {
    await using opened = await open();
    const { page } = opened;
    const light = page.locator('.first-request');
    await light.filter({ hasText: "Waiting for SnapEngage's first request" }).waitFor();
    const lookup = await fetch(`${running.service.opsUrl}/console/api/lookup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ tenant: 'sales', email: 'jane.doe@acme.example' }),
    });
    expect(lookup.status).to.equal(200);
    await fetch(`${running.service.url}/v1/sales/contact/wrong?email=a@x.example`);
    await light.filter({ hasText: 'One request with a wrong key or tenant' }).waitFor();
    expect(await light.getAttribute('class')).to.include('waiting');
    await fetch(`${running.service.url}/v1/sales/contact/${KEY}?email=jane.doe@acme.example`);
    await light.filter({ hasText: 'The first request has arrived' }).waitFor();
    expect(await light.textContent()).to.include('the person is known');
    expect(await light.getAttribute('class')).to.include('good');
  });

  it('fits and has no serious finding of axe, in both themes, narrow and wide', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByRole('button', { name: 'Test connections' }).press('Enter');
    await page.getByText(/^Done/).waitFor();
    await page.getByRole('button', { name: 'Show key' }).press('Enter');
    expect(await lookFaults(page)).to.deep.equal([]);
    expect(opened.complaints).to.deep.equal([]);
  });
});
