import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IIngress, INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { ISecret, IService } from 'kubernetes-models/v1';
import { parse } from 'yaml';
import { mistakesOf, parseManifests, readManifests, type Manifest } from './manifests.ts';
import { installed } from './proxies.ts';
import { checkShipped, ROOT, type Checked } from './shipped.ts';
import { skipUnless } from './skip-unless.ts';

const FOLDER = join(ROOT, 'deploy/kubernetes');

interface Kustomization {
  readonly resources: readonly string[];
  readonly generatorOptions: { readonly disableNameSuffixHash: boolean };
  readonly configMapGenerator: readonly [
    { readonly name: string; readonly files: readonly string[] },
    ...{ readonly name: string }[],
  ];
  readonly images: readonly [{ readonly name: string; readonly newTag: string }];
}

describe('the Kubernetes manifests', () => {
  let kustomization: Kustomization;
  let manifests: readonly Manifest[];
  let checked: Checked;
  before(async () => {
    const text = await readFile(join(FOLDER, 'kustomization.yaml'), 'utf8');
    kustomization = parse(text) as Kustomization;
    const files = [...kustomization.resources, 'secret.example.yaml'];
    manifests = (await Promise.all(files.map((file) => readManifests(join(FOLDER, file))))).flat();
    checked = await checkShipped('deploy/kubernetes/bridge.yaml');
  });

  function all<T>(kind: string): readonly (Manifest & T)[] {
    return manifests.filter((one): one is Manifest & T => one.kind === kind);
  }
  const deployment = () => all<IDeployment>('Deployment')[0];
  const pod = () => deployment()?.spec?.template;
  const container = () => pod()?.spec?.containers[0];
  const portOf = (name: string) =>
    container()?.ports?.find((port) => port.name === name)?.containerPort;
  const volume = (name: string) => pod()?.spec?.volumes?.find((one) => one.name === name);

  it('are what the Kubernetes API takes, without a field that it does not know', () => {
    expect(manifests.map(({ kind }) => kind)).to.include.members([
      ...['Deployment', 'Service', 'PodDisruptionBudget', 'NetworkPolicy', 'Ingress', 'Secret'],
    ]);
    for (const manifest of manifests) {
      expect(mistakesOf(manifest), manifest.kind).to.deep.equal([]);
      expect(manifest['metadata'], manifest.kind).not.to.have.property('namespace');
    }
  });

  it('become one set with kubectl (where it is installed)', async function () {
    const kubectl = installed('kubectl');
    const missing = 'not installed: kubectl';
    skipUnless(kubectl !== undefined, missing, { context: this, needed: false });
    const { stdout } = await promisify(execFile)(kubectl ?? '', ['kustomize', FOLDER]);
    const built = parseManifests(stdout);
    for (const manifest of built) expect(mistakesOf(manifest)).to.deep.equal([]);
    expect(built.map(({ kind }) => kind))
      .to.include('ConfigMap')
      .and.not.to.include('Secret');
    const [image] = kustomization.images;
    expect(stdout).to.match(new RegExp(`image: .*/${image.name}:${image.newTag}`));
  });

  it('hold a configuration that passes the check', () => {
    expect(checked.code, checked.printed).to.equal(0);
  });

  it('mount the configuration as a folder where the image looks for it', async () => {
    const [generator] = kustomization.configMapGenerator;
    expect(volume('config')?.configMap?.name).to.equal(generator.name);
    expect(kustomization.generatorOptions.disableNameSuffixHash).to.be.true;
    const mount = container()?.volumeMounts?.find(({ name }) => name === 'config');
    expect(mount).not.to.have.property('subPath');
    const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    const [file] = generator.files;
    expect(dockerfile).to.contain(`CRM_BRIDGE_CONFIG=${mount?.mountPath ?? ''}/${file ?? ''}`);
  });

  it('mount every secret that the configuration asks for, and no other', () => {
    const [secret] = all<ISecret>('Secret');
    expect(Object.keys(secret?.stringData ?? {})).to.have.members([...checked.secrets]);
    expect(volume('secrets')?.secret?.secretName).to.equal(secret?.metadata?.name);
    const mount = container()?.volumeMounts?.find(({ name }) => name === 'secrets');
    expect(mount?.mountPath).to.equal('/run/secrets');
  });

  it("name the configuration's ports", () => {
    const { server, ops } = checked.configuration;
    expect(portOf('http')).to.equal(server.port);
    expect(portOf('ops')).to.equal(ops.port);
    expect(ops.key).to.be.a('string');
    expect(ops.host).to.equal('0.0.0.0');
  });

  it('mount files of your own apart from the configuration once the comments say so', async () => {
    const text = await readFile(join(FOLDER, 'kustomization.yaml'), 'utf8');
    const enabled = parse(text.replace(/^# (?= |patches)/gm, '')) as Kustomization & {
      readonly patches: readonly { readonly path: string }[];
    };
    const [patch] = await readManifests(join(FOLDER, enabled.patches[0]?.path ?? ''));
    const added = (patch as Manifest & IDeployment).spec?.template.spec;
    const [patched] = added?.containers ?? [];
    expect(patched?.name).to.equal(container()?.name);
    const merged = structuredClone(deployment());
    const spec = merged?.spec?.template.spec;
    spec?.volumes?.push(...(added?.volumes ?? []));
    spec?.containers[0]?.volumeMounts?.push(...(patched?.volumeMounts ?? []));
    expect(mistakesOf(merged as Manifest)).to.deep.equal([]);

    const volumes = (added?.volumes ?? []).map(({ name }) => name);
    expect(patched?.volumeMounts?.map(({ name }) => name)).to.deep.equal(volumes);
    const generated = enabled.configMapGenerator.slice(1).map(({ name }) => name);
    const mounted = added?.volumes?.flatMap(({ configMap }) => configMap?.name ?? []);
    expect(generated).to.deep.equal(mounted);
    for (const { mountPath } of patched?.volumeMounts ?? []) {
      expect(mountPath).to.match(/^\/srv\/crm-bridge\//); // A mount within a read-only one may fail.
    }
  });

  it('probe the public listener, which asks for no key', () => {
    for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
      const get = container()?.[kind]?.httpGet;
      expect(get, kind).to.deep.equal({ path: '/healthz', port: 'http' });
    }
  });

  it('give a pod the time to leave the proxies and to drain', () => {
    const command = container()?.lifecycle?.preStop?.exec?.command ?? [];
    expect(command[0]).to.equal('sleep');
    const needed = Number(command[1]) + checked.configuration.server.drainTimeout / 1000;
    expect(pod()?.spec?.terminationGracePeriodSeconds).to.be.above(needed);
  });

  it('fit the Pod Security Standard "restricted", with a read-only root', () => {
    expect(pod()?.spec?.securityContext).to.deep.include({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container()?.securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod()?.spec?.automountServiceAccountToken).to.be.false;
  });

  it("select the Deployment's pods, wherever something selects pods", () => {
    const labels = pod()?.metadata?.labels;
    expect(labels).to.be.an('object').that.is.not.empty;
    const selectors = [
      deployment()?.spec?.selector.matchLabels,
      ...all<IService>('Service').map(({ spec }) => spec?.selector),
      ...all<IPodDisruptionBudget>('PodDisruptionBudget').map(
        ({ spec }) => spec?.selector?.matchLabels,
      ),
      ...all<INetworkPolicy>('NetworkPolicy').map(({ spec }) => spec?.podSelector?.matchLabels),
      ...(pod()?.spec?.topologySpreadConstraints ?? []).map(
        (one) => one.labelSelector?.matchLabels,
      ),
    ];
    expect(selectors).to.have.lengthOf.above(5);
    for (const selector of selectors) expect(selector).to.deep.equal(labels);
  });

  it('keep a pod running while nodes are drained, and let a single replica be drained, too', () => {
    const [budget] = all<IPodDisruptionBudget>('PodDisruptionBudget');
    expect(budget?.spec?.maxUnavailable).to.equal(1);
    expect(budget?.spec).not.to.have.property('minAvailable');
    expect(deployment()?.spec?.replicas).to.be.above(1);
  });

  it('lead from outside to the public listener alone, without an access log', () => {
    const services = all<IService>('Service');
    const named = (name: string | undefined) =>
      services.find(({ metadata }) => metadata?.name === name);
    const [ingress] = all<IIngress>('Ingress');
    const paths = ingress?.spec?.rules?.flatMap(({ http }) => http?.paths ?? []) ?? [];
    expect(paths.map(({ path }) => path)).to.deep.equal(['/v1/', '/healthz']);
    for (const { backend } of paths) {
      const ports = named(backend.service?.name)?.spec?.ports;
      const port = ports?.find(({ name }) => name === backend.service?.port?.name);
      expect(port?.targetPort).to.equal('http');
    }
    expect(ingress?.metadata?.annotations).to.deep.equal({
      'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure',
      'traefik.ingress.kubernetes.io/router.observability.accesslogs': 'false',
    });
  });

  it('let spans out to a collector once the comment says so', async () => {
    const text = await readFile(join(FOLDER, 'network.yaml'), 'utf8');
    const [policy] = parseManifests(text.replace(/^ {4}# (?=[- ])/gm, '    '));
    if (policy === undefined) throw new Error('there is no policy');
    expect(mistakesOf(policy)).to.deep.equal([]);
    const [, toCollector] = (policy as Manifest & INetworkPolicy).spec?.egress ?? [];
    expect(toCollector?.ports).to.deep.equal([{ port: 4318, protocol: 'TCP' }]);
  });

  it('let Prometheus find every pod, also one that does not get ready', async () => {
    const ops = all<IService>('Service').find(({ spec }) => spec?.clusterIP === 'None');
    expect(ops?.spec?.publishNotReadyAddresses).to.be.true;
    const name = `${ops?.metadata?.name ?? ''}.crm-bridge.svc.cluster.local`;
    const scrape = await readFile(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8');
    expect(scrape).to.contain(`names: [${name}]`);
  });

  it('let only the monitoring come to the ops listener', () => {
    const [policy] = all<INetworkPolicy>('NetworkPolicy');
    const toOps = policy?.spec?.ingress?.filter(({ ports }) =>
      ports?.some(({ port }) => port === 'ops'),
    );
    expect(toOps?.map(({ from }) => from)).to.deep.equal([
      [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    ]);
  });
});
