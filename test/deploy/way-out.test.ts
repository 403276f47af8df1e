/** The way to a CRM through a company's network, by the variables that docs/deployment.md names. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import { createAuthority, type Authority } from '../support/certificates.ts';
import { startHubSpotEmulator, TOKEN } from '../support/hubspot/emulator.ts';
import { people } from '../support/hubspot/people.ts';
import { configurationOnDisk, NODE_SERVE, spawnCommand, type Ended } from '../support/process.ts';

describe('a CRM behind an HTTP proxy, with a certificate of a private authority', () => {
  let authority: Authority;
  let crm: Awaited<ReturnType<typeof startHubSpotEmulator>>;
  let connected: string[];
  const proxy = createServer();
  const front = { port: 0, close: async () => {} };
  const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  before(async () => {
    authority = await createAuthority();
    crm = await startHubSpotEmulator();
    const tls = createTlsServer(await authority.issue('localhost'), (socket) => {
      const upstream = connect(Number(new URL(crm.url).port), '127.0.0.1');
      socket.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => socket.destroy()).pipe(socket);
    });
    await once(tls.listen(0, 'localhost'), 'listening');
    front.port = (tls.address() as AddressInfo).port;
    front.close = async () => void (await once(tls.close(), 'close'));
    proxy.on('connect', ({ url = '' }, socket) => {
      connected.push(url);
      const upstream = connect(front.port, 'localhost', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      socket.on('error', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
  });
  beforeEach(() => (connected = []));
  after(async () => {
    await once(proxy.close(), 'close');
    await front.close();
    await crm.close();
    await authority[Symbol.asyncDispose]();
  });

  async function lookUp(variables: Readonly<Record<string, string>>): Promise<Ended> {
    const url = `https://localhost:${front.port}`;
    await using configuration = await configurationOnDisk(
      `connections: { crm: { connector: hubspot, accessToken: ${TOKEN}, baseUrl: "${url}" } }
tenants: { acme: { keys: [acme-key-0123456789], connections: [crm] } }
`,
    );
    const environment = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const [node, main] = NODE_SERVE;
    const words = [main, 'lookup', 'acme', people.ada, '--config', configuration.file];
    await using command = spawnCommand(['env', ...environment, node, ...words]);
    return await command.ended();
  }

  for (const envProxy of ['0', '1']) {
    it(`is found by HTTPS_PROXY and NODE_EXTRA_CA_CERTS, with NODE_USE_ENV_PROXY=${envProxy}`, async () => {
      const variables = { HTTPS_PROXY: proxyUrl(), NODE_EXTRA_CA_CERTS: authority.file };
      const { code, stdout, stderr } = await lookUp({ ...variables, NODE_USE_ENV_PROXY: envProxy });
      expect([code, stderr]).to.deep.equal([0, '']);
      expect(stdout).to.match(/^Ada/);
      expect(new Set(connected)).to.deep.equal(new Set([`localhost:${front.port}`]));
    });
  }

  it('is called directly when NO_PROXY names it', async () => {
    const variables = { HTTPS_PROXY: proxyUrl(), NODE_EXTRA_CA_CERTS: authority.file };
    expect(await lookUp({ ...variables, NO_PROXY: 'localhost' })).to.include({ code: 0 });
    expect(connected).to.deep.equal([]);
  });

  it('is not trusted without NODE_EXTRA_CA_CERTS', async () => {
    const { code, stderr } = await lookUp({ HTTPS_PROXY: proxyUrl() });
    expect(code).to.equal(1);
    expect(stderr).to.contain('no answer from crm (unavailable)');
  });
});
