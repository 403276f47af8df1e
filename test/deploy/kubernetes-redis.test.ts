import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IService } from 'kubernetes-models/v1';
import { openShared, until } from '../support/shared-redis.ts';
import { startRedis } from '../support/redis-server.ts';
import { mistakesOf, parseManifests, readManifests, type Manifest } from './manifests.ts';
import { ROOT } from './shipped.ts';

const FOLDER = join(ROOT, 'deploy/kubernetes');

describe('the Kubernetes manifests of a shared Redis', () => {
  let manifests: readonly Manifest[];
  before(async () => {
    manifests = await readManifests(join(FOLDER, 'redis/redis.yaml'));
  });
  const one = <T>(kind: string) =>
    manifests.find((manifest): manifest is Manifest & T => manifest.kind === kind);
  const pod = () => one<IDeployment>('Deployment')?.spec?.template;
  const container = () => pod()?.spec?.containers[0];

  it('are what the Kubernetes API takes, without a field that it does not know', () => {
    expect(manifests.map(({ kind }) => kind)).to.deep.equal([
      'Deployment',
      'Service',
      'NetworkPolicy',
    ]);
    for (const manifest of manifests) expect(mistakesOf(manifest), manifest.kind).to.deep.equal([]);
  });

  it('fit the Pod Security Standard "restricted", with a read-only root and no volume', () => {
    expect(pod()?.spec?.securityContext).to.deep.include({ runAsNonRoot: true });
    expect(container()?.securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod()?.spec).not.to.have.property('volumes');
  });

  it('let the bridges in alone, and out to it once the comment says so', async () => {
    const labels = { 'app.kubernetes.io/name': 'crm-bridge-redis' };
    expect(pod()?.metadata?.labels).to.deep.equal(labels);
    expect(one<IService>('Service')?.spec?.selector).to.deep.equal(labels);
    const policy = one<INetworkPolicy>('NetworkPolicy')?.spec;
    expect(policy?.podSelector?.matchLabels).to.deep.equal(labels);
    const [bridge] = await readManifests(join(FOLDER, 'deployment.yaml'));
    const bridges = (bridge as Manifest & IDeployment).spec?.template.metadata?.labels;
    expect(policy?.ingress?.[0]?.from).to.deep.equal([{ podSelector: { matchLabels: bridges } }]);

    const text = await readFile(join(FOLDER, 'network.yaml'), 'utf8');
    const [enabled] = parseManifests(text.replace(/^ {4}# (?=[- ])/gm, '    '));
    const egress = (enabled as Manifest & INetworkPolicy).spec?.egress;
    const toRedis = egress?.find(({ ports }) => ports?.[0]?.port === 6379);
    expect(toRedis?.to).to.deep.equal([{ podSelector: { matchLabels: labels } }]);
  });

  it('start a Redis that is joined with the password, empty after a restart', async function () {
    const [, settings = ''] =
      /redis-server --port 6379 (.*)$/s.exec(container()?.args?.[0] ?? '') ?? [];
    const args = settings.split(/\s+/).map((word) => (word === "''" ? '' : word));
    expect(args).to.include.members(['--save', '--maxmemory-policy', 'allkeys-lru']);
    const password = args.indexOf('"$REDIS_PASSWORD"');
    expect(password).to.be.above(0);
    const server = await startRedis(this, ...args.with(password, 'right-passw0rd'));
    const { shared } = openShared({ url: server.url.replace('//', '//:right-passw0rd@') });
    try {
      await until(() => shared.status().isJoined, 'joined');
      expect(await server.cli('config', 'get', 'maxmemory')).to.include('209715200');
    } finally {
      shared.close();
      await server.remove();
    }
  });
});
