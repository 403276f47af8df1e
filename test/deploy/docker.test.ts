/** The Dockerfile, read and linted; what it starts, started the way a hardened container does. */
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { DockerfileParser, type Dockerfile, type Instruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';
import { spawnCommand } from '../support/process.ts';
import { ONE_TENANT, startService, bridgeYaml } from '../support/service.ts';
import { checkShipped, ROOT } from './shipped.ts';
import { skipUnless } from './skip-unless.ts';

const run = promisify(execFile);

describe('the Dockerfile', function () {
  let text: string;
  let dockerfile: Dockerfile;
  before(async () => {
    text = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    dockerfile = DockerfileParser.parse(text);
  });

  const instructions = (keyword: string): readonly Instruction[] =>
    dockerfile.getInstructions().filter((one) => one.getKeyword() === keyword);
  /** Of the last stage, which the image is. */
  const final = (keyword: string): readonly string[] => {
    const stage = dockerfile.getFROMs().at(-1)?.getRange().start.line ?? 0;
    return instructions(keyword)
      .filter((one) => one.getRange().start.line >= stage)
      .map((one) => (one.getArgumentsContent() ?? '').replace(/\\\n\s*/g, ''));
  };
  /** The words of the exec form: a shell in between would keep signals to itself. */
  const words = (json: string | undefined): readonly string[] => parse(json ?? '') as string[];

  it('holds no mistake', () => {
    const complaints = validate(text).map(({ range, message }) => ({
      line: range.start.line + 1,
      message,
    }));
    expect(complaints).to.deep.equal([]);
  });

  it('builds every stage on slim Node 24, and takes only from stages that exist', () => {
    const froms = dockerfile.getFROMs();
    expect(froms.map((from) => from.getImage())).to.deep.equal([
      ...['node:24-slim', 'node:24-slim', 'node:24-slim', 'node:24-slim'],
    ]);
    const stages = froms.map((from) => from.getBuildStage());
    const sources = [...text.matchAll(/--from=(\S+)/g)].map(([, stage]) => stage);
    expect(sources).to.have.lengthOf(5);
    for (const stage of sources) expect(stages).to.include(stage ?? '');
  });

  it('copies files that exist and that .dockerignore lets through', async () => {
    const ignore = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n');
    const rules = ignore.filter((line) => line !== '' && !line.startsWith('#'));
    const allowed = rules.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(rules[0]).to.equal('*');
    for (const path of allowed) expect(existsSync(join(ROOT, path)), path).to.be.true;

    const copied = [...text.matchAll(/^COPY (?!--)(.+) \S+$/gm)]
      .flatMap(([, paths = '']) => paths.split(' '))
      .filter((path) => path !== '.');
    expect(copied).to.include('package-lock.json');
    for (const path of copied) expect(allowed).to.include(path);

    // All that is packed and all that compiles it is there; but the files for deploying are not needed in an image.
    const { files } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      readonly files: readonly string[];
    };
    for (const pattern of files.filter((file) => !/^(dist$|!?deploy)/.test(file))) {
      expect(allowed).to.include(pattern.split('/')[0]);
    }
    for (const file of globSync('tsconfig*.json', { cwd: ROOT })) expect(allowed).to.include(file);
    for (const path of ['node_modules', '.git', 'test', 'deploy', 'dist']) {
      expect(allowed).not.to.include(path);
    }
  });

  it('runs as a numbered user, opens the public port alone and takes SIGTERM', async () => {
    expect(final('USER')).to.deep.equal(['1000:1000']);
    expect(final('STOPSIGNAL')).to.deep.equal(['SIGTERM']);
    const { configuration } = await checkShipped('deploy/compose/bridge.yaml');
    expect(final('EXPOSE')).to.deep.equal([String(configuration.server.port)]);
  });

  it('starts the command of the package without a shell', async () => {
    const [entry] = final('ENTRYPOINT');
    const [command] = final('CMD');
    expect(words(entry)).to.deep.equal(['crm-bridge']);
    expect(words(command)).to.deep.equal(['serve']);
    const { bin } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      readonly bin: Readonly<Record<string, string>>;
    };
    expect(final('RUN')).to.deep.equal([
      `ln -s /app/${bin['crm-bridge'] ?? ''} /usr/local/bin/crm-bridge`,
    ]);
    expect(text).to.contain(`chmod 755 /app/${bin['crm-bridge'] ?? ''}`);
  });

  it('compiles its code with the options and as the user that it runs with', async () => {
    const [compiling = ''] = text.split(/^FROM /m).filter((stage) => stage.includes('AS compiled'));
    const options = /NODE_ENV=\S+|NODE_OPTIONS=\S+|^USER .+$/gm;
    expect(compiling.match(options)).to.deep.equal([
      ...(final('ENV').join().match(options) ?? []),
      ...final('USER').map((user) => `USER ${user}`),
    ]);
    const [, folder = ''] = /NODE_COMPILE_CACHE=(\S+)/.exec(compiling) ?? [];
    const [, read = ''] = /NODE_COMPILE_CACHE=(\S+)/.exec(final('ENV').join()) ?? [];
    expect(text).to.contain(`COPY --from=compiled ${folder} ./${basename(read)}\n`);
    expect(read).to.equal(`/app/${basename(read)}`);

    const [, names = ''] = /for crm in ([^;]+);/.exec(compiling) ?? [];
    const variables = compiling.match(/\b[A-Z_]+=\w+(?= )/g) ?? [];
    const env = Object.fromEntries(variables.map((each) => each.split('=') as [string, string]));
    for (const name of names.split(' ')) {
      const words = ['src/main.ts', 'check', '--config', `config/examples/${name}.yaml`];
      await run(process.execPath, words, { cwd: ROOT, env: { PATH: process.env['PATH'], ...env } });
    }
  });

  it('has a health check that passes with a running bridge and fails without', async () => {
    const [check = ''] = final('HEALTHCHECK');
    const [, json] = /CMD\s+(\[.*\])$/s.exec(check) ?? [];
    const [node, ...rest] = words(json);
    expect(node).to.equal('node');
    const service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
    const here = rest.map((word) => word.replace('http://127.0.0.1:8080', service.url));
    expect(here).not.to.deep.equal(rest);
    try {
      await run(process.execPath, here);
    } finally {
      await service.close();
    }
    const code = await run(process.execPath, here).then(
      () => 0,
      (error: unknown) => (error as { readonly code: unknown }).code,
    );
    expect(code).to.equal(1);
  });
});

describe('the image with OpenTelemetry', () => {
  it('and its override for compose start what the image starts, with the SDK loaded', async () => {
    const text = await readFile(join(ROOT, 'deploy/opentelemetry/Dockerfile'), 'utf8');
    expect(validate(text)).to.deep.equal([]);
    const words = (keyword: string) =>
      parse(new RegExp(`^${keyword} (.*)$`, 'm').exec(text)?.[1] ?? '') as string[];
    const image = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    const main = /ln -s (\S+) \/usr\/local\/bin\/crm-bridge/.exec(image)?.[1];
    expect(words('ENTRYPOINT')).to.deep.equal(['node', '--import', '/otel/otlp.mjs', main]);
    expect(words('CMD')).to.deep.equal(['serve']);
    expect(text).to.match(/^USER 1000:1000$/m);
    const override = await readFile(join(ROOT, 'deploy/opentelemetry/compose.yaml'), 'utf8');
    const { services } = parse(override) as {
      readonly services: { readonly bridge: Readonly<Record<string, unknown>> };
    };
    expect(services.bridge).to.deep.include({
      entrypoint: words('ENTRYPOINT'),
      command: words('CMD'),
      volumes: ['/opt/otel:/otel:ro'],
    });
  });
});

describe('a hardened container', function () {
  let folder: string;
  before('make namespaces (only root can)', async function () {
    const root = process.platform === 'linux' && process.getuid?.() === 0;
    skipUnless(root, 'only root can make namespaces', { context: this, needed: false });
    folder = await mkdtemp(join(tmpdir(), 'crm-bridge-container-'));
  });
  after(() => folder && rm(folder, { recursive: true, force: true }));

  it('runs as process 1 and user 1000, without rights, on a read-only root, and ends on SIGTERM', async () => {
    const yaml = bridgeYaml(ONE_TENANT).replaceAll(ROOT, '/mnt');
    const name = `${basename(folder)}.yaml`;
    await writeFile(join(folder, name), yaml);
    const node = process.execPath.replace(ROOT, '/mnt');
    const script = `
      set -e
      mount --bind ${ROOT} /mnt
      mount --bind ${folder} /media
      chmod 755 ${folder}
      for at in /mnt /media /; do mount -o remount,ro,bind $at; done
      for at in /tmp /run /var/tmp /dev/shm; do mount -t tmpfs -o ro none $at; done
      cd /mnt
      exec setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \\
        sh -c 'if touch /tmp/x /mnt/x /x 2>/dev/null; then echo writable; fi; exec "$0" "$@"' \\
        ${node} src/main.ts serve --config /media/${name}
    `;
    const namespaces = ['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
    await using child = spawnCommand([...namespaces, 'sh', '-c', script]);
    // Nothing is compiled yet here, and it can keep nothing, so every start is a slow one.
    const ready = /"ready","port":(\d+)/;
    const [, port = ''] = await child.saw(ready).catch(() => child.saw(ready));
    expect(child.output()).not.to.contain('writable');
    const url = `http://127.0.0.1:${port}/v1/acme/contact/acme-key-0123456789?email=a%40b.example`;
    const response = await fetch(url);
    expect(response.status).to.equal(200);
    expect(response.headers.get('x-lookup-outcome')).to.equal('found');

    const pid = processWith(`/media/${name}`);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).to.match(/^NSpid:\s+\d+\s+1$/m);
    expect(status).to.match(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m);
    expect(status).to.match(/^CapBnd:\s+0+$/m);
    process.kill(pid, 'SIGTERM');
    const { code } = await child.ended();
    expect(code).to.equal(0);
    expect(child.output()).to.match(/"shut down"/);
  });
});

/** @returns the process that was given this word. */
function processWith(word: string): number {
  for (const path of globSync('/proc/[0-9]*/cmdline')) {
    try {
      if (readFileSync(path, 'utf8').split('\0').includes(word)) return Number(path.split('/')[2]);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error(`no process was given ${word}`);
}
