import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { expect } from 'chai';
import { parse } from 'yaml';
import { checkShipped, ROOT, type Checked } from './shipped.ts';

const FILE = join(ROOT, 'compose.yaml');

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly secrets?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly depends_on?: unknown;
  readonly volumes?: readonly unknown[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

/** What the linter says of a file; its own types do not resolve. */
interface Linted {
  readonly messages: readonly {
    readonly line: number;
    readonly severity: string;
    readonly message: string;
  }[];
}

/** Those that are about mistakes; the others are about the order of keys. */
const RULES = {
  'no-build-and-image': 0, // the image is built and gets a tag of the version, to go back to
  'no-unbound-port-interfaces': 0, // Caddy is there for everybody; the test below looks at the ports
  'require-quotes-in-ports': 2,
  'service-image-require-explicit-tag': 2,
} as const;

describe('compose.yaml', () => {
  let text: string;
  let compose: Compose;
  let checked: Checked;
  before(async () => {
    text = await readFile(FILE, 'utf8');
    compose = parse(text, { merge: true }) as Compose;
    checked = await checkShipped('deploy/compose/bridge.yaml');
  });
  const services = () => Object.entries(compose.services);

  it('fits the schema of the compose specification, and the linter finds no error', () => {
    const linter = new DCLinter({ rules: RULES, quiet: true, debug: false, exclude: [] });
    const results = linter.lintFiles([FILE], false);
    expect(results).to.have.lengthOf(1);
    const errors = (results as readonly Linted[]).flatMap(({ messages }) =>
      messages.filter(({ severity }) => severity === 'error'),
    );
    expect(errors.map(({ line, message }) => `${line}: ${message}`)).to.deep.equal([]);
  });

  it('mounts a configuration that passes the check', () => {
    expect(checked.code, checked.printed).to.equal(0);
    expect(checked.printed).not.to.match(/warning/);
    expect(checked.configuration.server).to.include({ host: '0.0.0.0', port: 8080, trustProxy: 1 });
  });

  it('gives the bridge the secrets that its configuration asks for, from files', () => {
    expect(compose.services['bridge']?.secrets).to.have.members([...checked.secrets]);
    for (const [, service] of services()) {
      for (const name of service.secrets ?? []) {
        expect(compose.secrets[name]?.file).to.equal(`\${CRM_BRIDGE_FOLDER}/secrets/${name}`);
      }
    }
  });

  it('asks for every variable that its example of an env file sets, and no other', async () => {
    const example = await readFile(join(ROOT, 'deploy/compose/env.example'), 'utf8');
    const set = [...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    const asked = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    expect([...asked]).to.have.members(set);
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    expect(example).to.contain(`CRM_BRIDGE_VERSION=${version}\n`);
  });

  it('hardens every container', () => {
    for (const [name, service] of services()) {
      expect(service.read_only, name).to.be.true;
      expect(service.cap_drop, name).to.deep.equal(['ALL']);
      expect(service.security_opt, name).to.deep.equal(['no-new-privileges:true']);
    }
  });

  it('opens only Caddy to the outside', () => {
    const open = services().flatMap(([name, { ports = [] }]) =>
      ports.filter((port) => !port.startsWith('127.0.0.1:')).map((port) => `${name} ${port}`),
    );
    expect(open).to.deep.equal(['caddy 80:80', 'caddy 443:443']);
  });

  it('opens the ops listener, Prometheus and Grafana to this machine, each on a separate port', () => {
    const { port } = checked.configuration.ops;
    const ports = (name: string) => compose.services[name]?.ports;
    expect(ports('bridge')).to.deep.equal([`127.0.0.1:${port}:${port}`]);
    expect(ports('prometheus')).to.deep.equal(['127.0.0.1:9091:9090']);
    expect(ports('grafana')).to.deep.equal(['127.0.0.1:3000:3000']);
  });

  it('sends agents to the bridge, once it is healthy', () => {
    const caddy = compose.services['caddy'];
    const { port } = checked.configuration.server;
    expect(caddy?.environment?.['CRM_BRIDGE_UPSTREAM']).to.equal(`bridge:${port}`);
    expect(caddy?.depends_on).to.deep.equal({ bridge: { condition: 'service_healthy' } });
    expect(caddy?.volumes).to.include('./deploy/caddy/Caddyfile:/etc/caddy/Caddyfile:ro');
  });

  it('waits longer for the end than drainTimeout', () => {
    const [, seconds] = /^(\d+)s$/.exec(compose.services['bridge']?.stop_grace_period ?? '') ?? [];
    expect(Number(seconds) * 1000).to.be.above(checked.configuration.server.drainTimeout);
  });

  it('lets Prometheus scrape the ops listener with its key', async () => {
    const { scrape_configs } = parse(
      await readFile(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8'),
    ) as { readonly scrape_configs: readonly unknown[] };
    const { port } = checked.configuration.ops;
    expect(scrape_configs[0]).to.deep.include({
      authorization: { type: 'Bearer', credentials_file: '/run/secrets/ops_key' },
      static_configs: [{ targets: [`bridge:${port}`] }],
    });
    const prometheus = compose.services['prometheus'];
    expect(prometheus?.secrets).to.deep.equal(['ops_key']);
    expect(prometheus?.volumes).to.include('./deploy/prometheus:/etc/prometheus:ro');
    expect(compose.services['bridge']?.networks).to.include.members(['edge', 'observe']);
  });

  it('runs Prometheus and Grafana only when asked to, away from Caddy', () => {
    for (const name of ['prometheus', 'grafana']) {
      expect(compose.services[name]?.profiles, name).to.deep.equal(['observe']);
      expect(compose.services[name]?.networks, name).to.deep.equal(['observe']);
    }
    expect(compose.services['bridge']?.profiles).to.be.undefined;
    expect(compose.services['caddy']?.networks).to.deep.equal(['edge']);
  });
});
