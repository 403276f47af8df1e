/** `check --live` with a Redis that several processes share. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { bridgeYaml, ONE_TENANT, runCommand } from '../support/service.ts';

describe('check --live with a shared store', () => {
  let redis: RedisServer;
  let cwd: string;
  before(async function () {
    redis = await startRedis(this, '--requirepass', 'secret-of-redis');
    cwd = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
  });
  after(async () => {
    await redis.remove();
    await rm(cwd, { recursive: true, force: true });
  });

  const check = async (url: string) => {
    const shared = `shared: { url: ${JSON.stringify(url)} }\n`;
    await writeFile(join(cwd, 'bridge.yaml'), bridgeYaml(ONE_TENANT + shared));
    return runCommand(['check', '--live', '--config', 'bridge.yaml'], { cwd });
  };

  it('joins it', async () => {
    const { code, stdout } = await check(`redis://:secret-of-redis@127.0.0.1:${redis.port}`);
    expect(stdout).to.match(/^shared +ok +joined$/m);
    expect(code).to.equal(0);
  });

  it('says that it refuses the password, and exits with 1', async () => {
    const { code, stdout, stderr } = await check(`redis://:wrong-one@127.0.0.1:${redis.port}`);
    expect(stdout).to.match(/^shared +error +Redis refused/m);
    expect(stdout + stderr).not.to.include('wrong-one');
    expect(code).to.equal(1);
  });
});
