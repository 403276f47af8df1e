/** A real Prometheus scrapes a real bridge with the configuration we ship, and runs every query we ship. */
import { expect } from 'chai';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startAllCrms } from '../support/all-crms.ts';
import { spawnCommand } from '../support/process.ts';
import { skipWithoutPrometheus } from './prometheus-programs.ts';
import { DEPLOY, otherQueries, panelQueries, readDashboard, readRules } from './queries.ts';

const OPS_KEY = 'ops-key-0123456789';
/** These show something only when something is wrong, or has been seen for an hour. */
const MAY_BE_EMPTY = ['Alerts', 'Lasts, at this pace'];
/** Only with `shared` in the configuration, which this bridge does not have. */
const ABOUT_SHARING = /\bcrm_bridge_shared_/;

/** What holds after three lookups, which are too few for a page. */
const HOLDS_WITH_A_REFUSED_TOKEN = [
  'ticket CrmBridgeAgentsSeeUnavailable',
  'ticket CrmBridgeCircuitOpen',
  'ticket CrmBridgeTokenRefused',
  'ticket CrmBridgeConnectionNotice',
];

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}
interface Vector {
  readonly result: readonly { readonly value: readonly [time: number, value: string] }[];
}
interface Groups {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly name: string;
      readonly health: string;
      readonly lastError?: string;
    }[];
  }[];
}

describe('Prometheus over a running bridge', function () {
  this.timeout(60_000);
  before(function () {
    skipWithoutPrometheus(this);
  });

  it('answers every query of the dashboard, and sees in the alerts that a token is refused', async () => {
    await using all = await startAllCrms({ opsKey: OPS_KEY });
    await using prometheus = await startPrometheus(all.service.opsUrl);
    const scrapes = async () => {
      const { result } = (await prometheus.query('sum_over_time(up[1m])')).data;
      return Number(result[0]?.value[1] ?? 0);
    };
    const scrapedSince = (count: number) =>
      until(async () => (await scrapes()) > count, prometheus.errors);
    await scrapedSince(0);
    all.salesforce.faults.add({ on: 'token', kind: 'status-401' });
    for (const crm of ['sales', 'marketing', 'directory'] as const) {
      await Promise.all([all.ask(crm), all.ask(crm), all.ask(crm, 'unknown@nowhere.example')]);
    }
    // One may have begun before the last answer.
    await scrapedSince((await scrapes()) + 1);

    const dashboard = readDashboard();
    for (const { from, expr } of [...panelQueries(dashboard), ...otherQueries(dashboard)]) {
      const { status, error, data } = await prometheus.query(expr);
      expect(status, `${from}: ${error ?? ''}`).to.equal('success');
      if (!MAY_BE_EMPTY.includes(from) && !ABOUT_SHARING.test(expr))
        expect(data.result, `${from}: ${expr}`).not.to.be.empty;
    }
    const holds: string[] = [];
    for (const { alert, expr, labels } of readRules()) {
      const { result } = (await prometheus.query(expr)).data;
      if (result.length > 0) holds.push(`${labels['severity'] ?? '?'} ${alert}`);
    }
    expect(holds).to.deep.equal(HOLDS_WITH_A_REFUSED_TOKEN);
    const { data } = await prometheus.get<Groups>('/api/v1/rules');
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.map(({ name }) => name)).to.deep.equal(readRules().map(({ alert }) => alert));
    for (const { name, health, lastError = '' } of rules) {
      expect(health, `${name}: ${lastError}`).to.equal('ok');
    }
  });
});

interface Prometheus extends AsyncDisposable {
  get<T>(path: string): Promise<Answer<T>>;
  query(expr: string): Promise<Answer<Vector>>;
  /** What it has logged. */
  errors(): string;
}

/** With the configuration of deploy/prometheus; only address, key and pace are others. */
async function startPrometheus(opsUrl: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-prometheus-'));
  await cp(join(DEPLOY, 'prometheus'), folder, { recursive: true });
  const file = join(folder, 'prometheus.yml');
  const example = await readFile(file, 'utf8');
  await writeFile(
    file,
    example
      .replaceAll('/run/secrets/', '')
      .replaceAll('bridge:9090', new URL(opsUrl).host)
      .replaceAll(/_interval: 15s/g, '_interval: 250ms'),
  );
  await writeFile(join(folder, 'ops_key'), `${OPS_KEY}\n`);
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawnCommand([
    'prometheus',
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${new URL(url).host}`,
  ]);
  const get = async <T>(path: string) => {
    const answer = await fetch(url + path);
    return (await answer.json()) as Answer<T>;
  };
  const end = async () => {
    await child[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(() => isReady(url), child.errors);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    get,
    query: (expr) => get<Vector>(`/api/v1/query?query=${encodeURIComponent(expr)}`),
    errors: child.errors,
    [Symbol.asyncDispose]: end,
  };
}

/** @throws {Error} with what Prometheus has logged, when it never comes to it. */
async function until(done: () => Promise<boolean>, logged: () => string): Promise<void> {
  const timeout = AbortSignal.timeout(45_000);
  while (!(await done())) {
    if (timeout.aborted) throw new Error(`waited in vain:\n${logged()}`);
    await pause(50);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}

/** Prometheus does not report which port it was given, so the test chooses one. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
