/** The tab *Templates*: what a chat admin does there, by the keyboard and by the mouse. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { strFromU8, unzipSync } from 'fflate';
import type { Browser, Locator, Page } from 'playwright-core';
import { openConsole, startBrowser, type ConsolePage } from '../support/browser.ts';
import { bridgeYaml, runCommand, startService, type Service } from '../support/service.ts';

const PEOPLE = `email,firstName,lastName,company,Tier,Support plan
vip@a.example,Vera,Important,ACME,Platinum,Gold 24/7
plain@a.example,Paul,Plain,ACME,Basic,
<markup@a.example>,<b>Mallory</b>,<img src=x onerror=alert(1)>,{{ now }},Basic,
markup@a.example,<b>Mallory</b>,<img src=x onerror=alert(1)>,{{ now }},Basic,
`;
const YAML = (templatesDir = 'templates') =>
  bridgeYaml(`
templatesDir: ${templatesDir}
connections: { crm: { connector: csv, file: people.csv } }
tenants:
  acme: { name: ACME, keys: [acme-key-0123456789], connections: [crm], template: acme, timeZone: Asia/Tokyo }
  beta: { name: Beta, keys: [beta-key-0123456789], connections: [crm], template: default }
`);
const FOUND = '{{ contact.name }}\n{% render "phone" %}\n{{ now | time }}\n';
const FILES = {
  'bridge.yaml': YAML(),
  'people.csv': PEOPLE.replace(/^<markup.*\n/m, ''),
  'templates/acme/found.liquid': FOUND,
  'templates/acme/phone.liquid': '{% if contact.phone %}Phone: {{ contact.phone }}{% endif %}',
};

describe('the tab Templates', () => {
  let service: Service;
  let browser: Browser;
  let opened: ConsolePage;
  let page: Page;

  before(async function () {
    browser = await startBrowser(this);
  });
  after(() => browser?.close());
  beforeEach(async () => {
    service = await startService({ files: FILES });
    opened = await openConsole(browser, { ...service, tab: 'templates', mayFailToLoad: true });
    page = opened.page;
    await text().waitFor();
  });
  afterEach(async () => {
    await opened.context.close();
    await service.close();
    expect(opened.complaints).to.deep.equal([]);
  });

  const text = () => page.getByRole('textbox', { name: /^Text of/ });
  const outcome = (name: string) =>
    page.getByRole('article').filter({ has: page.getByRole('heading', { name }) });
  const known = () => outcome('Known person found.liquid').locator('.agent-text');
  const file = (name: string) =>
    page.getByRole('navigation').getByRole('button', { name: new RegExp(`^${name}`) });
  const show = async (email: string) => {
    await page.getByLabel('Person').selectOption('real');
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('button', { name: 'Show' }).click();
  };
  /** Instead of the whole text. */
  const write = async (content: string) => {
    await text().focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(content);
  };
  /** Whether nothing of it is above or below what is seen of the page, or of what it scrolls in. */
  const isInView = async (part: Locator, scroller = page.locator('html')) => {
    const box = await part.boundingBox();
    const { y, height } = (await scroller.boundingBox()) ?? { y: 0, height: 0 };
    const [top, bottom] = [Math.max(0, y), Math.min(page.viewportSize()?.height ?? 0, y + height)];
    return box !== null && box.y > top - 1 && box.y + box.height < bottom + 1;
  };
  const pick = async (label: string) => {
    const option = page.getByRole('option', { name: label }).first();
    await option.waitFor();
    await page.waitForTimeout(100); // CodeMirror takes no key for a moment after the list opens
    while ((await page.locator('li[aria-selected=true]').textContent())?.startsWith(label) !== true)
      await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
  };

  it('changes the first line for VIPs by the keyboard alone, with what completion offers', async () => {
    await show('vip@a.example');
    await known().getByText('Vera Important').waitFor();
    await text().focus();
    await page.keyboard.press('ControlOrMeta+Home');
    await page.keyboard.press('Control+Space');
    await pick('if equal');
    await page.keyboard.type('contact.');
    await pick('fields');
    await page.keyboard.type('.');
    await pick('Tier');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Platinum');
    await page.keyboard.press('Tab');
    await page.keyboard.type('VIP ');
    expect(await text().locator('.cm-line').first().textContent()).to.equal(
      '{% if contact.fields.Tier == "Platinum" %}VIP {% endif %}{{ contact.name }}',
    );
    await known().getByText('VIP Vera Important').waitFor();
    await show('plain@a.example');
    await known().getByText('Paul Plain').waitFor();
    expect(await known().textContent()).to.match(/^Paul Plain/);
    await page.getByLabel('Person').selectOption('lead');
    await known().getByText('Léa Martin').waitFor();
    expect(await known().textContent()).to.match(/^Léa Martin/);
  });

  it('offers by a button what can be written at the cursor', async () => {
    await text().locator('.cm-line').first().click();
    await page.keyboard.press('Home');
    await page.getByRole('button', { name: 'Insert …' }).click();
    await pick('value');
    await page.keyboard.type('tenant.name');
    await known().getByText('ACMEJane Doe').waitFor();
  });

  it("marks values of the sample as examples, unlike the person's own fields", async () => {
    await show('vip@a.example');
    await known().getByText('Vera Important').waitFor();
    const detail = (label: string) =>
      page
        .locator('li[role=option]')
        .filter({ has: page.getByText(label, { exact: true }) })
        .locator('.cm-completionDetail');
    await text().focus();
    await page.keyboard.press('ControlOrMeta+Home');
    await page.keyboard.press('Control+Space');
    await detail('contact.name').waitFor();
    expect(await detail('contact.name').textContent()).to.equal('e.g. Jane Doe');
    await page.keyboard.type('{{ contact.');
    await detail('name').waitFor();
    expect(await detail('name').textContent()).to.equal('e.g. Jane Doe');
    await page.keyboard.type('fields.');
    await detail('Tier').waitFor();
    expect(await detail('Tier').textContent()).to.equal('Platinum');
  });

  it('shows every outcome at once, at any time of the tenant', async () => {
    await page.getByLabel('Time (Asia/Tokyo)').fill('2026-11-24T06:30');
    await known().getByText('06:30').waitFor();
    const headings = await page.getByRole('article').getByRole('heading').allTextContents();
    expect(headings.map((each) => each.replace(/ \w+\.liquid$/, ''))).to.deep.equal([
      'Known person',
      'Known person, old data',
      'Unknown person',
      'No e-mail address',
      'CRM not available',
    ]);
    expect(await outcome('No e-mail').locator('.agent-text').textContent()).to.match(/^No e-mail/);
  });

  it('underlines a mistake where it stands, says it in words, and leads there', async () => {
    await write('{{ contact.name }}\n{{ contact.phnoe }}');
    await page.getByText('1 mistake to fix.').waitFor();
    expect(await page.locator('.cm-lintRange-error').textContent()).to.equal('contact.phnoe');
    await file('No e-mail address').click();
    const leads = page.getByRole('button', { name: /found\.liquid, line 2/ });
    // Before anything is drawn: what is typed right after the click goes there.
    const focused = await leads.evaluate(async (button) => {
      (button as unknown as { click(): void }).click();
      await Promise.resolve();
      return button.ownerDocument.activeElement?.getAttribute('aria-label');
    });
    expect(focused).to.equal('Text of found.liquid');
    await page.keyboard.type('X');
    expect(await text().textContent()).to.include('{{ Xcontact.phnoe }}');
    await write('{{ contact.name }}');
    await page.getByText('No mistakes.').waitFor();
  });

  it('shows all captions and leads to a new piece at 1280 × 900', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    const cut = await page
      .locator('.file-name, .file-origin')
      .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
    expect(cut).to.equal(0);
    const button = page.getByRole('button', { name: 'New piece' });
    expect(await isInView(button)).to.equal(true);
    await page.evaluate('scrollTo(0, 400)');
    await button.click();
    await page.keyboard.type('new');
    await page.keyboard.press('Enter');
    const added = page.getByRole('textbox', { name: 'Text of new.liquid' });
    await added.and(page.locator(':focus')).waitFor();
    await page.waitForFunction('scrollY < 100');
    expect(await isInView(added.locator('.cm-line').first())).to.equal(true);
    expect(await isInView(file('new.liquid'), page.locator('.file-groups'))).to.equal(true);
    await file('Known person').click();
    await file('new.liquid').click();
    expect(await file('new.liquid').evaluate((one) => one.matches(':focus'))).to.equal(true);
  });

  it('lays all mistakes out alike: place and sentence on one line', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    const long = '{{ contact.companyTelephoneNumber }}';
    await write(`{{ contact.phnoe }}\n${long}\n{{ contact.nmae | titelcase }}`);
    await page.getByText('4 mistakes to fix.').waitFor();
    const isLaidOut = await page.evaluate<boolean[]>(
      `Array.from(document.querySelectorAll('.problem'), ({ children: [place, sentence] }) =>
        place.getClientRects()[0].top === sentence.getClientRects()[0].top)`,
    );
    expect(isLaidOut).to.deep.equal([true, true, true, true]);
  });

  it('keeps the texts of the latest right version while there is a mistake', async () => {
    await known().getByText('Jane Doe').waitFor();
    await write('{{ contact.nmae }}');
    await page.getByText('Below are the texts of before.').waitFor();
    expect(await known().textContent()).to.match(/^Jane Doe/);
  });

  it('says with the folder that the service does not take it while there are mistakes', async () => {
    await write('{{ contact.nmae }}');
    await page.getByText('1 mistake to fix.').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download folder' }).click(),
    ]);
    expect(download.suggestedFilename()).to.equal('acme.zip');
    await page
      .getByText('The service will not take its files while there is 1 mistake to fix.')
      .waitFor();
  });

  it('tells what `check` warns of from mistakes, in words and colours', async () => {
    await file('phone.liquid').click();
    await write('{% # language: de %}\nTelefon');
    const summary = page.getByText('No mistakes, 1 warning.');
    await summary.waitFor();
    const badge = file('phone.liquid').getByLabel('1 warning');
    const leads = page.getByRole('button', { name: 'agents will read German here' });
    const place = leads.locator('.place');
    for (const part of [summary, badge, place])
      expect(await part.getAttribute('class')).to.match(/\bwarn\b/);
    await page.getByRole('button', { name: 'Download folder' }).click();
    expect(await page.getByText(/^Downloaded/).textContent()).not.to.include('will not take');
    await file('Known person').click();
    await write('{{ contact.nmae }}{% render "phone" %}');
    await page.getByText('1 mistake to fix, 1 warning.').waitFor();
    expect(await file('Known person').locator('.badge.warn').count()).to.equal(0);
  });

  it('leaves the text by Tab, in both directions', async () => {
    await text().focus();
    await page.keyboard.press('Tab');
    expect(await text().evaluate((element) => element.matches(':focus'))).to.equal(false);
    await page.keyboard.press('Shift+Tab');
    expect(await text().evaluate((element) => element.matches(':focus'))).to.equal(true);
    expect(await text().textContent()).not.to.include('\t');
  });

  it('keeps what was changed, and how to undo it, whatever is shown in between', async () => {
    await write('changed');
    await file('phone.liquid').click();
    await page.getByLabel('Tenant').selectOption('beta');
    await page.getByRole('tab', { name: 'Status' }).click();
    await page.getByRole('tab', { name: 'Templates' }).click();
    await text().waitFor();
    expect(await page.getByRole('img', { name: 'changed' }).count()).to.equal(0);
    await page.getByLabel('Tenant').selectOption('acme');
    expect(await file('Known person').getByRole('img', { name: 'changed' }).count()).to.equal(1);
    await file('Known person').click();
    expect(await text().textContent()).to.equal('changed');
    await text().focus();
    await page.keyboard.press('ControlOrMeta+z');
    expect(await text().textContent()).to.include('{{ contact.name }}');
    expect(await page.getByRole('img', { name: 'changed' }).count()).to.equal(0);
  });

  it('keeps what was changed when the page is loaded again, and forgets what was taken back', async () => {
    await write('changed');
    await page.getByRole('img', { name: 'changed' }).waitFor();
    page.on('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await text().getByText('changed').waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('img', { name: 'changed' }).waitFor({ state: 'detached' });
    await page.reload();
    await text().getByText('contact.name').waitFor();
    expect(await page.getByRole('img', { name: 'changed' }).count()).to.equal(0);
  });

  it('holds the text against that of the disk, and takes it back', async () => {
    await write(FOUND.replace('contact.name', 'contact.lastName'));
    await page.getByRole('button', { name: 'Compare' }).click();
    const onDisk = page.getByRole('textbox', { name: 'Text on the disk' });
    const here = page.getByRole('textbox', { name: 'Text in the editor' });
    expect(await onDisk.locator('.cm-changedLine').textContent()).to.include('contact.name');
    expect(await here.locator('.cm-changedLine').textContent()).to.include('contact.lastName');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await text().textContent()).to.include('contact.name');
    expect(await page.getByRole('button', { name: 'Discard' }).isDisabled()).to.equal(true);
  });

  it('says what Discard does, and how to take it back', async () => {
    await write('changed');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Ctrl+Z in the text brings them back.').waitFor();
    expect(await text().textContent()).to.include('contact.name');
    await text().focus();
    await page.keyboard.press('ControlOrMeta+z');
    expect(await text().textContent()).to.equal('changed');
    await page.getByRole('button', { name: 'New piece' }).click();
    await page.keyboard.type('new');
    await page.keyboard.press('Enter');
    await file('new.liquid').waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Removed new.liquid, which was on this page only.').waitFor();
    expect(await file('new.liquid').count()).to.equal(0);
  });

  it('gives the folder as a zip, which the service takes as it is', async () => {
    await write('{{ contact.name }} – {% render "new" %}{% render "phone" %}');
    await page.getByRole('button', { name: 'New piece' }).click();
    await page.keyboard.type('new');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Text of new.liquid' }).waitFor();
    await write('Größe');
    await page.getByText('No mistakes.').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download folder' }).click(),
    ]);
    expect(download.suggestedFilename()).to.equal('acme.zip');
    const zip = unzipSync(await readFile(await download.path()));
    expect(Object.keys(zip)).to.have.members([
      'acme/found.liquid',
      'acme/phone.liquid',
      'acme/new.liquid',
    ]);
    expect(strFromU8(zip['acme/new.liquid'] ?? new Uint8Array())).to.equal('Größe');
    for (const [name, content] of Object.entries(zip)) {
      const path = join(service.folder, 'downloaded', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    await service.write('downloaded.yaml', YAML('downloaded'));
    const argv = ['check', '--config', join(service.folder, 'downloaded.yaml')];
    const { code, stderr } = await runCommand(argv, { cwd: service.folder });
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
  });

  it('gives a file, and copies its text', async () => {
    await opened.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download file' }).click(),
    ]);
    expect(download.suggestedFilename()).to.equal('found.liquid');
    expect(await readFile(await download.path(), 'utf8')).to.equal(FOUND);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied found.liquid.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(FOUND);
  });

  it('shows what comes from a CRM as text, never as markup', async () => {
    await write('{{ contact.name }} {{ company.name }}');
    await show('markup@a.example');
    await known().getByText('Mallory').waitFor();
    expect(await known().textContent()).to.equal(
      '<b>Mallory</b> <img src=x onerror=alert(1)> {{ now }}',
    );
    expect(await page.locator('main img[src], main .agent-text b').count()).to.equal(0);
  });

  it('says why a person cannot be shown', async () => {
    await show('stranger@a.example');
    await outcome('Known person, old data').getByText('Not known in the CRM').waitFor();
    expect(await outcome('Unknown person').locator('.agent-text').count()).to.equal(1);
    await show('half an address');
    await outcome('Known person, old data').getByText('no address that is looked up').waitFor();
  });

  it('shows the built-in text for a template that runs away', async () => {
    await write('{% for i in (1..100000000) %}x{% endfor %}');
    await outcome('Known person found.liquid').getByText('The template fails').waitFor();
    expect(await known().textContent()).to.match(/^Jane Doe/);
  });

  it('never shows an earlier answer after a later one', async () => {
    let first = true;
    await page.route('**/preview', async (route) => {
      const isFirst = first;
      first = false;
      const response = await route.fetch();
      if (isFirst) await new Promise((resolve) => setTimeout(resolve, 1500));
      await route.fulfill({ response }).catch(() => undefined);
    });
    const asked = page.waitForRequest('**/preview');
    await write('early');
    await asked;
    await write('late');
    await known().getByText('late').waitFor();
    await page.waitForTimeout(1500);
    expect(await known().textContent()).to.equal('late');
  });

  it('takes what changes on the disk, but not over what is changed here', async () => {
    await write('mine');
    await service.write('templates/acme/found.liquid', 'theirs');
    await service.write('templates/acme/phone.liquid', 'new phone');
    await file('phone.liquid').click();
    await text().getByText('new phone').waitFor({ timeout: 15_000 });
    await file('Known person').click();
    expect(await text().textContent()).to.equal('mine');
    await page.getByRole('button', { name: 'Compare' }).click();
    const onDisk = page.getByRole('textbox', { name: 'Text on the disk' });
    expect(await onDisk.textContent()).to.equal('theirs');
  });
});

describe('the tab Templates while the service restarts', () => {
  it('says that it is away, keeps the text, and goes on afterwards', async function () {
    const browser = await startBrowser(this);
    let service = await startService({ files: FILES });
    try {
      await using opened = await openConsole(browser, { ...service, tab: 'templates' });
      const { page } = opened;
      const text = page.getByRole('textbox', { name: /^Text of/ });
      await page.getByText('No mistakes.').waitFor();
      const { port } = new URL(service.opsUrl);
      await service.close();
      await text.focus();
      await page.keyboard.type('again ');
      await page.locator('.template-preview').getByText('does not answer').waitFor();
      const yaml = YAML().replace(
        'ops: { host: 127.0.0.1, port: 0',
        `ops: { host: 127.0.0.1, port: ${port}`,
      );
      service = await startService({ files: { ...FILES, 'bridge.yaml': yaml } });
      await page.keyboard.type('and ');
      await page.locator('.agent-text').first().getByText('again and Jane Doe').waitFor();
    } finally {
      await Promise.all([browser.close(), service.close()]);
    }
  });
});
