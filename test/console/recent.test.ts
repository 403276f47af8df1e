import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { lookFaults, NARROW, openConsole, startBrowser } from '../support/browser.ts';
import { bridgeYaml, startService, type Service } from '../support/service.ts';

const KEY = 'acme-key-0123456789';

describe('the tab Recent', () => {
  let service: Service;
  let browser: Browser;

  before(async function () {
    browser = await startBrowser(this);
    const yaml = bridgeYaml(`
connections: { crm: { connector: moody } }
tenants: { acme: { keys: [${KEY}], connections: [crm], timeZone: Asia/Tokyo } }
`);
    service = await startService({ files: { 'bridge.yaml': yaml } });
  });
  after(() => Promise.all([browser?.close(), service?.close()]));

  const ask = async (email: string, key = KEY, id = 'case-1') => {
    const url = `${service.url}/v1/acme/contact/${key}?email=${email}&ip=203.0.113.7`;
    await (await fetch(url, { headers: { 'X-Request-Id': id } })).text();
  };

  it('says that there is none, and then shows each by itself, never an address', async () => {
    await using opened = await openConsole(browser, { ...service, tab: 'recent' });
    const { page } = opened;
    await page.getByText('No request yet.').waitFor();
    await ask('jane@b.example', KEY, 'case-1');
    const rows = page.locator('.recent tbody tr');
    await rows.filter({ hasText: 'case-1' }).waitFor();
    expect(await rows.first().textContent()).to.match(/GMT\+9acmefoundmiss[\d.,]+ mscase-1$/);
    await ask('jane@b.example', 'wrong-key', 'case-2');
    await rows.filter({ hasText: 'case-2' }).waitFor();
    expect(await rows.first().textContent()).to.match(/––|–unauthorized–/);
    expect(await page.content()).not.to.match(/jane|b\.example|203\.0\.113|wrong-key/);
    expect(opened.complaints).to.deep.equal([]);
  });

  it('keeps 100, and the focus while others come', async () => {
    await using opened = await openConsole(browser, { ...service, tab: 'recent' });
    const { page } = opened;
    for (let n = 0; n < 110; n += 1) await ask('ann@b.example', KEY, `many-${n}`);
    const rows = page.locator('.recent tbody tr');
    await rows.filter({ hasText: 'many-109' }).waitFor();
    expect(await rows.count()).to.equal(100);
    expect(await rows.first().textContent()).to.include('hit');
    const region = page.getByRole('region', { name: 'Recent requests' });
    await region.focus();
    await page.keyboard.press('End');
    await ask('ann@b.example', KEY, 'latest');
    await rows.filter({ hasText: 'latest' }).waitFor();
    expect(await region.evaluate((one) => one === one.ownerDocument.activeElement)).to.equal(true);
    expect(await lookFaults(page)).to.deep.equal([]);
  });

  it('cuts nothing of a request off in a narrow window', async () => {
    await using opened = await openConsole(browser, { ...service, tab: 'recent', size: NARROW });
    const { page } = opened;
    await ask('jane@b.example', KEY, '0b0f5a3e-6d3c-4c58-9d6f-3f1f2a7c9e11');
    const row = page.locator('.recent tbody tr').filter({ hasText: '0b0f5a3e' });
    await row.waitFor();
    const region = page.getByRole('region', { name: 'Recent requests' });
    expect(await region.evaluate((one) => one.scrollWidth - one.clientWidth)).to.equal(0);
    const cutCells = await row
      .locator('td')
      .evaluateAll((cells) => cells.filter((one) => one.scrollWidth > one.clientWidth).length);
    expect(cutCells).to.equal(0);
    expect(await lookFaults(page)).to.deep.equal([]);
  });

  it('asks for nothing while another tab is shown', async () => {
    await using opened = await openConsole(browser, { ...service, tab: 'recent' });
    const { page, requests } = opened;
    await page.getByRole('tab', { name: 'Lookup' }).click();
    const count = () => requests.filter((url) => url.endsWith('/api/recent')).length;
    const before = count();
    const overviews = () => requests.filter((url) => url.endsWith('/api/overview')).length;
    const seen = overviews();
    while (overviews() < seen + 2) await page.waitForRequest(/overview/);
    expect(count()).to.equal(before);
  });
});
