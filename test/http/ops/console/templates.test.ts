/** What the editor of templates asks for, without a browser. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import supertest from 'supertest';
import { bridgeYaml, startService, type Service } from '../../../support/service.ts';

const YAML = `
templatesDir: templates
connections: { crm: { connector: moody } }
tenants:
  acme: { name: ACME, keys: [acme-key-0123456789], connections: [crm], template: acme, timeZone: Asia/Tokyo }
`;
const FOUND = 'Hello {{ contact.name }}{% render "line", value: now %}';
const FILES = {
  'bridge.yaml': bridgeYaml(YAML),
  'templates/acme/found.liquid': FOUND,
  'templates/acme/line.liquid': '{% # A line. %}{{ value | time }}',
};

interface Preview {
  readonly as: string;
  readonly text?: string;
  readonly failure?: string;
}

describe('the templates of the console', () => {
  let service: Service;
  let ops: ReturnType<typeof supertest>;

  before(async () => {
    service = await startService({ files: FILES });
    ops = supertest(service.opsUrl);
  });
  after(() => service.close());

  const post = async (path: string, body: object) => {
    const { body: answer } = await ops.post(`/console/api/templates/acme/${path}`).send(body);
    return answer as Record<string, unknown> & { readonly previews: readonly Preview[] };
  };
  const preview = async (body: object) => {
    const { previews } = await post('preview', { texts: {}, ...body });
    return Object.fromEntries(previews.map(({ as, text }) => [as, text]));
  };

  it('are the files on the disk, with where each comes from', async () => {
    const { body } = await ops.get('/console/api/templates/acme');
    expect(body).to.include({ set: 'acme', timeZone: 'Asia/Tokyo', lineSeparator: '\n' });
    const { files } = body as { files: { name: string }[] };
    const file = (name: string) => files.find((each) => each.name === name);
    const path = join(service.folder, 'templates/acme/found.liquid');
    const own = { folder: 'acme', own: true, isShipped: false, path, text: FOUND };
    expect(file('found.liquid')).to.deep.equal({ name: 'found.liquid', ...own });
    expect(file('not_found.liquid')).to.include({ folder: 'default', own: false, isShipped: true });
    expect(file('footer.liquid')).to.include({ folder: 'partials', isShipped: true });
    expect((await ops.get('/console/api/templates/none')).status).to.equal(404);
  });

  it('are completed with words, filters, tags, and the pieces of the texts', async () => {
    const { body } = await ops.get('/console/api/completion');
    expect(body).to.include.keys('words', 'filters', 'tags');
    const { pieces } = await post('check', { texts: { 'new.liquid': '{{ label }}' } });
    expect(pieces)
      .to.deep.include({ name: 'line', parameters: ['value'], doc: 'A line.' })
      .and.deep.include({ name: 'new', parameters: ['label'] });
  });

  it('are checked as they are in the editor, and the disk stays as it is', async () => {
    expect((await post('check', { texts: {} }))['problems']).to.deep.equal([]);
    const texts = { 'found.liquid': '{{ contact.nmae }}' };
    const { problems } = await post('check', { texts });
    expect(problems)
      .to.have.nested.property('[0]')
      .that.includes({ file: 'found.liquid', line: 1, column: 4, length: 12, severity: 'error' });
    const many = await post('check', { texts: { 'found.liquid': '{{ x }}'.repeat(150) } });
    expect(many).to.include({ problemCount: 150, warningCount: 0 });
    expect(many).to.have.property('problems').with.lengthOf(100);
    const german = { 'no_email.liquid': '{% # language: de %}Hallo' };
    const both = await post('check', { texts: { ...texts, ...german } });
    expect(both).to.include({ problemCount: 2, warningCount: 1 });
    expect(
      (both['problems'] as { severity: string }[]).map(({ severity }) => severity),
    ).to.deep.equal(['error', 'warning']);
    const file = join(service.folder, 'templates/acme/found.liquid');
    expect(await readFile(file, 'utf8')).to.equal(FOUND);
  });

  it("are shown as every outcome for a sample, at a time of the tenant's zone", async () => {
    const texts = { 'found.liquid': '{{ contact.name }}, {{ now | time }}' };
    const shown = await preview({ texts, sample: 'customer', at: '2026-11-24T09:30' });
    expect(Object.keys(shown)).to.deep.equal([
      'found',
      'stale',
      'not_found',
      'no_email',
      'unavailable',
    ]);
    expect(shown['found']).to.match(/^Jane Doe, 09:30/);
    expect(shown['no_email']).to.match(/^No e-mail/);
  });

  it('are shown for a real person, with the fields that only the CRM knows', async () => {
    const { outcome, fields, previews } = await post('preview', {
      texts: {},
      email: 'jane@b.example',
    });
    expect(outcome).to.equal('found');
    expect(fields).to.have.property('contact.fields');
    expect(previews[0]?.text).to.match(/^Hello Known jane/);
  });

  it('cannot show as found who is not known, or not now', async () => {
    const unknown = await preview({ email: 'unknown@b.example' });
    expect(unknown).to.include({ found: undefined, stale: undefined });
    expect(unknown['not_found']).to.be.a('string');
    const { outcome, missing } = await post('preview', { texts: {}, email: 'down@b.example' });
    expect({ outcome, missing }).to.deep.equal({ outcome: 'unavailable', missing: ['crm'] });
  });

  it('show the built-in text when they run away, and nothing while they have mistakes', async () => {
    const runaway = { 'found.liquid': '{% for i in (1..100000000) %}x{% endfor %}' };
    const { previews } = await post('preview', { texts: runaway, sample: 'customer' });
    expect(previews[0]?.text).to.match(/^Jane Doe/);
    expect(previews[0]?.failure).to.match(/^found\.liquid:1:1 /);
    const wrong = await post('preview', { texts: { 'a.liquid': '{{' }, sample: 'customer' });
    expect(wrong).to.have.deep.property('previews', []);
    expect(wrong).to.include({ hasMistakes: true });
  });

  it('say what is wrong with a request', async () => {
    const error = async (path: string, body: object) => (await post(path, body))['error'];
    expect(await error('check', {})).to.match(/^texts must have/);
    expect(await error('check', { texts: { 'a.liquid': 1 } })).to.match(/^texts must have/);
    expect(await error('preview', { texts: {} })).to.match(/neither a sample nor an email/);
    const at = { texts: {}, sample: 'customer', at: 'noon' };
    expect(await error('preview', at)).to.match(/^at is not a time/);
    const long = { texts: { 'a.liquid': 'x'.repeat(1_000_001) } };
    expect(await error('check', long)).to.match(/at most 1000000 bytes/);
  });
});
