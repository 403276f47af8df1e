import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from './shipped.ts';

/** The anchor that a heading gets where Markdown is shown. */
function anchorOf(heading: string): string {
  const words = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '');
  return words.trim().replaceAll(' ', '-');
}

async function anchorsIn(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

for (const name of ['docs/deployment.md', 'docs/snapengage.md', 'docs/operations.md']) {
  describe(name, () => {
    let text: string;
    before(async () => (text = await readFile(join(ROOT, name), 'utf8')));

    it('links to files and headings that exist', async () => {
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
      expect(links).to.have.lengthOf.above(3);
      for (const [link, path = '', anchor] of links) {
        const file = path === '' ? join(ROOT, name) : join(ROOT, dirname(name), path);
        expect(existsSync(file), link).to.be.true;
        if (anchor !== undefined) expect(await anchorsIn(file), link).to.include(anchor);
      }
    });

    it('names files of deploy/ that are there', () => {
      for (const [path] of text.matchAll(/\bdeploy\/(?!crm-bridge\b)[\w./-]*\w/g)) {
        expect(existsSync(join(ROOT, path)), path).to.be.true;
      }
    });
  });
}

describe('the way with systemd in docs/deployment.md', () => {
  it('installs every file of deploy/systemd', async () => {
    const text = await readFile(join(ROOT, 'docs/deployment.md'), 'utf8');
    for (const file of ['crm-bridge.service', 'crm-bridge.sysusers.conf', 'bridge.yaml']) {
      expect(text).to.contain(` deploy/systemd/${file} `);
    }
  });
});
