import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfiguration } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import { runCommand } from '../support/service.ts';
import { makeFolder, type Folder } from './files.ts';

const PRODUCT = join(import.meta.dirname, '..', '..', 'templates');

describe('languages of templates', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = makeFolder();
    cpSync(PRODUCT, join(folder.path, 'templates'), { recursive: true });
    folder.write('people.csv', 'email\njane@acme.example\n');
  });
  afterEach(() => folder.remove());

  function write(tenant: string, files: Readonly<Record<string, string>> = {}): string {
    for (const [name, text] of Object.entries(files)) folder.write(`mine/${name}.liquid`, text);
    const templatesDir = Object.keys(files).length > 0 ? 'templatesDir: mine\n' : '';
    return folder.write(
      'bridge.yaml',
      `${templatesDir}connections: { people: { connector: csv, file: people.csv } }
tenants:
  acme: { keys: [a-key-of-16-chars], connections: [people], ${tenant} }
`,
    );
  }

  async function warningsOf(
    tenant: string,
    files?: Readonly<Record<string, string>>,
  ): Promise<readonly string[]> {
    const loaded = await loadConfiguration({
      file: write(tenant, files),
      env: {},
      workingDir: folder.path,
      loadTemplates: loadTemplateSet,
      builtinTemplates: join(folder.path, 'templates'),
    });
    if ('problems' in loaded) throw new Error(loaded.problems.map((each) => each.message).join());
    return loaded.warnings.map((warning) => formatProblem(warning));
  }

  it("warns of a built-in template in another language than the locale's", async () => {
    expect(await warningsOf('locale: de-AT')).to.deep.equal([
      'bridge.yaml:3:69 tenants.acme.locale: the template "default" speaks English, dates in it will be in German; name a template and a locale of the same language; "german" is one',
    ]);
    expect(await warningsOf('locale: de-AT, template: german')).to.deep.equal([]);
    expect(await warningsOf('locale: en-US, template: compact')).to.deep.equal([]);
    const [warning, ...more] = await warningsOf('template: example');
    expect(warning).to.match(/^bridge\.yaml:3:3 .* "example" speaks German, .* in English;/u);
    expect(more).to.deep.equal([]);
  });

  it('warns of states that an own folder lacks, with the files and what to do', async () => {
    const files = { 'acme/found': 'Kunde {{ contact.name }}' };
    expect(await warningsOf('locale: de-DE, template: acme', files)).to.deep.equal([
      'bridge.yaml:4:69 tenants.acme.locale: agents will read English in "default/not_found.liquid", "default/no_email.liquid" and "default/unavailable.liquid", and German in the rest; copy what mine/acme lacks from templates/german',
    ]);
    expect(await warningsOf('template: acme', files)).to.deep.equal([]);
    const [french] = await warningsOf('locale: fr-FR, template: acme', files);
    expect(french).to.include(
      'and French in the rest; put translated copies into mine/acme, with {% # language: fr %} in their first line',
    );
  });

  it('warns of nothing once that is done', async () => {
    cpSync(join(PRODUCT, 'german'), join(folder.path, 'mine/acme'), { recursive: true });
    const files = { 'acme/found': 'Kunde {{ contact.name }}' };
    expect(await warningsOf('locale: de-DE, template: acme', files)).to.deep.equal([]);
  });

  it('warns of pieces, also those that pieces use', async () => {
    const states = Object.fromEntries(
      ['not_found', 'no_email', 'unavailable'].map((name) => [`acme/${name}`, 'Unbekannt']),
    );
    const files = {
      ...states,
      'acme/found': '{% if contact.url %}{% render "outer" %}{% endif %}{% render "sums" %}',
      'acme/outer': '{% include "footer" %}',
    };
    const [warning, ...more] = await warningsOf('locale: de-DE, template: acme', files);
    expect(warning).to.include(
      ': agents will read English in "partials/footer.liquid", and German',
    );
    expect(more).to.deep.equal([]);
  });

  it('takes an own default for the tenants’ language, unless it says another', async () => {
    expect(await warningsOf('locale: de-DE', { 'default/found': 'Kunde' })).to.have.length(1);
    const all = Object.fromEntries(
      ['found', 'not_found', 'no_email', 'unavailable'].map((name) => [`default/${name}`, 'Kunde']),
    );
    expect(await warningsOf('locale: de-DE', all)).to.deep.equal([]);
    const english = { ...all, 'default/found': '{% # language: en %}\nCustomer' };
    expect(await warningsOf('locale: de-DE', english)).to.deep.equal([
      'bridge.yaml:4:69 tenants.acme.locale: agents will read English in "default/found.liquid", and German in the rest; for files that are in German now, change the first line to {% # language: de %}; else choose a locale of the language of the files',
    ]);
  });

  it('lets a template choose between the languages that it names', async () => {
    cpSync(join(PRODUCT, 'german'), join(folder.path, 'mine/acme'), { recursive: true });
    const found =
      '{% if contact.country == "France" %}Client {% render "headline", standing: "" %}{% else %}Kunde{% endif %}';
    const warnings = (text: string) =>
      warningsOf('locale: de-DE, template: acme', { 'acme/found': text });
    expect(await warnings(found)).to.have.length(1);
    expect(await warnings(`{% # language: de-DE, en %}\n${found}`)).to.deep.equal([]);
    expect(await warnings(`{%- # Language: fr en -%}\n${found}`)).to.have.length(1);
  });

  it('warns of what is no language, where it stands, and uses the template', async () => {
    const file = { 'acme/found': '{% # language: en, Deutsch %}\nCustomer', 'acme/own': 'x' };
    expect(await warningsOf('template: acme', file)).to.deep.equal([
      'mine/acme/found.liquid:1:20: Deutsch: no code of a language; write de',
    ]);
    const other = { 'acme/found': '{% # language: e %}\nCustomer' };
    expect((await warningsOf('template: acme', other))[0]).to.match(/write such as en or pt-BR$/u);
  });

  it('has check print them', async () => {
    write('locale: de-DE, template: acme', { 'acme/found': 'Kunde' });
    const argv = ['check', '--config', 'bridge.yaml'];
    const { stdout, stderr } = await runCommand(argv, { cwd: folder.path });
    expect(stderr).to.match(/^warning: bridge\.yaml:4:69 .*not_found\.liquid/mu);
    expect(stdout).to.match(/one warning/u);
  });
});
