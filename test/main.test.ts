import { expect } from 'chai';
import { spawnCommand } from './support/process.ts';

/** Prints the URL of every module that is loaded, CommonJS included. */
const PRINT_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, next) {
      process.stderr.write(url + '\\n');
      return next(url, context);
    },
  });
`)}`;

describe('the process', () => {
  for (const command of [
    ['lookup', 'demo', 'jane.doe@acme.example'],
    ['check', '--live'],
  ]) {
    it(`loads no Express for crm-bridge ${command.join(' ')}`, async () => {
      const argv = [process.execPath, '--import', PRINT_MODULES, 'src/main.ts', ...command];
      await using child = spawnCommand(argv);
      const { code, stderr } = await child.ended();
      expect(code).to.equal(0);
      // Winston is CommonJS like Express, so the hook would have seen it.
      expect(stderr).to.match(/\/node_modules\/winston\//);
      expect(stderr.split('\n').filter((url) => /\/(express|src\/http)\//.test(url))).to.deep.equal(
        [],
      );
    });
  }
});
