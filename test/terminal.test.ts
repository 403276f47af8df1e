/** The service on a terminal, which a person can stop with Ctrl-S, or by selecting text. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { NODE_SERVE, spawnService } from './support/process.ts';
import { bridgeYaml } from './support/service.ts';
import { skipUnless } from './deploy/skip-unless.ts';

const PATH = '/v1/acme/contact/acme-key-0123456789?email=jane@b.example';
const ON_TERMINAL = ['python3', join(import.meta.dirname, 'support/terminal.py'), ...NODE_SERVE];
const YAML = bridgeYaml(`
log: { format: json }
connections: { crm: { connector: moody } }
tenants: { acme: { keys: [acme-key-0123456789], connections: [crm], rateLimit: { requests: 1000000, per: 1m } } }
`);

describe('the service on a terminal', () => {
  before(function () {
    const { status } = spawnSync('python3', ['-c', 'import pty']);
    skipUnless(status === 0, 'there is no python3 to make a terminal', { context: this });
  });

  it('writes all lines, the last ones too', async () => {
    await using service = await spawnService(YAML, ON_TERMINAL);
    for (let n = 0; n < 200; n += 1) expect(await ask(service.url + PATH)).to.equal(200);
    service.signal('SIGTERM');
    const { code, stdout } = await service.ended();
    expect(code).to.equal(0);
    expect(stdout.match(/"message":"request"/g)).to.have.lengthOf(200);
    expect(stdout).to.match(/"message":"shut down"\}\s*$/);
  });

  it('answers and ends in time while the terminal stands still, and counts what it drops', async () => {
    await using service = await spawnService(YAML, ON_TERMINAL);
    service.signal('SIGUSR1');
    const dropped = async () => {
      const text = await (await fetch(`${service.opsUrl}/metrics`)).text();
      return Number(/^crm_bridge_log_lines_dropped_total (.*)$/m.exec(text)?.[1]);
    };
    do {
      const asked = Array.from({ length: 100 }, () => ask(service.url + PATH));
      for (const status of await Promise.all(asked)) expect(status).to.equal(200);
    } while ((await dropped()) === 0);
    service.signal('SIGTERM');
    expect((await service.ended()).code).to.equal(0);
  });
});

async function ask(url: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  await response.text();
  return response.status;
}
