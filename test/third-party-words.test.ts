/** Messages of third-party connectors are shown to operators, without the secrets of the configuration. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import supertest from 'supertest';
import { bridgeYaml, runCommand, startService } from './support/service.ts';

const TOKEN = 'plainly-secret';
const LINE = 'correct horse battery';
const SECRETS = new RegExp(`${TOKEN}|${LINE}`);
const env = { THE_LINE: LINE };
const yaml = (fails: string) =>
  bridgeYaml(`
connections: { crm: { connector: talkative, token: ${TOKEN}, line: "\${THE_LINE}", fails: ${fails} } }
tenants: { acme: { keys: [acme-key-0123456789], connections: [crm] } }
`);

async function run(fails: string, words: readonly string[]) {
  const cwd = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
  try {
    await writeFile(join(cwd, 'bridge.yaml'), yaml(fails));
    const { stdout, stderr, ...rest } = await runCommand([...words, '--config', 'bridge.yaml'], {
      cwd,
      env,
    });
    return { ...rest, text: stdout + stderr };
  } finally {
    await rm(cwd, { recursive: true });
  }
}

describe("a connector's words", () => {
  it('when it cannot be opened hold no secret of its settings', async () => {
    const { code, text } = await run('open', ['check']);
    expect(code).to.equal(1);
    expect(text).to.contain('cannot open: token … and line …').and.not.match(SECRETS);
  });

  it('from a check hold none, found or thrown', async () => {
    for (const fails of ['nowhere', 'check']) {
      const { text } = await run(fails, ['check', '--live']);
      expect(text).to.contain('token … and line …').and.not.match(SECRETS);
    }
  });

  it('in a trace hold none', async () => {
    const { text } = await run('nowhere', ['lookup', 'acme', 'jane@b.example', '--trace']);
    expect(text).not.to.match(SECRETS);
  });

  it('in logs, notices and /debug/lookup hold none', async () => {
    const service = await startService({ files: { 'bridge.yaml': yaml('nowhere') }, env });
    const ops = supertest(service.opsUrl);
    const traced = await ops.get('/debug/lookup?tenant=acme&email=jane@b.example');
    const health = (await ops.get('/health')).text;
    await service.close();
    expect(health).to.contain('token … and line …').and.not.match(SECRETS);
    expect(traced.text).not.to.match(SECRETS);
    expect(service.output()).to.contain('token … and line …').and.not.match(SECRETS);
  });
});
