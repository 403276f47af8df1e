import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { installed } from './proxies.ts';
import { checkShipped, ROOT } from './shipped.ts';
import { skipUnless } from './skip-unless.ts';

const run = promisify(execFile);
const UNIT = 'deploy/systemd/crm-bridge.service';
const DROP_IN = 'deploy/opentelemetry/crm-bridge.conf';

describe('the systemd unit', () => {
  let unit: string;
  before(async () => (unit = await readFile(join(ROOT, UNIT), 'utf8')));
  /** All values of a setting, in their order. */
  const values = (name: string) =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value);

  describe('seen by systemd-analyze', () => {
    const analyze = installed('systemd-analyze');
    let folder: string;
    before(async function () {
      const missing = 'not installed: systemd-analyze; on Debian: apt-get install systemd';
      skipUnless(analyze !== undefined, missing, { context: this });
      folder = await mkdtemp(join(tmpdir(), 'crm-bridge-systemd-'));
      // It looks whether the program is there.
      const here = unit.replace('/usr/bin/node', process.execPath);
      await writeFile(join(folder, 'crm-bridge.service'), here);
    });
    after(() => folder && rm(folder, { recursive: true, force: true }));

    const complaints = async () => {
      const words = ['verify', '--man=no', join(folder, 'crm-bridge.service')];
      const { stdout, stderr } = await run(analyze ?? '', words);
      return `${stdout}${stderr}`;
    };

    it('holds no mistake', async () => expect(await complaints()).to.equal(''));

    it('holds none with the drop-in for OpenTelemetry either', async () => {
      const beside = join(folder, 'crm-bridge.service.d');
      await mkdir(beside);
      await cp(join(ROOT, DROP_IN), join(beside, 'opentelemetry.conf'));
      expect(await complaints()).to.equal('');
      await writeFile(join(beside, 'wrong.conf'), '[Service]\nMisspelt=yes\n');
      expect(await complaints()).to.contain('Misspelt');
      await rm(beside, { recursive: true });
    });

    it('exposes little: 1.5 of 10 at most', async () => {
      // Exits with 1 above the threshold, which is in tenths.
      const { stdout } = await run(analyze ?? '', [
        ...['security', '--offline=yes', '--threshold=15', join(folder, 'crm-bridge.service')],
      ]);
      expect(stdout).to.match(/exposure level/i);
    });
  });

  it('lets V8 compile, and waits longer for the end than drainTimeout', async () => {
    expect(values('MemoryDenyWriteExecute')).to.deep.equal(['no']);
    const { configuration } = await checkShipped('deploy/systemd/bridge.yaml');
    expect(Number(values('TimeoutStopSec')[0]) * 1000).to.be.above(
      configuration.server.drainTimeout,
    );
  });

  it('starts what the package installs, as a user that sysusers makes', async () => {
    const { name, bin } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly bin: Readonly<Record<string, string>>;
    };
    expect(values('ExecStart')).to.deep.equal([
      `/usr/bin/node --max-semi-space-size=8 node_modules/${name}/${bin['crm-bridge'] ?? ''} serve`,
    ]);
    const users = await readFile(join(ROOT, 'deploy/systemd/crm-bridge.sysusers.conf'), 'utf8');
    expect(users).to.match(new RegExp(`^u ${values('User')[0] ?? ''} `, 'm'));
  });

  it('comes with a configuration that passes the check and listens on this machine only', async () => {
    const { code, printed, configuration, secrets } = await checkShipped(
      'deploy/systemd/bridge.yaml',
    );
    expect(code, printed).to.equal(0);
    expect(printed).not.to.match(/warning/i);
    expect(secrets).to.deep.equal(['hubspot_token']);
    expect(configuration.server.host).to.equal('127.0.0.1');
    expect(configuration.ops.host).to.equal('127.0.0.1');
  });
});
