/** Servers that refuse, die and come back. */
import { expect } from 'chai';
import { never, openSql, createDatabase, forEachEngine } from '../../support/sql/databases.ts';
import { bridgeYaml, runCommand, startService } from '../../support/service.ts';
import { cuttable } from '../../support/sql/relay.ts';
import {
  hasProgram,
  mariadbServer,
  PASSWORD,
  postgresServer,
  type TestServer,
} from '../../support/sql/servers.ts';
import { failureOf, until } from '../../support/sql/wait.ts';

const person = 'select email as "key", name from people where email in (:emails)';
const secret = 'select email as "key" from secret where email in (:emails)';
const tables = `create table people (email varchar(99), name varchar(99));
  insert into people values ('jane@acme.example', 'Jane')`;

forEachEngine(
  (engine, database) => {
    before(() => database().exec(tables));

    it('killed sessions are over at once', async () => {
      const { connector } = await openSql({ url: database().url, person });
      for (let round = 0; round < 3; round += 1) {
        await Promise.all([1, 2, 3].map(() => connector.lookup('jane@acme.example', never)));
        if (engine === 'postgres') {
          await database().exec(
            `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'crm-bridge%'
               and datname = current_database()`,
          );
        } else {
          const rows = await database().query(
            'select id from information_schema.processlist where db = database() and id <> connection_id()',
          );
          for (const { id } of rows) await database().exec(`kill ${String(id)}`);
        }
        expect((await connector.lookup('jane@acme.example', never))?.contact.name).to.equal('Jane');
      }
      await connector.close();
    });

    it('a session outlives a statement that fails on values, and no other failure', async () => {
      const session = engine === 'postgres' ? 'pg_backend_pid()' : 'connection_id()';
      const { connector } = await openSql(
        {
          url: database().url,
          person: `select email as "key", ${session} as session from people where email in (:emails)`,
          deals: `select email as "key", 9223372036854775807 + 1 * char_length(email) as n from people where email in (:emails)`,
          company: 'select nothing from people where email in (:domains)',
        },
        { limits: { concurrency: 1 } },
      );
      const read = async () => {
        const found = await connector.lookup('jane@acme.example', never);
        expect(found?.missing).to.deep.equal(['deals']);
        return found?.contact.fields?.['session'];
      };
      const first = await read();
      expect(await read()).to.equal(first);
      await failureOf(Promise.resolve(connector.findCompany?.('acme.example', never)));
      expect(await read()).to.not.equal(first);
      await connector.close();
    });

    it('a server that was away is back within two seconds', async () => {
      const { url, cut, restore, close } = await cuttable(database());
      const { connector } = await openSql({ url, person });
      await connector.lookup('jane@acme.example', never);
      await cut();
      const error = await failureOf(connector.lookup('jane@acme.example', never));
      expect(error).to.include({ kind: 'unavailable' });
      expect(error.message).to.match(
        /^the database at 127\.0\.0\.1 cannot be reached: the connection is refused, .*check host and port in the settings \(ECONNREFUSED\)$/,
      );
      await restore();
      const found = await connector.lookup('jane@acme.example', {
        signal: AbortSignal.timeout(2000),
      });
      expect(found?.contact.name).to.equal('Jane');
      await connector.close();
      await close();
    });

    it('a server that says nothing is given up in time, and so is a connection that hangs', async () => {
      const { url, hang, restore, close } = await cuttable(database());
      const { connector } = await openSql({ url, person }, { limits: { concurrency: 1 } });
      await connector.lookup('jane@acme.example', never);
      hang?.();
      const signal = AbortSignal.timeout(300);
      expect(await failureOf(connector.lookup('jane@acme.example', { signal }))).to.include({
        kind: 'timeout',
      });
      await restore();
      const found = await connector.lookup('jane@acme.example', {
        signal: AbortSignal.timeout(4000),
      });
      expect(found?.contact.name).to.equal('Jane');
      await connector.close();
      await close();
    });

    it('TLS that the server does not offer is an error, never a plain retry', async () => {
      const url = database().url.replace('127.0.0.1', 'localhost');
      const { connector } = await openSql({ url, tls: true, person });
      const error = await failureOf(connector.lookup('jane@acme.example', never));
      expect(error).to.include({ kind: 'misconfigured' });
      expect(error.message).to.match(
        /offers no TLS, which "tls" asks for: turn it on at the server/,
      );
      await connector.close();
    });
  },
  ['postgres', 'mysql'],
);

describe('a host that cannot be resolved', () => {
  it('is unavailable', async () => {
    const { connector } = await openSql({ url: 'postgres://a:b@nowhere.invalid/c', person });
    const error = await failureOf(connector.lookup('jane@acme.example', never));
    expect(error).to.include({ kind: 'unavailable' });
    expect(error.message).to.match(/nowhere\.invalid cannot be reached: the host is not found/);
    await connector.close();
  });
});

interface Health {
  readonly connections: Readonly<
    Record<string, { readonly lastError?: { readonly class: string; readonly reason: string } }>
  >;
}

const SERVERS = {
  postgres: {
    program: 'initdb',
    start: () =>
      postgresServer('hostssl all all 127.0.0.1/32 scram-sha-256\nhost all few 127.0.0.1/32 trust'),
    url: (server: TestServer, user: string, host: string, password: string) =>
      `postgres://${user}:${encodeURIComponent(password)}@${host}:${server.port}/postgres`,
  },
  mariadb: {
    program: 'mariadbd',
    start: mariadbServer,
    url: (server: TestServer, user: string, host: string, password: string) =>
      `mysql://${user}:${encodeURIComponent(password)}@${host}:${server.port}/shop`,
  },
};

for (const [name, { program, start, url }] of Object.entries(SERVERS)) {
  describe(`a ${name} server with passwords and TLS`, () => {
    let server: TestServer | undefined;
    const said: string[] = [];

    before(async function () {
      this.timeout(60_000);
      if (process.env['CI'] !== 'true' && !(await hasProgram(program))) this.skip();
      server = await start();
    });
    after(async function () {
      this.timeout(30_000);
      await server?.remove();
      const all = said.join('\n');
      for (const form of [PASSWORD, encodeURIComponent(PASSWORD), 'wrong word'])
        expect(all, 'what was said').to.not.include(form);
    });

    async function lookUp(
      user: string,
      settings: object = {},
      host = 'localhost',
      password = PASSWORD,
    ) {
      if (server === undefined) throw new Error('no server');
      const opened = await openSql({ url: url(server, user, host, password), person, ...settings });
      try {
        return await opened.connector.lookup('jane@acme.example', never);
      } catch (error) {
        for (let one: unknown = error; one instanceof Error; one = one.cause)
          said.push(JSON.stringify({ ...one }), one.message, String(one.stack));
        throw error;
      } finally {
        said.push(JSON.stringify([opened.context.lines, [...opened.context.notices]]));
        await opened.connector.close();
      }
    }

    const tls = () => ({ tls: { ca: server?.ca } });

    it('is used with TLS and the right password', async () => {
      expect((await lookUp('app', tls()))?.contact.name).to.equal('Jane');
    });

    it('reads quotes and backslashes as statements are scanned, whatever it is set to', async () => {
      const texts =
        name === 'postgres'
          ? `'a\\' as one, '(:emails)' as two`
          : `'a\\'(:emails)' as one, "b" as two`;
      const statement = `select email as ${name === 'postgres' ? '"key"' : '`key`'}, ${texts} from people where email in (:emails)`;
      const found = await lookUp('app', { ...tls(), person: statement });
      expect(found?.contact.fields).to.deep.equal(
        name === 'postgres' ? { one: 'a\\', two: '(:emails)' } : { one: "a'(:emails)", two: 'b' },
      );
    });

    it('refuses a wrong password: auth', async () => {
      const error = await failureOf(lookUp('app', tls(), 'localhost', 'wrong word'));
      expect(error).to.include({ kind: 'auth' });
      expect(error.message).to.match(/^the database at localhost refused the user or the password/);
    });

    it('asks for TLS: the sentence says what to set', async () => {
      const user = name === 'postgres' ? 'app' : 'safe';
      const error = await failureOf(lookUp(user));
      expect(error.message).to.match(/TLS/);
    });

    it('has a certificate of an authority that is not known, or of another name: not used', async () => {
      for (const [settings, host] of [
        [{ tls: true }, 'localhost'],
        [tls(), 'localhost.localdomain'],
        ...(name === 'postgres' ? [[tls(), '127.0.0.1'] as const] : []),
      ] as const) {
        const error = await failureOf(lookUp('app', settings, host));
        if (/ENOTFOUND/.test(error.message)) continue; // Not every machine has that name.
        expect(error, host).to.include({ kind: 'misconfigured' });
        expect(error.message).to.match(
          host === 'localhost' ? /NODE_EXTRA_CA_CERTS.*"tls: \{ ca/ : /is made for another name/,
        );
        if (host !== 'localhost') expect(error.message).to.not.include('authority');
      }
    });

    it('shows no password in answers, /health, /metrics, the log, traces and check --live', async () => {
      if (server === undefined) return;
      const wrong = 'Wr0ng/pass word';
      const connections: Readonly<Record<string, string>> = {
        password: url(server, 'app', 'localhost', wrong),
        host: url(server, 'app', 'nowhere.invalid', PASSWORD),
        port: url({ ...server, port: 1 }, 'app', 'localhost', PASSWORD),
        plain: `${url(server, name === 'postgres' ? 'app' : 'safe', 'localhost', PASSWORD)}?sslmode=disable`,
        database: url(server, 'app', 'localhost', PASSWORD).replace(/\w+$/, 'nothing'),
        name: url(server, 'app', 'localhost.localdomain', PASSWORD),
      };
      const names = Object.keys(connections);
      const lines = names.flatMap((one) => {
        const settings = {
          connector: 'sql',
          url: connections[one],
          person,
          ...(one !== 'plain' && tls()),
        };
        return `  ${one}: ${JSON.stringify(settings)}`;
      });
      const tenants = names.map(
        (one) => `  ${one}: { keys: [${one}-key-0123456789], connections: [${one}] }`,
      );
      const yaml = ['connections:', ...lines, 'tenants:', ...tenants].join('\n');
      const service = await startService({ files: { 'bridge.yaml': bridgeYaml(yaml) } });
      const shown: string[] = [];
      try {
        for (const one of names) {
          const key = `${one}-key-0123456789`;
          const asked = await fetch(
            `${service.url}/v1/${one}/contact/${key}?email=jane@acme.example`,
          );
          shown.push(await asked.text());
          const traced = await fetch(`${service.opsUrl}/debug/lookup`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ tenant: one, email: 'jane@acme.example' }),
          });
          shown.push(await traced.text());
        }
        const health = await (await fetch(`${service.opsUrl}/health`)).text();
        const { connections: states } = JSON.parse(health) as Health;
        expect(names.map((one) => [one, states[one]?.lastError?.class])).to.deep.equal([
          ['password', 'auth'],
          ['host', 'unavailable'],
          ['port', 'unavailable'],
          ['plain', name === 'postgres' ? 'misconfigured' : 'auth'],
          ['database', 'misconfigured'],
          ['name', states['name']?.lastError?.class],
        ]);
        expect(states['name']?.lastError?.class).to.be.oneOf(['misconfigured', 'unavailable']);
        for (const one of names)
          expect(states[one]?.lastError?.reason, one).to.match(/^the database at /);
        shown.push(health, await (await fetch(`${service.opsUrl}/metrics`)).text());
        const checked = await runCommand(['check', '--live', '--config', 'bridge.yaml'], {
          cwd: service.folder,
        });
        shown.push(checked.stdout, checked.stderr, service.output(), service.errors());
      } finally {
        await service.close();
      }
      const all = shown.join('\n');
      expect(all).to.match(/refused the user or the password/);
      expect(all).to.match(/nowhere\.invalid cannot be reached: the host is not found/);
      for (const secret of [PASSWORD, wrong])
        for (const form of [secret, encodeURIComponent(secret), secret.split('/')[0] ?? ''])
          expect(all).to.not.include(form);
    });

    it('ends a statement that nobody waits for, over TLS', async function () {
      if (name !== 'postgres') this.skip();
      const sleeping = async () => {
        const counted = await lookUp('app', {
          ...tls(),
          person: `select 'jane@acme.example' as "key", count(*) as sleeping from pg_stat_activity
            where query like 'select%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()
              and 'jane@acme.example' in (:emails)`,
        });
        return counted?.contact.fields?.['sleeping'];
      };
      const settings = { url: url(server as TestServer, 'app', 'localhost', PASSWORD), ...tls() };
      const slow = `select email as "key", pg_sleep(60)::text from people where email in (:emails)`;
      const { connector } = await openSql({ ...settings, person: slow });
      const abort = new AbortController();
      const failed = failureOf(connector.lookup('jane@acme.example', abort));
      await until(async () => (await sleeping()) === 1);
      abort.abort();
      await failed;
      await until(async () => (await sleeping()) === 0, 1000);
      await connector.close();
    });

    it('lets nobody read a table without the right to', async () => {
      const error = await failureOf(lookUp('app', { ...tls(), person: secret }));
      expect(error).to.include({ kind: 'misconfigured' });
      expect(error.message).to.match(/does not let this user read a table or column; grant SELECT/);
    });

    it('takes no more connections: unavailable, with what to do', async () => {
      if (name === 'postgres') {
        const error = await failureOf(lookUp('few'));
        expect(error).to.include({ kind: 'unavailable' });
        expect(error.message).to.match(/takes no more connections/);
        return;
      }
      if (server === undefined) return;
      const opened = await openSql({ url: url(server, 'few', 'localhost', ''), person });
      const results = await Promise.allSettled(
        Array.from({ length: 4 }, () => opened.connector.lookup('jane@acme.example', never)),
      );
      const failed = results.flatMap((one) =>
        one.status === 'rejected' ? [String(one.reason)] : [],
      );
      expect(failed.join()).to.match(/takes no more connections/);
      await opened.connector.close();
    });

    it('has no such database: misconfigured', async () => {
      if (server === undefined) return;
      const wrong = url(server, 'app', 'localhost', PASSWORD).replace(/\w+$/, 'nothing');
      const error = await failureOf(lookUp('app', { ...tls(), url: wrong }));
      expect(error).to.include({ kind: 'misconfigured' });
      expect(error.message).to.match(/has no such database/);
    });

    it('is stopped and started again: unavailable, then answered within two seconds', async function () {
      this.timeout(40_000);
      if (server === undefined) return;
      const settings = { url: url(server, 'app', 'localhost', PASSWORD), ...tls(), person };
      const { connector } = await openSql(settings);
      await connector.lookup('jane@acme.example', never);
      await server.stop();
      expect(await failureOf(connector.lookup('jane@acme.example', never))).to.include({
        kind: 'unavailable',
      });
      await server.start();
      const found = await connector.lookup('jane@acme.example', {
        signal: AbortSignal.timeout(2000),
      });
      expect(found?.contact.name).to.equal('Jane');
      await connector.close();
    });
  });
}

describe('a setting that is wrong', () => {
  it('shows no password', async () => {
    for (const url of [
      `postgre://app:${PASSWORD}@h/d`,
      `postgres://app:%E0%A4%A@h/d`,
      `mysql://app:${PASSWORD}@h/d?x=${PASSWORD}`,
    ]) {
      const error = await failureOf(openSql({ url, person }));
      expect(error.message).to.not.include(PASSWORD);
    }
    await createDatabase('sqlite').then((one) => one?.drop());
  });
});
