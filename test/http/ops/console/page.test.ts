/** How the console's page and its files are sent. */
import { hash } from 'node:crypto';
import { expect } from 'chai';
import supertest from 'supertest';
import { bridgeYaml, ONE_TENANT, startService, type Service } from '../../../support/service.ts';

describe('the page of the console', () => {
  let service: Service;
  let ops: ReturnType<typeof supertest>;
  before(async () => {
    service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
    ops = supertest(service.opsUrl);
  });
  after(() => service.close());

  const page = () => ops.get('/console/');
  const importMap = async () => {
    const [, json = ''] =
      /<script type="importmap"[^>]*>(.*?)<\/script>/.exec((await page()).text) ?? [];
    return JSON.parse(json) as Record<'imports' | 'integrity', Record<string, string>>;
  };

  it('is where `/` and `/console` lead to', async () => {
    for (const path of ['/', '/console']) {
      const { status, headers } = await ops.get(path);
      expect([status, headers['location']], path).to.deep.equal([302, '/console/']);
    }
  });

  it('allows no inline code, no markup from text, no frame and nothing from outside', async () => {
    const { headers, text } = await page();
    const policy = headers['content-security-policy'] ?? '';
    expect(policy)
      .to.include("default-src 'none'")
      .and.include("require-trusted-types-for 'script'")
      .and.include("frame-ancestors 'none'");
    expect(policy).not.to.match(/unsafe|https?:|\*/);
    expect(text).not.to.match(/(?:src|href)="(?!\/console\/)/);
    expect(headers).to.include({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  it('has another nonce each time', async () => {
    const nonces = [await page(), await page()].map(
      ({ text }) => /nonce="([^"]+)"/.exec(text)?.[1],
    );
    expect(nonces[0]).to.match(/^[\w+/=]{20,}$/);
    expect(nonces[0]).not.to.equal(nonces[1]);
  });

  it('names the digest of each module, and every module is there', async () => {
    const { imports, integrity } = await importMap();
    expect(imports).to.include.keys('preact', '@codemirror/view');
    for (const url of Object.values(imports)) expect(integrity).to.have.property(url);
    for (const [url, digest] of Object.entries(integrity)) {
      const { status, text } = await ops.get(url);
      expect(status, url).to.equal(200);
      expect(`sha384-${hash('sha384', text, 'base64')}`, url).to.equal(digest);
    }
  });

  it('imports only what the import map has', async () => {
    const { imports, integrity } = await importMap();
    for (const url of Object.keys(integrity)) {
      const { text } = await ops.get(url);
      const specifiers = [
        ...text.matchAll(/^(?:import|export) [^'";]*?from ['"]([^'".][^'"]*)['"]/gm),
      ];
      for (const [, specifier = ''] of specifiers) expect(imports, url).to.have.property(specifier);
    }
  });

  it('has less than 300 kB compressed, with the editor', async () => {
    const { text } = await page();
    const urls = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, url = '']) => url);
    expect(urls.join('\n')).to.include('lib/preact.js').and.include('codemirror');
    let bytes = 0;
    for (const url of new Set(['/console/', ...urls])) {
      const answer = await fetch(service.opsUrl + url, { headers: { 'Accept-Encoding': 'br' } });
      bytes += Number(answer.headers.get('content-length'));
      await answer.arrayBuffer();
    }
    expect(bytes).to.be.above(10_000).and.below(300_000);
  });

  it('names all modules of the start, and those of the editor for a later moment', async () => {
    const { text } = await page();
    const [, later = ''] = /<template id="editor-modules">(.*?)<\/template>/s.exec(text) ?? [];
    const first = text.replace(later, '');
    const { integrity } = await importMap();
    for (const url of Object.keys(integrity)) {
      const isOfEditor = /codemirror|lezer|marijn|crelt|style-mod|w3c-keyname/.test(url);
      const link = `<link rel="modulepreload" href="${url}"`;
      if (isOfEditor) expect(first).not.to.include(link);
      expect(text, url).to.include(link);
    }
  });

  it('has files that browsers may keep, compressed, and no other files', async () => {
    const { imports } = await importMap();
    const url = imports['preact'] ?? '';
    const { headers } = await ops.get(url).set('Accept-Encoding', 'br, gzip').buffer(false);
    expect(headers).to.include({ 'content-encoding': 'br', vary: 'Accept-Encoding' });
    expect(headers['cache-control']).to.equal('private, max-age=31536000, immutable');
    const plain = await ops.get(url).set('Accept-Encoding', 'identity');
    expect(plain.headers).not.to.have.property('content-encoding');
    const folder = url.replace(/lib\/.*$/, '');
    for (const path of ['..%2fpackage.json', 'tsconfig.json', '../../page.ts', 'lib/express.js'])
      expect((await ops.get(folder + path)).status, path).to.equal(404);
    expect((await ops.get(url.replace(/assets\/[^/]+/, 'assets/old'))).status).to.equal(404);
  });
});
