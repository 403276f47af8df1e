/** The set-up that is shipped for operators, loaded by the real process. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { bridgeYaml, ONE_TENANT } from '../support/service.ts';
import { spawnService } from '../support/process.ts';

const PATH = '/v1/acme/contact/acme-key-0123456789?email=jane@private.example';
const SET_UP = 'deploy/opentelemetry/otlp.mjs';

function command(endpoint: string): readonly string[] {
  const env = `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`;
  return ['env', env, process.execPath, '--import', `./${SET_UP}`, 'src/main.ts', 'serve'];
}

describe(SET_UP, () => {
  it('has sent the spans of the last requests when the process ends', async () => {
    const bodies: string[] = [];
    const collector = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      bodies.push(`${request.url ?? ''} ${Buffer.concat(chunks).toString('latin1')}`);
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    try {
      await using service = await spawnService(
        bridgeYaml(ONE_TENANT),
        command(`http://127.0.0.1:${port}`),
      );
      expect((await fetch(service.url + PATH)).status).to.equal(200);
      service.signal('SIGTERM');
      const { code, stdout } = await service.ended();
      expect(code, stdout).to.equal(0);
      const sent = bodies.join('\n');
      expect(sent).to.match(/^\/v1\/traces /);
      for (const word of ['snapengage-crm-bridge', 'GET /v1/{tenant}/contact/{key}', 'connector']) {
        expect(sent).to.include(word);
      }
      expect(sent).not.to.match(/private|acme-key|Known|127\.0\.0\.1|src\/main/);
    } finally {
      collector.close();
    }
  });

  it('ends in time without a collector', async () => {
    await using service = await spawnService(bridgeYaml(ONE_TENANT), command('http://127.0.0.1:1'));
    expect((await fetch(service.url + PATH)).status).to.equal(200);
    service.signal('SIGTERM');
    const { code, stdout } = await service.ended();
    expect(code).to.equal(0);
    expect(stdout).to.include('the last spans were not delivered');
  });

  it('is installed with the packages it was tried with', async () => {
    const read = async (file: string) =>
      JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, string>>;
    const shipped = (await read('deploy/opentelemetry/package.json'))['dependencies'];
    const { dependencies, devDependencies } = await read('package.json');
    expect({ ...dependencies, ...devDependencies }).to.include(shipped);
  });
});
