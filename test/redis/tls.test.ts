/** Redis behind TLS. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createAuthority, type Authority } from '../support/certificates.ts';
import { freePort, startRedis, type RedisServer } from '../support/redis-server.ts';
import { openShared, until } from '../support/shared-redis.ts';

describe('a Redis with rediss://', () => {
  let authority: Authority;
  let folder: string;
  let redis: RedisServer | undefined;
  let port: number;
  before(async function () {
    authority = await createAuthority();
    folder = await mkdtemp(join(tmpdir(), 'redis-tls-'));
    const { key, cert } = await authority.issue('localhost');
    await writeFile(join(folder, 'key.pem'), key);
    await writeFile(join(folder, 'cert.pem'), cert);
    port = await freePort();
    const files = ['--tls-key-file', join(folder, 'key.pem')];
    files.push('--tls-cert-file', join(folder, 'cert.pem'), '--tls-ca-cert-file', authority.file);
    const tls = ['--tls-port', String(port), '--tls-auth-clients', 'no', ...files];
    redis = await startRedis(this, ...tls);
  });
  after(async () => {
    await redis?.remove();
    await rm(folder, { recursive: true, force: true });
    await authority[Symbol.asyncDispose]();
  });

  it('is joined when its certificate is trusted', async () => {
    const distrust = authority.trust();
    const { shared } = openShared({ url: `rediss://localhost:${port}` });
    try {
      await until(() => shared.status().isJoined, 'joined');
    } finally {
      shared.close();
      distrust();
    }
  });

  for (const [what, host, isTrusted] of [
    ['of an unknown authority', 'localhost', false],
    ['for another name', '127.0.0.1', true],
  ] as const)
    it(`is not joined with a certificate ${what}`, async () => {
      const distrust = isTrusted ? authority.trust() : () => undefined;
      const { shared } = openShared({ url: `rediss://${host}:${port}` });
      try {
        await until(() => shared.status().problem === 'Redis is not reachable', 'not joined');
        expect(shared.status().isJoined).to.equal(false);
      } finally {
        shared.close();
        distrust();
      }
    });
});
