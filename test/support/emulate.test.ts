import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { startAccount } from './hubspot/emulate.ts';
import { startOrg } from './salesforce/emulate.ts';
import { configurationOnDisk, NODE_SERVE, spawnCommand, spawnService } from './process.ts';

const emulate = (...words: string[]) =>
  spawnCommand([process.execPath, 'test/support/emulate.ts', ...words]);

describe('emulate', () => {
  for (const name of ['salesforce', 'hubspot', 'rest']) {
    it(`prints a configuration for ${name} that passes \`check --live\` as it is`, async () => {
      await using child = emulate(name, '--port', '0');
      await child.saw(/\n# (Clear faults|Ask it yourself).*\n/);
      const lines = child.output().split('\n');
      const isCommand = / '?http/; // It is copied as one line.
      expect(lines.filter((line) => line.length > 100 && !isCommand.test(line))).to.deep.equal([]);
      await using configuration = await configurationOnDisk(child.output());
      const [node, main] = NODE_SERVE;
      await using check = spawnCommand([node, main, 'check', '--live', '-c', configuration.file]);
      const { code, stdout, stderr } = await check.ended();
      expect([code, stderr], stdout).to.deep.equal([0, '']);
      expect(stdout).to.match(/\nno problems\n$/);
    });

    it(`prints for ${name} the commands of a second terminal, which work`, async () => {
      await using child = emulate(name, '--port', '0');
      await child.saw(/\n# (Clear faults|Ask it yourself).*\n/);
      await using configuration = await configurationOnDisk(child.output());
      const printed = [...child.output().matchAll(/^# {3}npm run -s bridge -- (.*)$/gm)];
      const commands = printed.map(([, words = '']) => words.split(' '));
      expect(commands.map(([command]) => command)).to.deep.equal(['check', 'lookup']);
      for (const words of commands) {
        const [node, main] = NODE_SERVE;
        const { file } = configuration;
        const named = words.map((word) => (word === 'my-bridge.yaml' ? file : word));
        await using command = spawnCommand([node, main, ...named]);
        const { code, stderr } = await command.ended();
        expect([code, stderr], words.join(' ')).to.deep.equal([0, '']);
      }
    });

    it(`prints a configuration for ${name} that serves as pasted`, async () => {
      await using child = emulate(name, '--port', '0');
      await child.saw(/\n# (Clear faults|Ask it yourself).*\n/);
      const ports = 'server: { port: 0 }\nops: { port: 0 }\nlog: { format: json }\n';
      await using service = await spawnService(child.output() + ports);
      const [, email = ''] = /# Known(?: people)?: ([^,\s]+),/.exec(child.output()) ?? [];
      const path = `/v1/acme/contact/only-for-trying-it-out?email=${encodeURIComponent(email)}`;
      const response = await fetch(service.url + path);
      const { 'x-lookup-outcome': outcome } = Object.fromEntries(response.headers);
      expect([response.status, outcome], email).to.deep.equal([200, 'found']);
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

  for (const [name, body, message] of [
    [
      'salesforce',
      '{"on":"composit","kind":"hang"}',
      'on: Invalid option: expected one of "token"',
    ],
    ['salesforce', '{"on":"*","kind":"explode"}', 'kind: Invalid option: expected one of "hang"'],
    ['salesforce', '{"on":"*","kind":"hang","times":-1}', 'times: Too small'],
    ['salesforce', '{"on":"*","kind":"hang","time":1}', 'Unrecognized key: "time"'],
    ['salesforce', 'hang', 'the body is not JSON'],
    ['hubspot', '{"fault":"explode"}', 'fault: Invalid option: expected one of "hang"'],
    ['hubspot', '{"fault":"hang","only":"("}', 'only: Invalid regular expression'],
    ['hubspot', '{"fault":"hang","times":0.5}', 'times: Invalid input: expected int'],
    ['hubspot', '{"latency":"150"}', 'latency: Invalid input: expected number'],
    ['hubspot', '{}', 'needs fault or latency'],
  ] as const) {
    it(`refuses the fault ${body} for ${name}, and says why`, async () => {
      const { text, close } = await (name === 'hubspot' ? startAccount(0) : startOrg(0));
      try {
        const [, url = ''] = /emulated at (http\S+?)\. /.exec(text) ?? [];
        const response = await fetch(`${url}/__faults`, { method: 'POST', body });
        expect(response.status).to.equal(400);
        expect(await response.json())
          .to.have.property('message')
          .that.contains(message);
      } finally {
        await close();
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
