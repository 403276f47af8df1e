/** A CRM that cannot be reached: every place where an operator looks names the cause. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { describeHealth } from '../src/bridge/health.ts';
import { createAuthority, listenTls } from './support/certificates.ts';
import { runCommand, startService, bridgeYaml } from './support/service.ts';

const KEY = 'acme-key-0123456789';
const TENANT = `tenants: { acme: { keys: [${KEY}], connections: [crm] } }`;
const hubspot = (baseUrl: string) =>
  bridgeYaml(`
connections: { crm: { connector: hubspot, accessToken: pat-eu1-not-a-token, baseUrl: "${baseUrl}" } }
${TENANT}`);
const salesforce = (loginUrl: string) =>
  bridgeYaml(`
connections:
  crm:
    connector: salesforce
    loginUrl: "${loginUrl}"
    auth: { flow: clientCredentials, clientId: an-id, clientSecret: plainly-secret }
${TENANT}`);

/** What `check --live`, `lookup --trace`, `/health` and the log say. */
async function everywhere(yaml: string): Promise<Readonly<Record<string, string>>> {
  const cwd = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
  const command = async (...words: string[]) => {
    const { stdout, stderr } = await runCommand([...words, '--config', 'bridge.yaml'], { cwd });
    return stdout + stderr;
  };
  try {
    await writeFile(join(cwd, 'bridge.yaml'), yaml);
    const check = await command('check', '--live');
    const trace = await command('lookup', 'acme', 'jane@b.example', '--trace');
    const service = await startService({ files: { 'bridge.yaml': yaml } });
    const answer = await fetch(`${service.url}/v1/acme/contact/${KEY}?email=jane@b.example`);
    expect(answer.headers.get('x-lookup-outcome')).to.equal('unavailable');
    const health = (await (await fetch(`${service.opsUrl}/health`)).json()) as ReturnType<
      typeof describeHealth
    >;
    await service.close();
    const failed = service
      .output()
      .split('\n')
      .filter((line) => line.includes('a call to the CRM failed'));
    return {
      check,
      trace,
      output: health.output ?? '',
      lastError: health.connections['crm']?.lastError?.reason ?? '',
      log: failed.join('\n'),
    };
  } finally {
    await rm(cwd, { recursive: true });
  }
}

describe('a CRM out of reach', () => {
  for (const [connector, yaml] of Object.entries({ hubspot, salesforce })) {
    it(`is explained everywhere when its certificate is not trusted (${connector})`, async () => {
      await using authority = await createAuthority();
      await using server = await listenTls(await authority.issue('localhost'));
      const places = await everywhere(yaml(`https://localhost:${server.port}`));
      for (const [place, text] of Object.entries(places)) {
        expect(text, place).to.match(/its certificate is not trusted here.*NODE_EXTRA_CA_CERTS/);
      }
    });

    it(`is explained everywhere when its host is not found (${connector})`, async () => {
      const places = await everywhere(yaml('https://acme.nowhere.invalid'));
      for (const [place, text] of Object.entries(places)) {
        expect(text, place).to.match(
          /acme\.nowhere\.invalid cannot be reached: the host is not found/,
        );
      }
    });
  }
});
