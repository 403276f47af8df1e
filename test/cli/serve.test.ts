import { expect } from 'chai';
import { configurationOnDisk, NODE_SERVE, spawnCommand } from '../support/process.ts';
import { bridgeYaml, ONE_TENANT } from '../support/service.ts';

describe('serve, on a signal while it starts', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`exits at once with 0 on ${signal} and reports it`, async () => {
      const never = ONE_TENANT.replace('connector: moody', 'connector: stubborn, opens: false');
      await using configuration = await configurationOnDisk(bridgeYaml(never));
      await using child = spawnCommand([...NODE_SERVE, '--config', configuration.file]);
      await child.saw(/opening/);
      child.signal(signal);
      const { code, stderr } = await child.ended();
      expect([code, stderr]).to.deep.equal([0, `${signal} before the service was ready: ended\n`]);
    });
  }

  it('goes on starting on SIGHUP', async () => {
    const never = ONE_TENANT.replace('connector: moody', 'connector: stubborn, opens: false');
    await using configuration = await configurationOnDisk(bridgeYaml(never));
    await using child = spawnCommand([...NODE_SERVE, '--config', configuration.file]);
    await child.saw(/opening/);
    child.signal('SIGHUP');
    child.signal('SIGTERM');
    const { code, signal } = await child.ended();
    expect([code, signal]).to.deep.equal([0, null]);
  });
});
