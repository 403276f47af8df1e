/** The shipped proxy configurations in front of a real bridge: agents are answered, and logs hold nothing personal. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { startService, type Service } from '../support/service.ts';
import {
  ask,
  installed,
  sendRaw,
  startCaddy,
  startNginx,
  type Answer,
  type Proxy,
} from './proxies.ts';

const KEY = 'acme-key-0123456789';
const FENCED_KEY = 'fenced-key-0123456789';
const LOOKUP =
  '?email=jane.doe%2Bx%40b.example&ip=198.51.100.77&url=https%3A%2F%2Fshop.example%2Fcart';
/** What no log may hold: keys, also wrong ones, and everything about the visitor. */
const CONFIDENTIAL = [
  KEY,
  FENCED_KEY,
  'mistyped',
  'jane.doe',
  'b.example',
  '198.51.100.77',
  'shop.example',
];

const YAML = `
server: { host: 127.0.0.1, port: 0, wrongKeys: { attempts: 3, per: 1h } }
ops: { host: 127.0.0.1, port: 0 }
connections: { people: { connector: csv, file: people.csv } }
tenants:
  acme: { keys: [${KEY}], connections: [people] }
  fenced: { keys: [${FENCED_KEY}], connections: [people], allowFrom: [203.0.113.7] }
`;
const PEOPLE = 'email,name\njane.doe+x@b.example,Jane Doe\n';

for (const [program, start] of [
  ['nginx', startNginx],
  ['caddy', startCaddy],
] as const) {
  describe(`behind ${program}, as deploy/${program} configures it`, function () {
    let service: Service;
    let proxy: Proxy;
    const get = (path: string, more: object = {}): Promise<Answer> =>
      ask({ port: proxy.port, path, ...more });

    before(`start ${program} (missing? apt-get install nginx-light caddy)`, async function () {
      const found = installed(program);
      if (found === undefined) {
        if (process.env['CI'] !== undefined) throw new Error(`${program} is not installed`);
        this.skip();
      }
      service = await startService({ files: { 'bridge.yaml': YAML, 'people.csv': PEOPLE } });
      proxy = await start(found, Number(new URL(service.url).port));
    });

    after(async () => {
      await proxy?.[Symbol.asyncDispose]();
      await service?.close();
    });

    it('answers agents over HTTPS with all the bridge says', async () => {
      const { status, text, headers } = await get(`/v1/acme/contact/${KEY}${LOOKUP}`);
      expect(status).to.equal(200);
      expect(text).to.match(/^Jane Doe/);
      expect(headers).to.include({ 'x-lookup-outcome': 'found', 'cache-control': 'no-store' });
      expect(headers['content-type']).to.equal('text/plain; charset=utf-8');
    });

    it('passes on a query as lenient as SnapEngage may send it', async () => {
      const { text } = await get(`/v1/acme/contact?key=${KEY}${LOOKUP}`);
      expect(text).to.match(/^Jane Doe/);
    });

    it('refuses plain HTTP without a redirect', async () => {
      const { status, text, headers } = await ask({
        port: proxy.plainPort,
        path: `/v1/acme/contact/${KEY}${LOOKUP}`,
        plain: true,
      });
      expect({ status, text: text.trim() }).to.deep.equal({ status: 403, text: 'HTTPS only.' });
      expect(headers).not.to.have.property('location');
    });

    it('shows liveness, and nothing of the ops listener', async () => {
      expect((await get('/healthz')).text).to.equal('ok\n');
      for (const path of [
        ...['/metrics', '/health', '/readyz', '/-/reload', '/debug/lookup?tenant=acme', '/'],
        ...['/v1/../metrics', '/v1/%2e%2e/metrics', '//metrics', '/healthz/../metrics'],
      ]) {
        const { status, text } = await get(path);
        expect(status, path).to.be.oneOf([400, 404]);
        expect(text, path).not.to.match(/crm_bridge|process_|"status"/);
      }
    });

    it('ignores X-Forwarded-For of clients: allowFrom looks at the real address', async () => {
      const path = `/v1/fenced/contact/${FENCED_KEY}${LOOKUP}`;
      for (const headers of [
        { 'X-Forwarded-For': '203.0.113.7' },
        { 'X-Forwarded-For': '203.0.113.7, 203.0.113.7' },
        { 'X-Real-IP': '203.0.113.7', Forwarded: 'for=203.0.113.7' },
      ]) {
        expect((await get(path, { headers, from: '127.0.0.9' })).status).to.equal(401);
      }
    });

    it("counts wrong keys by the client's real address", async () => {
      const wrong = (from: string, n: number) =>
        get(`/v1/acme/contact/mistyped-${n}${LOOKUP}`, {
          from,
          headers: { 'X-Forwarded-For': `203.0.113.${n}` },
        });
      const statuses: number[] = [];
      for (const n of [1, 2, 3, 4]) statuses.push((await wrong('127.0.0.2', n)).status);
      expect(statuses).to.deep.equal([401, 401, 401, 429]);
      expect((await wrong('127.0.0.3', 1)).status).to.equal(401);
    });

    it('answers agents with a sentence while the bridge is down or broken', async () => {
      const { port } = new URL(service.url);
      await service.close();
      const down = await get(`/v1/acme/contact/${KEY}${LOOKUP}`);
      // Caddy has found out that nothing is there.
      expect(down.status).to.be.oneOf([502, 503]);
      expect(down.text).to.match(/look the visitor up by hand/);

      let received = '';
      const broken = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.setEncoding('latin1').once('data', (head: string) => {
          received = head;
          socket.destroy();
        });
      });
      await once(broken.listen(Number(port), '127.0.0.1'), 'listening');
      try {
        const { status, text } = await get(`/v1/acme/contact/${KEY}${LOOKUP}`, {
          from: '127.0.0.4',
          headers: {
            'X-Forwarded-For': '203.0.113.7',
            traceparent: 'theirs',
            tracestate: 'theirs',
          },
        });
        expect(status).to.be.oneOf([502, 503]);
        expect(text).to.match(/look the visitor up by hand/);
        expect(received).to.match(/^X-Forwarded-For: 127\.0\.0\.4\r$/im);
        expect(received).not.to.match(/theirs|203\.0\.113\.7/);
      } finally {
        await once(broken.close(), 'close');
      }
    });

    it('logs what happened, but no key and nothing about the visitor', async () => {
      const path = `/v1/acme/contact/${KEY}?email=jane.doe@b.example`;
      await get(path, { headers: { Referer: `https://shop.example/${KEY}` } });
      await get(`${path}&${'x'.repeat(20_000)}`).catch(() => undefined);
      const odd = [`GET ${path} x HTTP/1.1`, `GET ${path} HTTP/9.9`, `get ${path}`, path];
      for (const line of odd) {
        await sendRaw(proxy.port, `${line}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      }

      const logs = await proxy.logs();
      for (const status of [200, 401, 403, 404, 429, 502]) {
        expect(logs).to.match(new RegExp(`\\b${status}\\b`));
      }
      for (const word of CONFIDENTIAL) expect(logs).not.to.contain(word);
    });
  });
}
