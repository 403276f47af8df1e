import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

describe('A closed connection', () => {
  it('leaves nothing behind that keeps the process alive, though its CRM hangs', async function () {
    this.timeout(60_000);
    // Without a timer left the process ends by itself; else it would go on for ten minutes.
    const script = join(import.meta.dirname, 'closing-process.ts');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], {
      timeout: 50_000,
    });
    expect(stdout, stderr).to.equal('22 given up');
  });
});
