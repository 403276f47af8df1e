/** What docs/templates.md says its examples print is what the commands that it gives print. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bridgeYaml, runCommand, startService } from '../support/service.ts';
import { blocksOf, cellsOf, PAGE, type Cell } from './docs-page.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('docs/templates.md says what its examples print, with the commands that it gives', () => {
  let demo: Demo;
  beforeEach(async () => (demo = await openDemo()));
  afterEach(() => demo.remove());

  /** `UPDATE_DOCS=1` writes what is printed into the page; look at the difference before you keep it. */
  async function compare(page: string, claims: readonly Claim[]): Promise<void> {
    if (process.env['UPDATE_DOCS'] === '1') {
      const write = (text: string, { at, says, printed }: Claim) =>
        text.slice(0, at) + printed + text.slice(at + says.length);
      await writeFile(PAGE, [...claims].sort((a, b) => b.at - a.at).reduce(write, page));
    } else {
      for (const { says, printed, what } of claims) expect(printed, what).to.equal(says);
    }
  }

  it('of templates', async () => {
    const page = await readFile(PAGE, 'utf8');
    const blocks = blocksOf(page);
    const jane = blocks.find(({ info }) => info === 'sh')?.code ?? '';
    let [command, example] = [jane, ''];
    const claims: Claim[] = [];
    for (const { info, code, at } of blocks) {
      const [language, name = 'found.liquid'] = info.split(' ');
      if (info === 'liquid wrong') break;
      if (info === 'sh') command = code;
      if (language === 'liquid') {
        await demo.write(name, code);
        if (name === 'found.liquid') [command, example] = [jane, code];
      }
      if (info === 'json') expect(await demo.run(command), command).to.include(code);
      if (info !== 'text') continue;
      claims.push({ at, says: code, printed: await demo.run(command), what: example });
    }
    expect(claims).to.have.length.above(19);
    await compare(page, claims);
  });

  it('of words, filters, patterns and pieces', async () => {
    const page = await readFile(PAGE, 'utf8');
    const cells = cellsOf(page);
    expect(cells).to.have.length.above(190);
    const jane = blocksOf(page).find(({ info }) => info === 'sh')?.code ?? '';
    const claims: Claim[] = [];
    for (const rows of groupsOf(cells)) {
      const who = rows[0]?.who ?? '';
      const template = rows.map(({ code }) => PRINT.replace('CODE', code)).join('\n');
      for (const outcome of ['found', 'unavailable'])
        await demo.write(`${outcome}.liquid`, template);
      const text = who === 'chat' ? await demo.chat() : await demo.run(commandFor(who, jane));
      text
        .trimEnd()
        .split('\n')
        .forEach((line, index) => {
          const { at = 0, says = '', code } = rows[index] ?? {};
          claims.push({ at, says, printed: escaped(line.slice(1, -1)), what: code });
        });
    }
    expect(claims).to.have.lengthOf(cells.length);
    await compare(page, claims);
  });
});

/** A sentence of the page, and what is true. */
interface Claim {
  readonly at: number;
  readonly says: string;
  readonly printed: string;
  readonly what: string | undefined;
}

interface Demo {
  /** @param name of a file in the tenant's folder of templates. */
  write(name: string, text: string): Promise<void>;
  /** @returns what a command of the page prints. */
  run(command: string): Promise<string>;
  /** @returns what is printed for a request by SnapEngage. */
  chat(): Promise<string>;
  remove(): Promise<void>;
}

/** Without the line break that some pieces end with. */
const PRINT = '{% capture value %}CODE{% endcapture %}={{ value | strip_newlines }}=';

async function openDemo(): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'docs-'));
  await cp(join(ROOT, 'config'), join(folder, 'config'), { recursive: true });
  const file = join(folder, 'config/examples/templates.yaml');
  const yaml = await readFile(file, 'utf8');
  return {
    write: (name, text) => writeFile(join(folder, 'config/examples/templates/acme', name), text),
    async run(command) {
      const [, words = ''] = command.trim().split('npm run -s bridge -- ');
      const { code, stdout, stderr } = await runCommand(words.split(' '), { cwd: folder });
      if (code !== 0) throw new Error(`${command}\n${stderr}`);
      return stdout;
    },
    async chat() {
      const service = await startService({
        files: {
          'bridge.yaml': bridgeYaml(
            yaml
              .replace(/'sha256:0+'/u, 'key-of-acme-0123456789')
              .replaceAll('../demo', join(folder, 'config/demo'))
              .replace('templatesDir: ', `templatesDir: ${join(folder, 'config/examples')}/`),
          ),
        },
      });
      const query = new URLSearchParams(REQUEST).toString();
      const answer = await fetch(`${service.url}/v1/acme/contact/key-of-acme-0123456789?${query}`);
      const text = await answer.text();
      await service.close();
      return text;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

const REQUEST = {
  email: 'jane.doe@acme.example',
  ip: '203.0.113.7',
  url: 'https://www.example.com/pricing?plan=pro',
  caseId: 'b88d3c4d-c402-4673-8e5b-68778eac45cb',
};

/** Rows about one person, no more than are rendered in a moment. */
function groupsOf(cells: readonly Cell[]): readonly (readonly Cell[])[] {
  const people = [...new Set(cells.map((cell) => cell.who))];
  return people.flatMap((who) => {
    const rows = cells.filter((cell) => cell.who === who);
    const starts = Array.from({ length: Math.ceil(rows.length / 30) }, (_, index) => index * 30);
    return starts.map((start) => rows.slice(start, start + 30));
  });
}

/** The command for whom a table has in brackets. */
function commandFor(who: string, jane: string): string {
  const people: Readonly<Record<string, string>> = {
    Léa: 'lea.martin@cafe-lumiere.example',
    Sam: 'sam.taylor@hooli.example',
    Hank: 'hank.scorpio@globex.example',
  };
  const email = people[who];
  if (email !== undefined) return jane.replace('jane.doe@acme.example', email);
  return who === '' ? jane : `${jane.trim()} --as ${who}`;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
