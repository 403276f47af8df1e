/** How long connections rest for what another process has met, also after the clock of Redis was set back. */
import { expect } from 'chai';
import { SharedRests } from '../../src/bridge/shared-rests.ts';
import { SYSTEM_CLOCK } from '../../src/model/clock.ts';
import { uniquePrefix, until, useRedis } from '../support/shared-redis.ts';
import { openTestConnection } from '../support/test-connection.ts';

const HOUR = 3_600_000;

describe('a rest over several processes', () => {
  const redis = useRedis();
  let prefix: string;
  beforeEach(() => {
    prefix = uniquePrefix();
  });

  async function startProcess() {
    const { connection, clock } = openTestConnection();
    const test = redis.open({ prefix });
    const rests = new SharedRests(test.shared, () => new Map([[connection.name, connection]]));
    await test.shared.settled;
    const { configuration } = connection;
    const [name] = test.shared.sealing.names(
      'r',
      `${connection.name} ${configuration.fingerprint}`,
    );
    return {
      ...{ rests, connection, name, shared: test.shared },
      leftMs: () => (connection.status().openUntil ?? clock.now()) - clock.now(),
      share: (ms: number) => rests.share(configuration, 'rate_limited', ms),
      /** Writes a rest as the clock of Redis had it before it was set back an hour. */
      writeBefore: (ms: number) => {
        const content = { reason: 'rate_limited', begunAt: SYSTEM_CLOCK.now() + HOUR, ms };
        const sealed = test.shared.sealing.seal(name, JSON.stringify(content));
        return test.shared.run('rest', SET, [name], [sealed, HOUR + ms]);
      },
    };
  }
  const SET = { text: `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])` };

  it('lasts as long in each, and the longer one is kept', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    await one.share(30_000);
    await until(() => two.leftMs() > 0, 'rests');
    expect(two.leftMs()).to.be.within(25_000, 30_000);
    await two.share(10_000);
    expect(Number(await redis.server.cli('pttl', one.name))).to.be.within(25_000, 30_000);
    await two.share(60_000);
    const three = await startProcess();
    expect(three.leftMs()).to.be.within(55_000, 60_000);
  });

  it('lasts no longer than it was to last, however long Redis keeps it', async () => {
    const one = await startProcess();
    await one.share(2000);
    await redis.server.cli('pexpire', one.name, String(HOUR));
    const two = await startProcess();
    expect(two.leftMs()).to.be.within(1, 2000);
    await until(async () => (await startProcess()).leftMs() === 0, 'over', 4000);
    await one.share(5000);
    expect(Number(await redis.server.cli('pttl', one.name))).to.be.within(1, 5000);
  });

  it('from before the clock was set back is none, and makes room for a new one', async () => {
    const one = await startProcess();
    await one.writeBefore(30_000);
    expect((await startProcess()).leftMs()).to.equal(0);
    await one.share(5000);
    expect(Number(await redis.server.cli('pttl', one.name))).to.be.within(1, 5000);
    expect((await startProcess()).leftMs()).to.be.within(1, 5000);
    // A process that was there when it was set back deletes what it would keep for an hour.
    await one.writeBefore(30_000);
    one.shared.time.ask()(SYSTEM_CLOCK.now() + HOUR);
    await until(async () => (await redis.server.cli('exists', one.name)) === '0', 'deleted', 2500);
  });
});
