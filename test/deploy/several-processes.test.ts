/** nginx in front of two processes: an address always has the same cache, and is answered while its process is down. */
import { expect } from 'chai';
import { startService, type Service } from '../support/service.ts';
import { ask, installed, startNginx, type Proxy } from './proxies.ts';

const KEY = 'acme-key-0123456789';
const EMAILS = Array.from({ length: 20 }, (_, i) => `visitor-${i}@b.example`);

/** As docs/deployment.md says, with a variable for the port; each answers with its name. */
const yaml = `
server: { host: 127.0.0.1, port: "\${CRM_BRIDGE_PORT}" }
ops: { host: 127.0.0.1, port: 0 }
connections: { people: { connector: csv, file: people.csv } }
tenants: { acme: { keys: [${KEY}], connections: [people] } }
`;

const start = (name: string): Promise<Service> => {
  const rows = EMAILS.map((email) => `${email},Answered by ${name}\n`);
  const files = { 'bridge.yaml': yaml, 'people.csv': `email,name\n${rows.join('')}` };
  return startService({ files, env: { CRM_BRIDGE_PORT: '0' } });
};
const portOf = ({ url }: Service) => Number(new URL(url).port);

describe('two processes behind nginx, as deploy/nginx has them in comments', () => {
  let services: readonly Service[] = [];
  let nginx: Proxy | undefined;

  before(async function () {
    const program = installed('nginx');
    if (program === undefined) {
      if (process.env['CI'] !== undefined) throw new Error('nginx is not installed');
      return this.skip();
    }
    const [one, two] = [await start('one'), await start('two')];
    services = [one, two];
    nginx = await startNginx(program, portOf(one), portOf(two));
  });
  after(async () => {
    await nginx?.[Symbol.asyncDispose]();
    for (const service of services) await service.close();
  });

  /** Which process answers for each address. */
  async function answering(): Promise<readonly (string | undefined)[]> {
    const names: (string | undefined)[] = [];
    for (const email of EMAILS) {
      const path = `/v1/acme/contact/${KEY}?email=${encodeURIComponent(email)}`;
      const { text } = await ask({ port: nginx?.port ?? 0, path });
      names.push(/Answered by (\w+)/.exec(text)?.[1]);
    }
    return names;
  }

  it('share the addresses, each of which keeps its process; the other one takes over when it is down', async () => {
    const first = await answering();
    expect(new Set(first)).to.deep.equal(new Set(['one', 'two']));
    expect(await answering()).to.deep.equal(first);
    await services[0]?.close();
    expect(await answering()).to.deep.equal(EMAILS.map(() => 'two'));
  });
});
