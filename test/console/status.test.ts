import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { lookFaults, openConsole } from '../support/browser.ts';
import { startConsoleOfCrms, type ConsoleOfCrms } from '../support/console-of-crms.ts';
import { bridgeYaml, startService } from '../support/service.ts';

const JANE = 'jane.doe@acme.example';

describe('the tab Status', () => {
  let running: ConsoleOfCrms;
  let yaml: string;

  before(async function () {
    running = await startConsoleOfCrms(this, ({ sales, marketing }) => {
      yaml = bridgeYaml(`
connections:
  sales: ${sales}
  marketing: ${marketing}
  moods: { connector: moody }
  loose: { connector: csv, file: missing.csv }
tenants:
  sales: { keys: [sales-key-0123456789], connections: [sales] }
  marketing: { keys: [marketing-key-0123456789], connections: [marketing] }
  moods: { keys: [moods-key-0123456789], connections: [moods], deadline: 1s }
`);
      return { 'bridge.yaml': yaml };
    });
  });
  after(() => running?.close());

  const open = (options = {}) => openConsole(running.browser, { ...running.service, ...options });
  const ask = async (tenant: string, email: string) => {
    const url = `${running.service.url}/v1/${tenant}/contact/${tenant}-key-0123456789?email=${email}`;
    await (await fetch(url)).text();
  };

  it('shows requests, hit ratio and time of the last minutes, and updates by itself', async () => {
    await using opened = await open();
    const figure = opened.page.locator('.figure', { hasText: 'Requests' }).locator('.number');
    expect(await figure.textContent()).to.equal('0');
    await opened.page.getByText('no lookup yet').first().waitFor();
    for (const email of ['ann@x.example', 'ann@x.example']) await ask('moods', email);
    await figure.filter({ hasText: /^2$/ }).waitFor();
    const ratio = opened.page.locator('.figure', { hasText: 'Hit ratio' });
    await ratio.filter({ hasText: '50 %' }).waitFor();
    const chart = opened.page.getByRole('img', { name: /^Requests over 15 minutes, at most 2/ });
    expect(await chart.locator('rect:not([height="0"])').count()).to.equal(1);
    expect(opened.complaints).to.deep.equal([]);
  });

  it('says in words why a sign-in fails, in what words of the CRM, and what to do', async () => {
    await using opened = await open();
    running.salesforce.faults.add({ on: 'token', kind: 'status-401' });
    await ask('sales', JANE);
    const card = opened.page.getByRole('article', { name: 'sales' });
    await card.getByText('failing').waitFor();
    await opened.page.locator('.attention').getByRole('button', { name: 'sales' }).press('Enter');
    expect(await card.evaluate((element) => element.matches(':focus'))).to.equal(true);
    expect(await card.textContent())
      .to.include('the CRM refused the sign-in (auth)')
      .and.include('What to do: renew the credentials');
    expect(await card.textContent()).not.to.match(/\d{4}-\d\d-\d\dT/);
    running.salesforce.faults.clear();
  });

  it('says why a connection could not be opened', async () => {
    await using opened = await open();
    const card = opened.page.getByRole('article', { name: 'loose' });
    expect(await card.textContent()).to.match(/not open.*missing\.csv.*What to do/);
  });

  it('closes a circuit with Resume, by the keyboard, and the focus stays on the button', async () => {
    await using opened = await open();
    const { page } = opened;
    await ask('moods', 'dayoff@x.example');
    const card = page.getByRole('article', { name: 'moods' });
    await card.getByText('circuit open').waitFor();
    const button = card.getByRole('button', { name: 'Resume moods' });
    await button.focus();
    await watchLayout(page);
    await page.keyboard.press('Enter');
    await card.getByText('circuit closed').waitFor();
    await card.getByRole('status').filter({ hasText: 'Resumed' }).waitFor();
    expect(await page.locator(':focus').textContent()).to.equal('Resume moods');
  });

  it('offers Resume only where a circuit waits or a connection could not be opened', async () => {
    const cells = 'connections:\n  cells: { connector: csv, file: people.csv }';
    const files = {
      'bridge.yaml': yaml.replace('connections:', cells),
      'people.csv': 'email,name\nno address,Ann\nbob@x.example,Bob\n',
    };
    const service = await startService({ files });
    try {
      await using opened = await openConsole(running.browser, service);
      const { page } = opened;
      const button = (name: string) => page.getByRole('button', { name: `Resume ${name}` });
      await page.getByRole('article', { name: 'cells' }).getByText('needs attention').waitFor();
      expect(await button('cells').getAttribute('aria-disabled')).to.equal('true');
      expect(await button('loose').getAttribute('aria-disabled')).to.equal('false');
      const key = 'moods-key-0123456789';
      await fetch(`${service.url}/v1/moods/contact/${key}?email=dayoff@x.example`);
      await page.getByRole('article', { name: 'moods' }).getByText('circuit open').waitFor();
      expect(await button('moods').getAttribute('aria-disabled')).to.equal('false');
    } finally {
      await service.close();
    }
  });

  it('moves nothing and keeps the focus while the figures change', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByRole('button', { name: 'Resume marketing' }).focus();
    await watchLayout(page);
    const head = page.getByText(/^Up to date at/);
    for (let turn = 0; turn < 2; turn += 1) {
      const before = (await head.textContent()) ?? '';
      await ask('marketing', `ann${turn}@x.example`);
      await head.filter({ hasNotText: before }).waitFor();
    }
    expect(await page.locator(':focus').textContent()).to.equal('Resume marketing');
    expect(await page.evaluate<number>('window.layoutShift')).to.be.below(0.01);
  });

  it("shows the quota of the CRM's calls as a bar with its value in words", async () => {
    await using opened = await open();
    await ask('sales', 'john@acme.example');
    const meter = opened.page.getByRole('meter', { name: 'API calls' });
    await meter.first().waitFor();
    expect(await meter.first().getAttribute('aria-valuetext')).to.match(
      /^[\d,]+ of [\d,]+ API calls used$/,
    );
  });

  it('shows the problems of the last reload with file, line and excerpt', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByText('The last load found no problem.').waitFor();
    await running.service.write('bridge.yaml', yaml.replace('deadline: 1s', 'dedline: 1s'));
    await page.getByText('found 1 problem').waitFor();
    await page.locator('.attention').getByRole('button', { name: 'the last reload' }).waitFor();
    await page.getByRole('tab', { name: 'Templates' }).click();
    await page.getByText('The last reload found problems').waitFor();
    await page.getByRole('link', { name: 'Status' }).click();
    const problem = page.locator('.problems li');
    expect(await problem.textContent())
      .to.match(/bridge\.yaml:13:/)
      .and.include('tenants.moods.dedline')
      .and.include('Did you mean "deadline"?');
    expect(await problem.locator('.excerpt').textContent()).to.match(/13 \|.*dedline.*\n.*\^/);
    expect(await lookFaults(page)).to.deep.equal([]);
    await running.service.write('bridge.yaml', yaml);
    await page.getByText('The last load found no problem.').waitFor();
  });

  it('shows all settings in use, with defaults and without secrets', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByText('All settings in use').click();
    const shown = (await page.getByLabel('Settings in use').textContent()) ?? '';
    const { cache, connections, tenants } = JSON.parse(shown) as Record<string, unknown>;
    expect(cache).to.deep.include({ maxEntries: 50_000 });
    expect(connections).to.have.property('marketing');
    expect(tenants).to.have.nested.property('moods.deadline', 1000);
    expect(shown).to.not.match(/-key-0123456789|pat-/);
    expect(await lookFaults(page)).to.deep.equal([]);
  });

  it('keeps the figures and says so while the service is away', async () => {
    const away = await startService({ files: { 'bridge.yaml': yaml } });
    await using opened = await openConsole(running.browser, away);
    await away.close();
    const { page } = opened;
    await page.getByText(/The service does not answer\..* The figures are those of/).waitFor();
    expect(await page.getByRole('article').count()).to.equal(4);
    expect(await page.locator('.service-state').textContent()).to.equal('Not connected');
  });
});

/** Adds up what moves without an input of the user, as browsers measure it. */
async function watchLayout(page: Page): Promise<void> {
  await page.evaluate(`window.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of list.getEntries())
        if (!hadRecentInput) window.layoutShift += value;
    }).observe({ type: 'layout-shift' });`);
}
