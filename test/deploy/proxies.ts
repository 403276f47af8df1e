/** nginx and Caddy with the configurations that ship, moved to separate ports and folders. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { spawnCommand, type Running } from '../support/process.ts';

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** For plain HTTP. */
  readonly plainPort: number;
  /** Everything it has logged so far, wherever to. */
  logs(): Promise<string>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const ROOT = join(import.meta.dirname, '../..');
/** Milliseconds after which something that should have happened long ago is given up. */
const TIMEOUT_MS = 40_000;

/** @returns the path of a program, `undefined` when it is not installed. */
export function installed(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** @param upstreamPort where the bridge listens. @param secondPort where a second process does. */
export async function startNginx(
  program: string,
  upstreamPort: number,
  secondPort?: number,
): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-nginx-'));
  const [port, plainPort] = await freePorts();
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const names = ['-subj', '/CN=localhost', '-keyout', key, '-out', certificate];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', ...kind, '-days', '1', ...names], { stdio: 'ignore' });

  const shipped = await readFile(join(ROOT, 'deploy/nginx/crm-bridge.conf'), 'utf8');
  const moved = replaceAll(shipped, {
    'server 127.0.0.1:8080 ': `server 127.0.0.1:${upstreamPort} `,
    ...(secondPort === undefined
      ? {}
      : {
          '# hash $arg_email consistent;': 'hash $arg_email consistent;',
          '# server 127.0.0.1:8081 ': `server 127.0.0.1:${secondPort} `,
        }),
    'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
    'listen [::]:443 ssl;': '',
    'listen 80;': `listen 127.0.0.1:${plainPort};`,
    'listen [::]:80;': '',
    'server_name crm.example.com;': 'server_name localhost;',
    '/etc/letsencrypt/live/crm.example.com/fullchain.pem': certificate,
    '/etc/letsencrypt/live/crm.example.com/privkey.pem': key,
    '/var/log/nginx/crm-bridge.log': join(folder, 'access.log'),
  });
  await writeFile(join(folder, 'crm-bridge.conf'), moved);
  // As talkative as nginx can be set: what the shipped file keeps out of its logs must stay out.
  const main = `
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log info;
events { }
http {
  access_log ${folder}/combined.log combined;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  include ${folder}/crm-bridge.conf;
}
`;
  await writeFile(join(folder, 'nginx.conf'), main);
  const errors = join(folder, 'error.log');
  const running = spawnCommand([program, '-e', errors, '-p', folder, '-c', `${folder}/nginx.conf`]);
  return started(running, { folder, port, plainPort }, ['access', 'combined', 'error']);
}

/**
 * With self-signed certificates, as Caddy does for `localhost`.
 * @param upstreamPort where the bridge listens. @param secondPort where a second process does.
 */
export async function startCaddy(
  program: string,
  upstreamPort: number,
  secondPort?: number,
): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-caddy-'));
  const [port, plainPort] = await freePorts();
  const shipped = await readFile(join(ROOT, 'deploy/caddy/Caddyfile'), 'utf8');
  const file = join(folder, 'Caddyfile');
  const moved = replaceAll(shipped, {
    'admin off': 'admin off\n\tdefault_bind 127.0.0.1',
    // An upstream that failed is left out for a second.
    'lb_try_duration 3s':
      secondPort === undefined ? 'lb_try_duration 1500ms' : 'lb_try_duration 3s',
  });
  await writeFile(file, moved);
  const environment = Object.entries({
    CRM_BRIDGE_DOMAIN: 'localhost',
    CRM_BRIDGE_UPSTREAM: [upstreamPort, ...(secondPort === undefined ? [] : [secondPort])]
      .map((upstream) => `127.0.0.1:${upstream}`)
      .join(' '),
    CRM_BRIDGE_HTTP_PORT: plainPort,
    CRM_BRIDGE_HTTPS_PORT: port,
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  }).map(([name, value]) => `${name}=${value}`);
  const words = ['run', '--adapter', 'caddyfile', '--config', file];
  const running = spawnCommand(['env', ...environment, program, ...words]);
  return started(running, { folder, port, plainPort }, []);
}

export interface AskOptions {
  readonly port: number;
  readonly path: string;
  /** The client's own address, one of 127.0.0.0/8. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly plain?: boolean;
}

/** One request on a separate connection. @throws {Error} when no answer comes. */
export function ask({
  port,
  path,
  from,
  headers = {},
  plain = false,
}: AskOptions): Promise<Answer> {
  const options = {
    ...{ host: '127.0.0.1', port, path, localAddress: from, agent: false },
    headers: { Host: 'localhost', ...headers },
    timeout: TIMEOUT_MS,
  };
  const secure = { ...options, rejectUnauthorized: false, servername: 'localhost' };
  return new Promise((resolve, reject) => {
    const asking = plain ? httpRequest(options) : httpsRequest(secure);
    asking.on('error', reject);
    asking.on('timeout', () => asking.destroy(new Error('no answer')));
    asking.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
      });
    });
    asking.end();
  });
}

/** Sends what need not be HTTP. @returns once the connection has ended. */
export function sendRaw(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false, servername: 'localhost' };
    const socket = tlsConnect(options, () => socket.write(text));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
}

/** Waits until both ports answer. */
async function started(
  running: Running,
  place: { readonly folder: string; readonly port: number; readonly plainPort: number },
  logFiles: readonly string[],
): Promise<Proxy> {
  const end = async () => {
    await running[Symbol.asyncDispose]();
    await rm(place.folder, { recursive: true, force: true });
  };
  const logs = async () => {
    const read = (name: string) => readFile(join(place.folder, `${name}.log`), 'utf8');
    const files = await Promise.all(logFiles.map((name) => read(name).catch(() => '')));
    return [running.output(), running.errors(), ...files].join('\n');
  };
  try {
    await answers({ port: place.port, path: '/' });
    await answers({ port: place.plainPort, path: '/', plain: true });
    return { port: place.port, plainPort: place.plainPort, logs, [Symbol.asyncDispose]: end };
  } catch (error) {
    const printed = await logs();
    await end();
    throw new Error(`the proxy did not start:\n${printed}`, { cause: error });
  }
}

/** Waits for the certificate, too, which Caddy makes after it listens. */
async function answers(options: AskOptions): Promise<void> {
  let why: unknown;
  for (const start = performance.now(); performance.now() - start < TIMEOUT_MS; await pause(50)) {
    try {
      await ask(options);
      return;
    } catch (error) {
      why = error;
    }
  }
  throw new Error(`nothing answers on port ${options.port}`, { cause: why });
}

/** Two that nothing listened on a moment ago. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const [one = 0, two = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) await once(server.close(), 'close');
  return [one, two];
}

/** @throws {Error} when the text has not got one of the keys: the shipped file was changed. */
function replaceAll(text: string, replacements: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [from, to] of Object.entries(replacements)) {
    if (!result.includes(from)) throw new Error(`expected ${JSON.stringify(from)} in the file`);
    result = result.replaceAll(from, to);
  }
  return result;
}
