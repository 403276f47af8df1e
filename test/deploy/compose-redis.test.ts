/** deploy/redis/compose.yaml: over compose.yaml, a second bridge and the Redis of both. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { expect } from 'chai';
import { parse } from 'yaml';
import { startRedis } from '../support/redis-server.ts';
import { openShared, until } from '../support/shared-redis.ts';
import { checkShipped, ROOT } from './shipped.ts';

const FILE = join(ROOT, 'deploy/redis/compose.yaml');

interface Service {
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: unknown;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly [setting: string]: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const own = ['ports', 'secrets', 'networks', 'depends_on'];

describe('deploy/redis/compose.yaml', () => {
  let text: string;
  let base: Compose;
  let over: Compose;
  before(async () => {
    text = await readFile(FILE, 'utf8');
    over = parse(text) as Compose;
    base = parse(await readFile(join(ROOT, 'compose.yaml'), 'utf8'), { merge: true }) as Compose;
  });
  const settings = (service: Service | undefined, without: readonly string[]) =>
    Object.fromEntries(Object.entries(service ?? {}).filter(([name]) => !without.includes(name)));

  it('passes the linter', () => {
    const rules = { 'service-image-require-explicit-tag': 2, 'no-unbound-port-interfaces': 2 };
    const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] });
    const results = linter.lintFiles([FILE], false) as readonly {
      readonly messages: readonly { readonly severity: string; readonly message: string }[];
    }[];
    const errors = results.flatMap(({ messages }) =>
      messages.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    );
    // What it leaves out is in compose.yaml.
    expect(errors.filter((message) => !/requires|must have/.test(message))).to.deep.equal([]);
  });

  it('has a second bridge like the first, on another port of this machine', () => {
    const { bridge } = base.services;
    const second = over.services['bridge-2'];
    const source = '${CRM_BRIDGE_FOLDER}/config';
    const volumes = bridge?.['volumes'] as readonly object[];
    expect(settings(second, own)).to.deep.equal({
      ...settings(bridge, [...own, 'build']),
      volumes: [{ ...volumes[0], source }],
    });
    const first = over.services['bridge'];
    expect(second?.networks).to.have.members([
      ...(bridge?.networks ?? []),
      ...(first?.networks ?? []),
    ]);
    expect(second?.secrets).to.have.members([
      ...(bridge?.secrets ?? []),
      ...(first?.secrets ?? []),
    ]);
    const ports = Object.values(base.services).flatMap((service) => service.ports ?? []);
    expect(second?.ports).to.deep.equal(['127.0.0.1:9092:9090']);
    expect(ports.filter((port) => port.includes(':9092:'))).to.deep.equal([]);
  });

  it('sends agents to both, and lets nothing but the bridges reach Redis', () => {
    const { caddy, redis } = over.services;
    expect(caddy?.environment?.['CRM_BRIDGE_UPSTREAM']).to.equal('bridge:8080 bridge-2:8080');
    expect(redis?.networks).to.deep.equal(['shared']);
    expect(redis?.ports).to.equal(undefined);
    const inside = Object.entries(over.services).filter(([, { networks = [] }]) =>
      networks.includes('shared'),
    );
    expect(inside.map(([name]) => name)).to.have.members(['bridge', 'bridge-2', 'redis']);
    expect(redis).to.deep.include({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('says what the configuration needs, with the secrets that both bridges have', async () => {
    const [, shared = ''] = /^#\n((?:# {3}.*\n)+)#\n# Restart/m.exec(text) ?? [];
    const checked = await checkShipped('deploy/compose/bridge.yaml', {
      add: shared.replaceAll(/^# {3}/gm, ''),
      secrets: { shared_key: Buffer.alloc(32, 7).toString('base64') },
    });
    expect(checked.code, checked.printed).to.equal(0);
    expect(checked.configuration.shared?.url).to.equal(
      'redis://:the-value-of-redis_password@redis:6379',
    );
    expect(over.services['bridge-2']?.secrets).to.have.members([...checked.secrets]);
    for (const name of over.services['bridge']?.secrets ?? [])
      expect(over.secrets[name]?.file).to.equal(`\${CRM_BRIDGE_FOLDER}/secrets/${name}`);
  });

  it('starts a Redis without persistence that is joined with the password', async function () {
    const script = over.services['redis']?.command?.at(-1) ?? '';
    expect(script).to.match(/^echo "requirepass \$\$\(cat \/run\/secrets\/redis_password\)" \|/);
    const [, words = ''] = /redis-server - --port 6379 (.*)$/s.exec(script) ?? [];
    const args = words.split(/\s+/).map((word) => (word === "''" ? '' : word));
    expect(args).to.include.members(['--save', '--appendonly', '--maxmemory-policy']);
    const server = await startRedis(this, ...args, '--requirepass', 'right-passw0rd');
    const { shared } = openShared({ url: server.url.replace('//', '//:right-passw0rd@') });
    try {
      await until(() => shared.status().isJoined, 'joined');
      expect(await server.cli('config', 'get', 'save')).to.equal('save');
    } finally {
      shared.close();
      await server.remove();
    }
  });
});
