/** What only the real process shows: it ends in time, with the right code, and loses no request on the way. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import supertest from 'supertest';
import {
  configurationOnDisk,
  NODE_SERVE,
  NPM_START,
  spawnCommand,
  spawnService,
  type Ended,
  type Running,
} from './support/process.ts';
import { bridgeYaml } from './support/service.ts';

const PATH = '/v1/acme/contact/acme-key-0123456789';
const DRAIN = 2000;
/** What a busy machine may add to the end of a process. Milliseconds. */
const SLACK = 1000;
const TIMEOUT_MS = 40_000;

describe('the process', () => {
  it('loses no request when it gets SIGTERM under load', async () => {
    await using service = await spawnService(yaml('moody'));
    const load = startClients(service.url, 40);
    await load.answered(400);
    load.mayBeRefused();
    const { code, ms } = await end(service);
    const asked = await load.ended;

    const lost = asked.filter(({ result }) => result === 'lost');
    expect(lost.map(({ why }) => why)).to.deep.equal([]);
    const answers = asked.filter(({ result }) => result === 'answered');
    for (const { status } of answers) expect(status).to.be.oneOf([200, 503]);
    for (const { status, closes } of answers) if (status === 503) expect(closes).to.be.true;
    expect(code).to.equal(0);
    expect(ms).to.be.below(DRAIN + SLACK);
  });

  it('ends although a connector left a timer running', async () => {
    await using service = await spawnService(yaml('leaky'));
    const { code, ms } = await end(service);
    expect(code).to.equal(0);
    expect(ms).to.be.below(DRAIN + SLACK);
  });

  for (const words of [['check'], ['lookup', 'acme', 'jane@b.example']]) {
    it(`\`${words[0] ?? ''}\` ends although a connector left a timer running`, async () => {
      await using configuration = await configurationOnDisk(yaml('leaky'));
      await using command = spawnCommand([
        ...NODE_SERVE.slice(0, 2),
        ...words,
        '--config',
        configuration.file,
      ]);
      const { code, stdout } = await command.ended();
      expect(stdout).to.match(/no problems|Known/);
      expect(code).to.equal(0);
    });
  }

  it('ends in time although a lookup and the closing of its connection hang', async () => {
    await using service = await spawnService(
      yaml('stubborn', { deadline: '60s', drainTimeout: '500ms' }),
    );
    const stuck = get(`${service.url}${PATH}?email=jane@b.example`);
    await arrived(service.opsUrl);
    const [{ code, ms }, answer] = await Promise.all([end(service), stuck]);
    expect(answer.status).to.equal(200);
    expect(answer.headers['x-lookup-outcome']).to.equal('unavailable');
    expect(code).to.equal(0);
    expect(ms).to.be.below(500 + SLACK);
  });

  it('ends at once with another code than 0 on a signal 2 s after the first', async () => {
    await using service = await spawnService(
      yaml('stubborn', { deadline: '60s', drainTimeout: '60s' }),
    );
    const stuck = get(`${service.url}${PATH}?email=jane@b.example`).catch(() => undefined);
    await arrived(service.opsUrl);
    service.signal('SIGINT');
    await service.saw(/shutting down/);
    await delay(2000);
    const { code } = await end(service);
    expect(code).to.be.a('number').and.not.equal(0);
    expect(service.output()).to.match(/second signal/);
    await stuck;
  });

  for (const [first, further] of [
    ['SIGTERM', 'SIGHUP'],
    ['SIGHUP', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
    ['SIGQUIT', 'SIGTERM'],
  ] as const) {
    it(`loses no request and ends with 0 when ${further} follows ${first}`, async () => {
      await using service = await spawnService(
        yaml('moody, delay: 900', { deadline: '9s', drainTimeout: '9s' }),
      );
      const late = get(`${service.url}${PATH}?email=jane@b.example`);
      await arrived(service.opsUrl);
      service.signal(first);
      await service.saw(first === 'SIGHUP' ? /reload/ : /shutting down/);
      service.signal(further);
      expect((await late).headers['x-lookup-outcome']).to.equal('found');
      const { code, stdout } = await service.ended();
      expect(stdout).not.to.match(/second signal/);
      expect(code).to.equal(0);
    });
  }

  it("goes on serving on SIGUSR1 and SIGUSR2, without Node's debugger", async () => {
    await using service = await spawnService(
      yaml('moody, delay: 900', { deadline: '9s', drainTimeout: '9s' }),
    );
    const late = get(`${service.url}${PATH}?email=jane@b.example`);
    await arrived(service.opsUrl);
    service.signal('SIGUSR1');
    service.signal('SIGUSR2');
    expect((await late).headers['x-lookup-outcome']).to.equal('found');
    expect((await get(`${service.url}/healthz`)).status).to.equal(200);
    service.signal('SIGTERM');
    expect((await service.ended()).stderr).not.to.match(/debugger/i);
  });

  it('ends with its standard input if asked to, and only then', async () => {
    const command = [...NODE_SERVE, '--exit-with-stdin'];
    await using bound = await spawnService(yaml('moody'), command);
    await using free = await spawnService(yaml('moody'));
    free.endInput();
    bound.endInput();
    const { code, stdout } = await bound.ended();
    expect(stdout).to.match(/standard input has ended/);
    expect(code).to.equal(0);
    expect((await get(`${free.url}/healthz`)).status).to.equal(200);
  });

  it('ends at once with a standard input that is a file and has ended', async () => {
    await using configuration = await configurationOnDisk(yaml('moody'));
    const words = [...NODE_SERVE, '--exit-with-stdin', '--config', configuration.file];
    await using child = spawnCommand(['sh', '-c', 'exec "$0" "$@" </dev/null', ...words]);
    const { code, stdout } = await child.ended();
    expect(stdout).to.match(/standard input has ended/);
    expect(code).to.equal(0);
  });

  for (const [what, mood] of [
    ['a rejection', 'boom'],
    ['an exception', 'bang'],
  ] as const) {
    it(`ends with 1 after ${what} that is not caught, when the lookups in flight are answered`, async () => {
      await using service = await spawnService(yaml('leaky, timer: false', { deadline: '9s' }));
      const late = get(`${service.url}${PATH}?email=late@b.example`);
      await arrived(service.opsUrl);
      const culprit = get(`${service.url}${PATH}?email=${mood}@b.example`);
      const { code, stdout, stderr } = await service.ended();
      expect((await late).headers['x-lookup-outcome']).to.equal('found');
      expect((await culprit).status).to.equal(200);
      expect(stdout).to.match(/"level":"error","message":"crashed/);
      expect(stdout + stderr).not.to.match(/secret words|b\.example/);
      expect(code).to.equal(1);
    });
  }

  for (const words of [
    ['lookup', 'acme', 'boom@b.example'],
    ['lookup', 'acme', 'bang@b.example'],
  ]) {
    it(`reports an error that nothing has caught in \`${words.join(' ')}\``, async () => {
      const { code, stdout, stderr } = await runToEnd(words);
      expect(stdout).to.match(/^Known/);
      expect(stderr).to.match(
        /^an error was caught nowhere, which ends serve: error=Error at=\S*leaky\/index\.ts:\d+/,
      );
      expect(stderr).not.to.match(/secret words|b\.example/);
      expect(code).to.equal(1);
    });
  }

  it('reports an error that nothing has caught in `check --live` as a problem', async () => {
    const { code, stdout, stderr } = await runToEnd(['check', '--live'], 'leaky, checks: badly');
    expect(stdout).to.match(/there are problems/);
    expect(stderr).to.match(/^an error was caught nowhere/);
    expect(code).to.equal(1);
  });

  it('prints nothing but JSON with `lookup --json`, though a connector writes to the console', async () => {
    const { code, stdout, stderr } = await runToEnd(['lookup', 'acme', 'chat@b.example', '--json']);
    expect(JSON.parse(stdout)).to.include({ outcome: 'found' });
    expect(stderr).to.equal('found chat@b.example\nmore about it\n');
    expect(code).to.equal(0);
  });

  it('ends with 1 when it crashes while it is shutting down', async () => {
    await using service = await spawnService(yaml('leaky, timer: false', { deadline: '9s' }));
    const culprit = get(`${service.url}${PATH}?email=doom@b.example`);
    await arrived(service.opsUrl);
    const { code } = await end(service);
    expect((await culprit).status).to.equal(200);
    expect(code).to.equal(1);
  });

  it('keeps answering when the reader of its log exits, and counts the lines that are lost', async () => {
    await using service = await spawnService(yaml('moody'));
    service.stopReading();
    for (const person of ['a', 'b', 'c', 'd', 'e']) {
      const { status } = await get(`${service.url}${PATH}?email=${person}@b.example`);
      expect(status).to.equal(200);
    }
    expect(await metric(service.opsUrl, 'crm_bridge_log_lines_dropped_total')).to.equal(5);
    expect((await end(service)).code).to.equal(0);
  });

  it('drops and counts log lines when their reader stands still, and ends in time', async () => {
    await using service = await spawnService(yaml('moody', { drainTimeout: '20s' }));
    const heapUsed = () => metric(service.opsUrl, 'nodejs_heap_size_used_bytes');
    const dropped = () => metric(service.opsUrl, 'crm_bridge_log_lines_dropped_total');
    expect(await dropped()).to.equal(0);
    service.pauseReading();
    const start = performance.now();
    while ((await dropped()) === 0 && performance.now() - start < TIMEOUT_MS) {
      await askInTurns(service.url, 1000);
    }
    const [heap, count] = [await heapUsed(), await dropped()];
    await askInTurns(service.url, 1000);
    expect(await dropped()).to.equal(count + 1000);
    expect((await heapUsed()) - heap).to.be.below(20_000_000);
    const { code, ms } = await end(service);
    expect(code).to.equal(0);
    // A second for the reader of the log; not the whole `drainTimeout`.
    expect(ms).to.be.below(10_000);
  });

  for (const settings of [['server'], ['ops'], ['ops', 'server']] as const) {
    const ports = settings.map((setting) => `${setting}.port`).join(' and ');
    it(`says in a sentence each that ${ports} is in use, and ends with 1`, async () => {
      const others = settings.map(() => createServer().listen(0, '127.0.0.1'));
      try {
        await Promise.all(others.map((other) => once(other, 'listening')));
        const used = others.map((other) => (other.address() as AddressInfo).port);
        const text = settings.reduce(
          (before, setting, n) =>
            before.replace(
              `${setting}: { host: 127.0.0.1, port: 0`,
              `${setting}: { host: 127.0.0.1, port: ${used[n]}`,
            ),
          yaml('leaky'),
        );
        await using configuration = await configurationOnDisk(text);
        await using service = spawnCommand([...NODE_SERVE, '--config', configuration.file]);
        const { code, stdout, stderr } = await service.ended();
        expect(stderr).to.equal(
          settings
            .map(
              (setting, n) =>
                `127.0.0.1:${used[n]} is already in use: end the other program or change ${setting}.port\n`,
            )
            .join(''),
        );
        expect(stdout).to.equal('');
        expect(code).to.equal(1);
      } finally {
        for (const other of others) other.close();
      }
    });
  }
});

describe('`npm start`', () => {
  it('passes SIGTERM on and ends with 0 when the service has', async () => {
    await using npm = await spawnService(yaml('moody'), NPM_START);
    expect((await get(`${npm.url}/healthz`)).status).to.equal(200);
    const { code } = await end(npm);
    expect(npm.output()).to.match(/"shut down"/);
    expect(code).to.equal(0);
    const after = await get(`${npm.url}/healthz`).catch((error: unknown) => String(error));
    expect(after).to.match(/ECONNREFUSED/);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`loses no request and ends with 0 when its process group gets ${signal}`, async () => {
      await using npm = await spawnService(yaml('moody'), NPM_START);
      const load = startClients(npm.url, 40);
      await load.answered(400);
      load.mayBeRefused();
      npm.signalGroup(signal);
      const { code, stdout } = await npm.ended();
      const lost = (await load.ended).filter(({ result }) => result === 'lost');
      expect(lost.map(({ why }) => why)).to.deep.equal([]);
      expect(stdout).not.to.match(/second signal/);
      expect(code).to.equal(0);
    });
  }

  it("ends with the service's code", async () => {
    await using configuration = await configurationOnDisk('tenants: 7');
    await using npm = spawnCommand([...NPM_START, '--config', configuration.file]);
    expect((await npm.ended()).code).to.equal(1);
  });
});

/** One tenant on one connection. @param connector its name, and settings after a comma. */
function yaml(
  connector: string,
  { deadline = '1s', drainTimeout = `${DRAIN}ms` }: Readonly<Record<string, string>> = {},
): string {
  return bridgeYaml(`
connections: { crm: { connector: ${connector} } }
tenants:
  acme:
    keys: [acme-key-0123456789]
    connections: [crm]
    deadline: ${deadline}
    rateLimit: { requests: 1000000, per: 1m }
`).replace('drainTimeout: 3s', `drainTimeout: ${drainTimeout}`);
}

/** @returns the exit code, and the milliseconds from the signal to the end. */
async function end(service: Running): Promise<{ code: number | null; ms: number }> {
  const start = performance.now();
  service.signal('SIGTERM');
  const { code, at } = await service.ended();
  return { code, ms: at - start };
}

/** Runs a command that ends by itself. */
async function runToEnd(
  words: readonly string[],
  connector = 'leaky, timer: false',
): Promise<Ended> {
  await using configuration = await configurationOnDisk(yaml(connector));
  const argv = [...NODE_SERVE.slice(0, 2), ...words, '--config', configuration.file];
  await using command = spawnCommand(argv);
  return await command.ended();
}

async function get(url: string): Promise<supertest.Response> {
  const { origin } = new URL(url);
  return supertest(origin).get(url.slice(origin.length)).timeout(TIMEOUT_MS);
}

/** Sends requests for one person over 20 connections. @throws {Error} when one is not answered. */
async function askInTurns(url: string, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const person = `${url}${PATH}?email=jane@b.example`;
  const asked = await Promise.all(Array.from({ length: count }, () => ask(agent, person)));
  agent.destroy();
  for (const { status, why } of asked) expect(status, why).to.equal(200);
}

async function metric(opsUrl: string, name: string): Promise<number> {
  const { text } = await get(`${opsUrl}/metrics`);
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

/** Waits until a lookup has reached the connection. */
async function arrived(opsUrl: string): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < TIMEOUT_MS) {
    const { text } = await get(`${opsUrl}/health`);
    if (/"lookups":\s*[1-9]/.test(text)) return;
  }
  throw new Error('no lookup has reached the connection');
}

/** What came of one request. */
interface Asked {
  readonly result: 'answered' | 'refused' | 'lost';
  readonly status?: number;
  /** The answer said that its connection closes. */
  readonly closes?: boolean;
  readonly why?: string;
}

interface Load {
  /** Waits until so many requests were answered. */
  answered(count: number): Promise<void>;
  /** From now on a refused connection is the end of a client, not a lost request. */
  mayBeRefused(): void;
  /** All that was asked, when every client has met its end. */
  readonly ended: Promise<readonly Asked[]>;
}

/** Clients with one connection each, kept alive, who ask for ever new people until they are refused. */
function startClients(url: string, count: number): Load {
  const asked: Asked[] = [];
  const { promise: enough, resolve: isEnough } = Promise.withResolvers<undefined>();
  let wanted = Infinity;
  let refusable = false;

  async function client(id: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let n = 0; ; n += 1) {
      const one = await ask(agent, `${url}${PATH}?email=quick-${id}-${n}@b.example`);
      asked.push(one.result === 'refused' && !refusable ? { ...one, result: 'lost' } : one);
      if (asked.length >= wanted) isEnough(undefined);
      if (one.result === 'answered') continue;
      agent.destroy();
      return;
    }
  }
  const ended = Promise.all(Array.from({ length: count }, (_, id) => client(id)));
  return {
    answered(next) {
      wanted = next;
      return enough;
    },
    mayBeRefused: () => void (refusable = true),
    ended: ended.then(() => asked),
  };
}

function ask(agent: Agent, url: string): Promise<Asked> {
  return new Promise((resolve) => {
    const asking = request(url, { agent, timeout: TIMEOUT_MS }, (response) => {
      response.on('error', () => resolve({ result: 'lost', why: 'the answer was cut off' }));
      response.on('end', () => {
        const closes = response.headers.connection === 'close';
        const status = response.statusCode ?? 0;
        resolve({ result: 'answered', status, closes });
      });
      response.resume();
    });
    asking.on('error', (error: NodeJS.ErrnoException) => {
      const connection = asking.reusedSocket ? 'a kept connection' : 'a new connection';
      resolve({
        result: error.code === 'ECONNREFUSED' ? 'refused' : 'lost',
        why: `${error.message} on ${connection}`,
      });
    });
    asking.on('timeout', () => asking.destroy(new Error('no answer')));
    asking.end();
  });
}
