import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatProblem } from '../../src/config/problem.ts';
import type { ConfigurationResult } from '../../src/config/load.ts';
import { load } from './load-fixture.ts';

/** What a key or token looks like. */
const token = fc
  .string({
    unit: fc.constantFrom(...Array.from('abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789')),
    minLength: 24,
    maxLength: 40,
  })
  .filter(
    (text) => /\d/.test(text.slice(0, 12)) && /\d/.test(text.slice(-12)) && /[a-z]/i.test(text),
  );

/** Any secret, such as a pass phrase; 8 characters or more that stand nowhere else. */
const phrase = fc
  .string({ unit: 'binary', minLength: 8, maxLength: 20 })
  .map((text) => `Zq${text.replace(/[\p{Cc}\p{Cs}]/gu, '')}qZ${text.length}Xj`);

interface Secrets {
  readonly inVariable: string;
  readonly inFile: string;
  readonly plain: readonly string[];
}

/** Secrets of both kinds, under keys of ours and of a connector, in every style of YAML. */
function configurationWith({ plain }: Secrets, quote: (text: string) => string): string {
  const [a, b, c, d, e, f] = plain.map(quote);
  return `ops: { host: 0.0.0.0, key: ${a} }
connections:
  people:
    connector: crm
    url: https://crm.example.com
    accessToken: ${b}
    auth: { flow: password, user: me, password: ${c} }
  vault:
    connector: crm
    url: "https://\${VARIABLE}.example.com"
    accessToken: "\${file:secret.txt}"
    privateKey: |
      ${plain[6]}
      ${plain[7]}
    auth:
      flow: token
      refreshToken: >-
        ${plain[8]}
tenants:
  acme:
    keys:
      - ${d}
      - "\${VARIABLE}"
    connections:
      - people
      - vault
    deadline: 3s
  beta:
    connections:
      - people
    keys:
      - ${f}
    deadline: 5s
  gamma: { keys: [${e}], connections: [people], timeZone: UTC }
`;
}

describe('secrets', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'bridge-'))));
  after(() => rmSync(folder, { recursive: true }));

  async function outputOf(text: string, secrets: Secrets): Promise<string> {
    writeFileSync(join(folder, 'bridge.yaml'), text);
    writeFileSync(join(folder, 'secret.txt'), `${secrets.inFile}\n`);
    const loaded = await load('bridge.yaml', {
      workingDir: folder,
      env: { VARIABLE: secrets.inVariable },
    });
    return shown(loaded);
  }

  function shown(loaded: ConfigurationResult): string {
    const problems = 'problems' in loaded ? loaded.problems : loaded.warnings;
    return problems.map((problem) => formatProblem(problem, { excerpt: true })).join('\n');
  }

  /** No piece of eight characters of any secret is shown. */
  function expectNone(output: string, secrets: Secrets): void {
    for (const secret of [secrets.inVariable, secrets.inFile, ...secrets.plain]) {
      for (let start = 0; start + 8 <= secret.length; start++) {
        const piece = secret.slice(start, start + 8);
        if (output.includes(piece)) expect.fail(`${JSON.stringify(piece)} is shown in\n${output}`);
      }
    }
  }

  const tokens = fc.record({
    inVariable: token,
    inFile: token,
    plain: fc.array(token, { minLength: 9, maxLength: 9 }),
  });

  it('are not shown when characters are lost, doubled or put in anywhere', async () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat(3),
      insert: fc.constantFrom(
        '',
        ...Array.from(' :,-#"\'[]{}&*!|>%@`?\t\n$'),
        ': ',
        ' #',
        '${',
        '\n  ',
        '- ',
        '<<: ',
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        tokens,
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        async (secrets, edits) => {
          const whole = configurationWith(secrets, (text) => text);
          const text = edits.reduce((before, { at, remove, insert }) => {
            const place = at % before.length;
            return before.slice(0, place) + insert + before.slice(place + remove);
          }, whole);
          expectNone(await outputOf(text, secrets), secrets);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are not shown when lines are lost, moved or indented in another way', async () => {
    const edit = fc.record({
      from: fc.nat(),
      to: fc.nat(),
      indent: fc.constantFrom('', '  ', '\t'),
      isCopy: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        tokens,
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        async (secrets, edits) => {
          const lines = configurationWith(secrets, (text) => text).split('\n');
          for (const { from, to, indent, isCopy } of edits) {
            const line = lines[from % lines.length] ?? '';
            if (!isCopy) lines.splice(from % lines.length, 1);
            lines.splice(to % lines.length, 0, indent + line.trim());
          }
          expectNone(await outputOf(lines.join('\n'), secrets), secrets);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are not shown where a lost line has put them under another key', async () => {
    await fc.assert(
      fc.asyncProperty(tokens, async (secrets) => {
        const whole = configurationWith(secrets, (text) => text);
        expectNone(
          await outputOf(whole.replace('- people\n    keys:\n', '- people\n'), secrets),
          secrets,
        );
      }),
      { numRuns: 20 },
    );
  });

  it('are not shown when other values than theirs are wrong, whatever characters they have', async () => {
    const phrases = fc.record({
      inVariable: phrase,
      inFile: phrase,
      plain: fc.array(phrase, { minLength: 9, maxLength: 9 }),
    });
    const wrong = fc.subarray(
      [
        ['deadline: 3s', 'deadline: 3'],
        ['deadline: 5s', 'deadlin: 5'],
        ['timeZone: UTC', 'timeZone: Nowhere'],
        ['flow: password', 'flow: none'],
        ['flow: token', 'flw: token'],
        ['host: 0.0.0.0', 'host: "?"'],
        ['connector: crm', 'connector: crmm'],
        ['keys:\n', 'kyes:\n'],
        ['accessToken: "', 'accesToken: "'],
        ['password: ', 'pasword: '],
        ['user: me', 'user: [me]'],
        ['keys: [', 'keys: [[], '],
        ['- vault', '- valt'],
        ['acme:', 'ac me:'],
      ] as const,
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(phrases, wrong, async (secrets, mistakes) => {
        const whole = configurationWith(secrets, (text) => JSON.stringify(text));
        const text = mistakes.reduce(
          (before, [right, bad]) => before.replace(right, () => bad),
          whole,
        );
        expectNone(await outputOf(text, secrets), secrets);
      }),
      { numRuns: 50 },
    );
  });
});
