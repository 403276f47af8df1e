/** What the process takes with many cached people. */
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect } from 'chai';
import { load } from '../bench/load.ts';
import { KEY, targetOf } from '../bench/visitors.ts';
import { spawnService, type ServiceProcess } from './support/process.ts';

const PEOPLE = 20_000;
const BENCH = join(import.meta.dirname, '../bench');
const YAML = `
server: { host: 127.0.0.1, port: 0 }
ops: { host: 127.0.0.1, port: 0 }
connectorsDir: ${join(BENCH, 'connectors')}
templatesDir: ${join(BENCH, 'templates')}
cache: { ttl: 1h }
connections: { crm: { connector: anyone } }
tenants: { bench: { keys: [${KEY}], connections: [crm], template: name, rateLimit: { requests: 1000000, per: 1m } } }
`;
const SMALL_HEAP = ['--max-old-space-size=160', '--max-semi-space-size=8'];

describe('a process with a heap of 160 MB', () => {
  let service: ServiceProcess;
  before(async () => {
    service = await spawnService(YAML, [execPath, ...SMALL_HEAP, 'src/main.ts', 'serve']);
  });
  after(() => service[Symbol.asyncDispose]());

  it(`caches ${PEOPLE} people, each of whom takes less than 2 kB`, async function () {
    this.timeout(180_000);
    const port = Number(new URL(service.url).port);
    await load({ port, connections: 50, until: { requests: PEOPLE }, target: targetOf });
    const health = await fetch(`${service.opsUrl}/health`);
    const { cache } = (await health.json()) as {
      readonly cache: { readonly entries: number; readonly size: number };
    };
    expect(cache.entries).to.equal(PEOPLE);
    expect(cache.size / PEOPLE).to.be.within(500, 2000);
  });
});
