/** The commands in the guides. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runCommand } from '../support/service.ts';
import { ROOT } from './shipped.ts';

/** Ways to call the bridge; what is caught are the words it gets. */
const CALLS = [
  /^(?:sudo -u crm-bridge )?(?:\S*\/)?crm-bridge (.*)$/,
  /^npm run -s bridge -- (.*)$/,
  /^bridge (.*)$/,
  /^(?:kubectl|dc|docker compose) .*\bexec .*crm-bridge (.*)$/,
  /^(?:dc|docker compose) .*\bbridge (.*)$/,
  /^docker run .*(?:IMAGE|snapengage-crm-bridge:\S+) (.*)$/,
  /^(?:npx )?node .*src\/main\.ts (.*)$/,
];
/** A function for the shell, in one line. */
const FUNCTION = /^\w+\(\) \{ (.*); \}$/;

const BLOCK = /^```(\w*)\n(.*?)^```$/gms;

interface Guide {
  readonly name: string;
  /** How many commands of the bridge it has, at least. */
  readonly commands: number;
}

const GUIDES: readonly Guide[] = [
  { name: 'docs/deployment.md', commands: 12 },
  { name: 'docs/operations.md', commands: 12 },
  { name: 'docs/snapengage.md', commands: 3 },
];

for (const { name, commands } of GUIDES) {
  describe(`the commands in ${name}`, () => {
    const text = readFileSync(join(ROOT, name), 'utf8');
    const blocks = [...text.matchAll(BLOCK)].flatMap(([, language, code = '']) =>
      language === 'sh' ? [code] : [],
    );
    const spans = [...text.replace(BLOCK, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
    const functions = spans.filter((code) => FUNCTION.test(code));

    it('are what bash can read', () => {
      expect(blocks).not.to.be.empty;
      for (const code of [...blocks, ...functions]) {
        const { status, stderr } = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
        expect(status, `${stderr}${code}`).to.equal(0);
      }
    });

    it('ask the bridge for commands and options that its --help knows', async () => {
      const called = [...blocks.flatMap(simpleCommands), ...spans].flatMap(wordsForTheBridge);
      expect(called).to.have.lengthOf.at.least(commands);
      for (const words of called) {
        const call = words.join(' ');
        const { code, stdout, stderr } = await runCommand([...words, '--help'], { cwd: ROOT });
        expect(code, `${call}: ${stderr}`).to.equal(0);
        const known = stdout.match(/(?<=\s)--?\w+/g) ?? [];
        for (const option of words.filter((word) => word.startsWith('-'))) {
          expect(known, call).to.include(option);
        }
      }
    });
  });
}

/** @returns the commands of a script, without comments, and what stands in pipes and lists apart. */
function simpleCommands(script: string): readonly string[] {
  const lines = script.replaceAll(/\\\n\s*/g, '').split('\n');
  const commands = lines.flatMap((line) => line.replace(/(^|\s)#.*$/, '').split(/&&|\|\|?|;/));
  return commands.map((command) => command.trim());
}

/** @returns nothing for what does not call the bridge. */
function wordsForTheBridge(code: string): readonly (readonly string[])[] {
  const inside = FUNCTION.exec(code)?.[1]?.replace('"$@"', 'check --live') ?? code;
  const words = CALLS.map((call) => call.exec(inside)?.[1]).find((found) => found !== undefined);
  return words === undefined ? [] : [words.split(/\s+/).map((word) => word.replaceAll('"', ''))];
}
