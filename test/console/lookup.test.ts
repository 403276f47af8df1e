import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { lookFaults, openConsole } from '../support/browser.ts';
import { startConsoleOfCrms, type ConsoleOfCrms } from '../support/console-of-crms.ts';
import { people } from '../support/hubspot/people.ts';
import { bridgeYaml, ONE_TENANT, startService } from '../support/service.ts';

const JANE = 'jane.doe@acme.example';
const KEY = 'sales-key-0123456789';
const MARKUP = '<img src=x onerror="document.title=1"><b>Eve</b>';

describe('the tab Lookup', () => {
  let running: ConsoleOfCrms;

  before(async function () {
    running = await startConsoleOfCrms(this, ({ sales, marketing }) => {
      const yaml = bridgeYaml(`
connections:
  sales: ${sales}
  marketing: ${marketing}
  directory: { connector: csv, file: people.csv }
  moods: { connector: moody }
tenants:
  sales: { keys: [${KEY}], connections: [sales], timeZone: Asia/Tokyo, lineSeparator: " | " }
  marketing: { keys: [marketing-key-0123456789], connections: [marketing], name: 'Marketing, לקוחות' }
  directory: { keys: [directory-key-0123456789], connections: [directory] }
  moods: { keys: [moods-key-0123456789], connections: [moods], deadline: 20s }
`);
      const csv = `email,name,company,Note\neve@x.example,"${MARKUP.replaceAll('"', '""')}",<script>x</script>,javascript:alert(1)\n`;
      return { 'bridge.yaml': yaml, 'people.csv': csv };
    });
  });
  after(() => running?.close());

  const open = (options = {}) =>
    openConsole(running.browser, { ...running.service, tab: 'lookup', ...options });

  it("shows exactly the agent's bytes, by the keyboard alone", async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByRole('tab', { name: 'Lookup' }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.type('sales');
    await page.keyboard.press('Tab');
    await page.keyboard.type(JANE);
    await page.keyboard.press('Enter');
    const shown = await agentText(page).textContent();
    const agent = await fetch(`${running.service.url}/v1/sales/contact/${KEY}?email=${JANE}`);
    expect(shown).to.equal(await agent.text());
    const separators = agentText(page).locator('.separator');
    expect(await separators.first().textContent()).to.equal(' | ');
    expect(opened.complaints).to.deep.equal([]);
  });

  it('marks a line feed as the separator without changing the text', async () => {
    await using opened = await open();
    await lookUp(opened.page, 'marketing', people.maria);
    const text = await agentText(opened.page).textContent();
    expect(text)
      .to.match(/^Maria .*\n/)
      .and.not.include('↵');
    const content = await opened.page.evaluate<string>(
      `getComputedStyle(document.querySelector('.agent-text .separator'), '::before').content`,
    );
    expect(content).to.include('↵');
  });

  it("shows the profile as a tree and the steps with the CRM's requests, in the tenant's zone", async () => {
    await using opened = await open();
    const { page } = opened;
    await lookUp(page, 'sales', JANE);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText('the CRM was asked').waitFor();
    await page.locator('.tree summary', { hasText: 'company' }).waitFor();
    expect(await page.locator('.tree').textContent()).to.include('GMT+9');
    expect(await page.locator('.facts').textContent()).to.match(/Data from.*GMT\+9/);
    expect(await page.locator('.waterfall tr.request').count()).to.be.above(0);
    const bar = await page.locator('.waterfall tr.request .bar').first().boundingBox();
    expect(bar?.width).to.be.above(1);
  });

  it('asks the CRM again past the cache, and forgets a person', async () => {
    await using opened = await open();
    const { page } = opened;
    const status = page.getByRole('tabpanel').getByRole('status');
    await lookUp(page, 'directory', 'eve@x.example');
    await page.getByText('the CRM was asked').waitFor();
    await page.getByRole('button', { name: 'Look up' }).press('Enter');
    await page.getByText('hit, fresh for').waitFor();
    await page.getByRole('button', { name: 'Ask again' }).press('Enter');
    await page.getByText('the CRM was asked').waitFor();
    await page.getByRole('button', { name: 'Forget' }).press('Enter');
    await status.filter({ hasText: 'Forgot 1 cached answer.' }).waitFor();
    await page.getByRole('button', { name: 'Forget' }).press('Enter');
    await status.filter({ hasText: 'Nothing was cached' }).waitFor();
  });

  it('has the address in no URL, no history and no storage', async () => {
    await using opened = await open();
    const { page } = opened;
    await lookUp(page, 'directory', 'eve@x.example');
    await page.getByRole('button', { name: 'Forget' }).click();
    await page.getByText(/Forgot|Nothing was/).waitFor();
    expect(opened.requests.join('\n')).not.to.match(/eve|x\.example/);
    expect(page.url()).not.to.include('eve');
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).to.equal(0);
  });

  it('shows markup of a CRM as text', async () => {
    await using opened = await open();
    const { page } = opened;
    await lookUp(page, 'directory', 'eve@x.example');
    expect(await agentText(page).textContent()).to.include(MARKUP);
    expect(await page.locator('.tree').textContent()).to.include('<script>x</script>');
    expect(await page.locator('main img, main b, main script').count()).to.equal(0);
    expect(await page.locator('main a[href^="javascript"]').count()).to.equal(0);
    expect(opened.complaints).to.deep.equal([]);
  });

  it('says in words what it has not: no usable address, no person, no CRM', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByText('Type an address').waitFor();
    await lookUp(page, 'sales', 'half');
    await page.getByText('no usable address').waitFor();
    await page.getByText('No person and no company.').waitFor();
    expect(await page.locator('.waterfall').textContent()).to.include('reason not a valid address');
    await lookUp(page, 'moods', 'down@x.example');
    await page.locator('.badge.bad', { hasText: 'unavailable' }).waitFor();
    expect(await page.locator('.waterfall tr.bad').count()).to.be.above(0);
  });

  it('says that the CRM was not asked while the circuit is open', async () => {
    const service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
    try {
      await using opened = await openConsole(running.browser, { ...service, tab: 'lookup' });
      const { page } = opened;
      const cache = page.locator('.facts > div', { hasText: 'Cache' }).locator('dd');
      await lookUp(page, 'acme', 'dayoff@x.example');
      expect(await cache.textContent()).to.equal('the CRM was asked');
      await lookUp(page, 'acme', 'ann@x.example');
      await page.getByText('skipped circuit open').waitFor();
      expect(await cache.textContent()).to.equal('the CRM was not asked: circuit open');
    } finally {
      await service.close();
    }
  });

  it('shows the latest of several lookups, however long the others take', async () => {
    await using opened = await open();
    const { page } = opened;
    await choose(page, 'moods');
    await page.getByLabel('E-mail').fill('hang@x.example');
    await page.keyboard.press('Enter');
    await page.getByRole('tabpanel').getByText('Looking up …').first().waitFor();
    await lookUp(page, 'moods', 'ann@x.example');
    expect(await agentText(page).textContent()).to.include('Known ann');
    expect(opened.complaints).to.deep.equal([]);
  });

  it('keeps what it shows and says so when the service is away', async () => {
    const away = await startService({
      files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) },
    });
    await using opened = await openConsole(running.browser, { ...away, tab: 'lookup' });
    const { page } = opened;
    await lookUp(page, 'acme', 'ann@x.example');
    await away.close();
    await page.getByRole('button', { name: 'Look up' }).press('Enter');
    await page.getByRole('alert').filter({ hasText: 'The service does not answer.' }).waitFor();
    expect(await agentText(page).textContent()).to.include('Known ann');
  });

  it('fits and has no serious finding of axe with a result, in both themes, narrow and wide', async () => {
    await using opened = await open();
    await lookUp(opened.page, 'sales', JANE);
    expect(await lookFaults(opened.page)).to.deep.equal([]);
    expect(opened.complaints).to.deep.equal([]);
  });
});

function agentText(page: Page) {
  return page.locator('.agent-text');
}

async function choose(page: Page, tenant: string): Promise<void> {
  await page.getByLabel('Tenant').selectOption(tenant);
}

/** Waits until the result is that of this person. */
async function lookUp(page: Page, tenant: string, email: string): Promise<void> {
  await choose(page, tenant);
  await page.getByLabel('E-mail').fill(email);
  const answer = page.waitForResponse(
    (response) =>
      response.url().endsWith('/console/api/lookup') &&
      (response.request().postData() ?? '').includes(email),
  );
  await page.keyboard.press('Enter');
  await answer;
  await page.locator('.lookup-result[aria-busy="false"]').waitFor();
}
