import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../..');
const OPTION = '--max-semi-space-size=8';

describe('"The unit, the image and npm start" of docs/deployment.md', () => {
  for (const [file, line] of [
    ['package.json', `"start": "exec node ${OPTION} src/main.ts serve"`],
    ['Dockerfile', `NODE_OPTIONS=${OPTION} `],
    ['deploy/systemd/crm-bridge.service', `ExecStart=/usr/bin/node ${OPTION} `],
    ['docs/deployment.md', `set \`NODE_OPTIONS=${OPTION}\``],
  ] as const) {
    it(`give Node the option (${file})`, async () => {
      expect(await readFile(join(ROOT, file), 'utf8')).to.contain(line);
    });
  }
});
