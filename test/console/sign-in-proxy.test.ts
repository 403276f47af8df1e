/** The sign-in proxy of docs/console.md: nginx, and a program that knows who is signed in. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { ask, installed } from '../deploy/proxies.ts';
import { skipUnless } from '../deploy/skip-unless.ts';
import { spawnCommand, type Running } from '../support/process.ts';
import { bridgeYaml, ONE_TENANT, startService, type Service } from '../support/service.ts';

const KEY = 'ops-key-0123456789';
const NAME = 'console.example.com';
const SIGNED_IN = { Host: NAME, Cookie: 'signed-in=yes' };

describe('a sign-in proxy in front of the console', () => {
  let service: Service;
  let signIn: Server;
  let nginx: Running;
  let folder: string;
  let port: number;

  before(async function () {
    const program = installed('nginx');
    skipUnless(program !== undefined, 'not installed: nginx', { context: this });
    const ops = `ops: { key: ${KEY}, hosts: [${NAME}],`;
    const yaml = bridgeYaml(ONE_TENANT).replace('ops: {', ops);
    service = await startService({ files: { 'bridge.yaml': yaml } });
    signIn = createServer((request, response) => {
      const isSignedIn = request.headers.cookie === SIGNED_IN.Cookie;
      response.statusCode = request.url !== '/oauth2/auth' ? 403 : isSignedIn ? 202 : 401;
      response.end('please sign in');
    });
    await once(signIn.listen(0, '127.0.0.1'), 'listening');
    folder = await mkdtemp(join(tmpdir(), 'crm-bridge-nginx-'));
    port = await freePort();
    await writeFile(join(folder, 'nginx.conf'), await configuration());
    const log = join(folder, 'error.log');
    nginx = spawnCommand([program ?? '', '-e', log, '-p', folder, '-c', `${folder}/nginx.conf`]);
    while ((await ask({ port, path: '/', plain: true }).catch(() => undefined)) === undefined) {
      await pause(50);
    }
  });
  after(async () => {
    await nginx?.[Symbol.asyncDispose]();
    signIn?.close();
    await service?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  async function configuration(): Promise<string> {
    const page = await readFile(join(import.meta.dirname, '../../docs/console.md'), 'utf8');
    const [, server = ''] = /```nginx\n(.*?)```/s.exec(page) ?? [];
    const moved = server
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
      .replace('http://127.0.0.1:9090', service.opsUrl)
      .replace(':4180', `:${(signIn.address() as AddressInfo).port}`)
      .replace('BASE64', Buffer.from(`:${KEY}`).toString('base64'));
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    );
    return `daemon off; pid ${folder}/pid; events { } http { access_log off; ${paths.join(' ')} ${moved} }`;
  }

  it('shows it to who is signed in, without a key', async () => {
    const page = await ask({ port, path: '/console/', headers: SIGNED_IN, plain: true });
    expect([page.status, page.headers['content-type']]).to.deep.equal([
      200,
      'text/html; charset=utf-8',
    ]);
    const path = '/console/api/overview';
    const { status, text } = await ask({ port, path, headers: SIGNED_IN, plain: true });
    expect([status, JSON.parse(text)]).to.have.nested.property('[1].status', 'pass');
  });

  it('asks all others to sign in, and lets nothing else of the ops listener through', async () => {
    for (const path of ['/console/', '/console/api/overview', '/connections/crm/resume']) {
      const { status, text } = await ask({ port, path, headers: { Host: NAME }, plain: true });
      expect([status, text], path).to.deep.equal([403, 'please sign in']);
    }
    for (const path of ['/metrics', '/health', '/debug/lookup', '/']) {
      const { status } = await ask({ port, path, headers: SIGNED_IN, plain: true });
      expect(status, path).to.equal(404);
    }
  });

  it('does not help the page of another site', async () => {
    const headers = { ...SIGNED_IN, 'Sec-Fetch-Site': 'cross-site' };
    const { status } = await ask({ port, path: '/console/api/overview', headers, plain: true });
    expect(status).to.equal(403);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
