import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Report } from '../../bench/measurement.ts';
import { BY_HAND, RIVALS } from '../../bench/rival.ts';

const run = promisify(execFile);

describe('npm run bench', () => {
  it('measures for real and prints JSON with what was measured, rounds and figures', async () => {
    const { stdout, stderr } = await bench('slow-crm', '--quick', '--json');
    const { quick, commit, machine, rivals, reports } = JSON.parse(stdout) as Printed;
    expect(stderr).to.equal('');
    expect({ quick, rivals }).to.deep.equal({ quick: true, rivals: RIVALS });
    expect([commit, machine]).to.not.include('');
    expect(Object.keys(reports)).to.deep.equal(['slow-crm']);
    const [table] = reports['slow-crm']?.tables ?? [];
    expect(table?.rounds).to.equal(1);
    expect(table?.measured).to.be.a('string').that.is.not.empty;
    expect(table?.goal?.isMet).to.be.a('boolean');
    expect(table?.rows.map(({ server }) => server)).to.deep.equal([
      BY_HAND,
      'snapengage-crm-bridge',
    ]);
    for (const { server, ...figures } of table?.rows ?? []) {
      for (const [heading, figure] of Object.entries(figures)) {
        expect(figure, `${String(server)}, ${heading}`).to.have.all.keys('median', 'min', 'max');
      }
    }
  });

  it('says which measurements there are when it is asked for another', async () => {
    const failed = await bench('speed').catch((error: unknown) => error as Failed);
    expect(failed).to.include({ code: 2 });
    expect(failed.stderr).to.match(
      /unknown measurement speed[^]*instead, cached, misses, full-load, economy/,
    );
  });
});

interface Printed {
  readonly quick: boolean;
  readonly commit: string;
  readonly machine: string;
  readonly rivals: typeof RIVALS;
  readonly reports: Readonly<Record<string, Report>>;
}

interface Failed {
  readonly code?: number;
  readonly stderr: string;
}

function bench(...words: readonly string[]) {
  return run(process.execPath, ['bench/main.ts', ...words], {
    cwd: `${import.meta.dirname}/../..`,
  });
}
