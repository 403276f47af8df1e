/**
 * Servers of a test alone, which can be stopped, with passwords and TLS; they refuse to run as root. Both are set to
 * read quotes and backslashes in another way than usual.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestServer {
  readonly port: number;
  /** PEM of the authority that has signed the certificate for `localhost`. */
  readonly ca: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and deletes its files. */
  remove(): Promise<void>;
}

/** The password of the user `app` on both servers; the administrator has none, without TLS on a socket alone. */
export const PASSWORD = 'S3cret/pass word';

/** @param hba lines of pg_hba.conf after the one of the administrator. */
export async function postgresServer(hba: string): Promise<TestServer> {
  const { folder, ca, port } = await prepare('postgres');
  const data = join(folder, 'data');
  await asUser('postgres', 'initdb', ['-A', 'trust', '-U', 'postgres', '-D', data, '-N']);
  await writeFile(join(data, 'pg_hba.conf'), `local all all trust\n${hba}\n`);
  const options = `-h 127.0.0.1 -p ${port} -k ${folder} -c fsync=off -c standard_conforming_strings=off -c ssl=on -c ssl_cert_file=${folder}/cert.pem -c ssl_key_file=${folder}/key.pem`;
  const control = (...args: readonly string[]) =>
    asUser('postgres', 'pg_ctl', ['-w', '-D', data, '-l', join(folder, 'log'), ...args]);
  const server: TestServer = {
    port,
    ca,
    start: async () => void (await control('-o', options, 'start')),
    stop: async () => void (await control('-m', 'fast', 'stop')),
    async remove() {
      await control('-m', 'immediate', 'stop').catch(() => undefined);
      await rm(folder, { recursive: true });
    },
  };
  await server.start();
  const setUp = `create role app login password '${PASSWORD}'; create role few login connection limit 0;
    create table people (email text, name text); insert into people values ('jane@acme.example', 'Jane');
    grant select on people to app, few; create table secret (email text)`;
  await asUser('postgres', 'psql', [
    '-h',
    folder,
    '-p',
    String(port),
    '-U',
    'postgres',
    '-qc',
    setUp,
  ]);
  return server;
}

export async function mariadbServer(): Promise<TestServer> {
  const { folder, ca, port } = await prepare('mysql');
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  await asUser('mysql', 'mariadb-install-db', [
    '--no-defaults',
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    `--datadir=${data}`,
    `--tmpdir=${folder}`,
  ]);
  let stopped: Promise<unknown> = Promise.resolve();
  const server: TestServer = {
    port,
    ca,
    async start() {
      const [file, args] = command('mysql', 'mariadbd', [
        '--no-defaults',
        `--datadir=${data}`,
        `--tmpdir=${folder}`,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        `--socket=${socket}`,
        `--pid-file=${folder}/pid`,
        '--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT',
        `--ssl-cert=${folder}/cert.pem`,
        `--ssl-key=${folder}/key.pem`,
        `--ssl-ca=${folder}/ca.pem`,
      ]);
      const child = spawn(file, args, { stdio: 'ignore', env: environment() });
      stopped = once(child, 'exit');
      for (let i = 0; i < 100; i += 1) {
        const answers = await admin('select 1').then(
          () => true,
          () => new Promise((later) => setTimeout(() => later(false), 100)),
        );
        if (answers === true) return;
      }
      throw new Error('MariaDB does not start');
    },
    async stop() {
      await admin('shutdown');
      await stopped;
    },
    async remove() {
      await server.stop().catch(() => undefined);
      await rm(folder, { recursive: true });
    },
  };
  const admin = (sql: string) =>
    asUser('mysql', 'mariadb', ['--no-defaults', `--socket=${socket}`, '-uroot', '-e', sql]);
  await server.start();
  await admin(`create database shop; create table shop.people (email varchar(99), name varchar(99));
    create table shop.secret (email varchar(99)); insert into shop.people values ('jane@acme.example', 'Jane');
    create user app identified by '${PASSWORD}'; grant select on shop.people to app;
    create user few with max_user_connections 1; grant select on shop.people to few;
    create user safe identified by '${PASSWORD}' require ssl; grant select on shop.people to safe`);
  return server;
}

/** PgBouncer in transaction mode, in front of the database of a URL. @returns the database's URL through it. */
export async function pgBouncer(
  database: string,
  poolSize: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { hostname, port, pathname } = new URL(database);
  const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-pgbouncer-'));
  await chmod(folder, 0o755);
  const listening = await freePort();
  const name = pathname.slice(1);
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    `[databases]
${name} = host=${hostname} port=${port} dbname=${name} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listening}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
`,
  );
  const [file, args] = command('postgres', 'pgbouncer', ['-q', join(folder, 'pgbouncer.ini')]);
  const child = spawn(file, args, { stdio: 'ignore', env: environment(), cwd: '/' });
  const ended = once(child, 'exit');
  const url = new URL(database);
  url.port = String(listening);
  for (let tries = 0; !(await accepts(listening)); tries += 1) {
    if (tries === 100) throw new Error('PgBouncer does not start');
    await sleep(50);
  }
  return {
    url: url.href,
    async close() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function prepare(user: string) {
  const folder = await mkdtemp(join(tmpdir(), `crm-bridge-${user}-`));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'data'), { mode: 0o700 });
  const openssl = (...args: readonly string[]) => run('openssl', [...args], { cwd: folder });
  const [newKey, days] = [
    ['-newkey', 'rsa:2048', '-nodes'],
    ['-days', '2'],
  ];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    ...days,
    '-subj',
    '/CN=Test CA',
  );
  await openssl(
    'req',
    ...newKey,
    '-keyout',
    'key.pem',
    '-out',
    'req.pem',
    '-subj',
    '/CN=localhost',
  );
  await writeFile(join(folder, 'names'), 'subjectAltName=DNS:localhost');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-extfile', 'names', ...days];
  await openssl('x509', '-req', '-in', 'req.pem', ...signed, '-out', 'cert.pem');
  if (process.getuid?.() === 0) await run('chown', ['-R', `${user}:${user}`, folder]);
  const { stdout: ca } = await run('cat', [join(folder, 'ca.pem')]);
  return { folder, ca, port: await freePort() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function asUser(user: string, program: string, args: readonly string[]): Promise<unknown> {
  const [file, all] = command(user, program, args);
  await extendPath();
  return await run(file, all, { env: environment(), cwd: tmpdir() });
}

function command(user: string, program: string, args: readonly string[]): [string, string[]] {
  return process.getuid?.() === 0
    ? ['runuser', ['-u', user, '--', program, ...args]]
    : [program, [...args]];
}

let path = process.env['PATH'] ?? '';
const environment = () => ({ ...process.env, PATH: path, LC_ALL: 'C' });

/** Debian keeps PostgreSQL's programs outside the PATH. */
async function extendPath(): Promise<void> {
  if (path.includes('/usr/lib/postgresql')) return;
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const folders = versions.map((version) => `/usr/lib/postgresql/${version}/bin`);
  path = [path, '/usr/sbin', ...folders].join(delimiter);
}

/** Whether the programs are there. */
export async function hasProgram(program: string): Promise<boolean> {
  await extendPath();
  return await run('sh', ['-c', `command -v ${program}`], { env: environment() }).then(
    () => true,
    () => false,
  );
}
