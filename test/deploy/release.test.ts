import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { ROOT } from './shipped.ts';

interface Job {
  readonly uses?: string;
  readonly needs?: readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

describe('a release', () => {
  let release: Workflow;
  before(async () => {
    release = parse(await read('.github/workflows/release.yml')) as Workflow;
  });

  /** Runs the check of the version in a folder with such files. */
  async function checkVersion(tag: string, changelog: string): Promise<string> {
    const script = release.jobs['version']?.steps?.find(({ run }) => run !== undefined)?.run ?? '';
    const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-release-'));
    try {
      await writeFile(join(folder, 'package.json'), '{ "version": "1.2.3" }');
      await writeFile(join(folder, 'CHANGELOG.md'), changelog);
      const env = { ...process.env, GITHUB_REF_NAME: tag };
      await promisify(execFile)('bash', ['-ec', script], { cwd: folder, env });
      return 'released';
    } catch (error) {
      return (error as { stderr: string }).stderr.trim();
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('is made by a tag with the version of the package and of the changelog alone', async () => {
    const section = '## 1.2.3 - 2027-01-01\n';
    expect(release.on).to.deep.equal({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } });
    expect(await checkVersion('v1.2.3', section)).to.equal('released');
    const other = 'the tag is v1.2.4, package.json has 1.2.3';
    expect(await checkVersion('v1.2.4', section)).to.equal(other);
    const none = 'CHANGELOG.md has no section 1.2.3';
    expect(await checkVersion('v1.2.3', '## Unreleased\n')).to.equal(none);
  });

  it('publishes after all that checks a change, and only there has rights', async () => {
    expect(release.permissions).to.deep.equal({ contents: 'read' });
    const ci = parse(await read('.github/workflows/ci.yml')) as Workflow;
    expect(release.jobs['test']?.uses).to.equal('./.github/workflows/ci.yml');
    expect(ci.on).to.have.property('workflow_call');
    const publishing = Object.entries(release.jobs).filter(([, job]) => job.permissions);
    expect(publishing.map(([name]) => name)).to.deep.equal(['package', 'image']);
    for (const [name, job] of publishing) {
      expect(job.needs, name).to.deep.equal(['version', 'test']);
      expect(job.permissions, name).to.include({ contents: 'read', 'id-token': 'write' });
    }
  });

  it('signs what it publishes with its provenance, and needs no token of npm', () => {
    const lines = JSON.stringify(release.jobs['package']?.steps);
    expect(lines).to.contain('npm publish --provenance').and.not.to.contain('NPM_TOKEN');
    const image = release.jobs['image']?.steps?.map(({ uses = '' }) => uses.split('@')[0]);
    expect(image?.at(-1)).to.equal('actions/attest-build-provenance');
  });

  it('has one version, in the package, the guides and the files of deploy/', async () => {
    const { version } = manifest;
    expect([lock.version, lock.packages[''].version]).to.deep.equal([version, version]);
    expect(await read('CHANGELOG.md')).to.match(
      new RegExp(`^## ${version} - \\d{4}-\\d\\d-\\d\\d$`, 'm'),
    );
    for (const path of [
      'docs/deployment.md',
      'docs/operations.md',
      'deploy/kubernetes/kustomization.yaml',
      'deploy/compose/env.example',
    ]) {
      const named = [
        ...(await read(path)).matchAll(/(?:VERSION=|newTag: |crm-bridge:)(\d+\.\d+\.\d+)/g),
      ];
      expect(named, path).not.to.be.empty;
      for (const [text, one] of named) expect(one, `${path}: ${text}`).to.equal(version);
    }
  });
});
