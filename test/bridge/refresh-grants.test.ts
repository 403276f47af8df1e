/** Refresh tokens that are replaced with every use, in one process without a shared store. */
import { expect } from 'chai';
import { bridgeYaml, startService, type Service } from '../support/service.ts';
import { ROTATING_CRMS, type RotatingCrm } from '../support/rotating-crms.ts';

const KEY = 'acme-key-0123456789';

describe('a refresh token that rotates', () => {
  let crm: RotatingCrm | undefined;
  let service: Service | undefined;
  afterEach(async () => {
    await service?.close();
    await crm?.close();
  });

  /** @returns the outcome of a lookup that the cache does not answer. */
  async function look(email: string): Promise<string | null> {
    await fetch(`${service?.opsUrl ?? ''}/cache/acme`, { method: 'DELETE' });
    const query = `email=${encodeURIComponent(email)}`;
    const answer = await fetch(`${service?.url ?? ''}/v1/acme/contact/${KEY}?${query}`);
    await answer.text();
    return answer.headers.get('x-lookup-outcome');
  }

  for (const [name, start] of Object.entries(ROTATING_CRMS))
    it(`of ${name} is the newest one after a reload, too`, async () => {
      crm = await start();
      const yaml = (limits: string) =>
        bridgeYaml(`
connections: { crm: ${(crm?.connection ?? '').replace('{', `{"limits":${limits},`)} }
tenants: { acme: { keys: [${KEY}], connections: [crm], deadline: 3s } }
`);
      service = await startService({ files: { 'bridge.yaml': yaml('{"deals":5}') } });
      expect(await look(crm.email)).to.equal('found');
      crm.expire();
      expect(await look(crm.email)).to.equal('found');
      await service.write('bridge.yaml', yaml('{"deals":1}'));
      await fetch(`${service.opsUrl}/-/reload`, { method: 'POST' });
      crm.expire();
      expect(await look(crm.email)).to.equal('found');
    });
});
