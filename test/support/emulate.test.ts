import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { configurationOnDisk, NODE_SERVE, spawnCommand } from './process.ts';

const emulate = (...words: string[]) =>
  spawnCommand([process.execPath, 'test/support/emulate.ts', ...words]);

describe('emulate', () => {
  for (const name of ['salesforce', 'hubspot', 'rest']) {
    it(`prints a configuration for ${name} that passes \`check --live\` as it is`, async () => {
      await using child = emulate(name, '--port', '0');
      await child.saw(/\n# (Clear faults|Ask it yourself).*\n/);
      await using configuration = await configurationOnDisk(child.output());
      const [node, main] = NODE_SERVE;
      await using check = spawnCommand([node, main, 'check', '--live', '-c', configuration.file]);
      const { code, stdout, stderr } = await check.ended();
      expect([code, stderr], stdout).to.deep.equal([0, '']);
    });

    it(`says in a sentence that the port of ${name} is in use`, async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      try {
        await using child = emulate(name, '--port', String(port));
        const { code, stdout, stderr } = await child.ended();
        expect(stderr).to.equal(
          `127.0.0.1:${port} is already in use: end the other program or name another --port\n`,
        );
        expect([code, stdout]).to.deep.equal([1, '']);
      } finally {
        other.close();
      }
    });
  }

  for (const words of [['--help'], ['salesforce', '-h']]) {
    it(`explains itself for \`${words.join(' ')}\``, async () => {
      await using child = emulate(...words);
      const { code, stdout, stderr } = await child.ended();
      expect(stdout).to.match(/^usage: emulate hubspot\|rest\|salesforce \[--port N\]\n\nRuns/);
      expect([code, stderr]).to.deep.equal([0, '']);
    });
  }

  for (const words of [[], ['pipedrive'], ['salesforce', '--prot', '1'], ['hubspot', '--port=x']]) {
    it(`shows how it is used for \`${words.join(' ')}\``, async () => {
      await using child = emulate(...words);
      const { code, stderr } = await child.ended();
      expect(stderr).to.equal('usage: emulate hubspot|rest|salesforce [--port N]\n');
      expect(code).to.equal(2);
    });
  }
});
