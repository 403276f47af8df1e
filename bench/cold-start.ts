/** Cold start: from starting the process to its first answer, and to `--help`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './arrivals.ts';
import { BUILT_MAIN, buildPackage, connectionTo, fromPackage, prepareBridge } from './bridge.ts';
import { keptEnvironment } from './child.ts';
import { pinned } from './cores.ts';
import { startCrm } from './crm.ts';
import type { Report, Setting } from './measurement.ts';
import { byHand, compileRivals, constant, EXPRESS, NODE_HTTP } from './rival.ts';
import { alternate } from './rounds.ts';
import { spreadOf } from './spread.ts';
import { accepts, type Program } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

interface Start extends Pick<Program, 'words' | 'env'> {
  readonly what: string;
  /** Where it is asked; without a port it is waited for until it ends. */
  readonly port?: number;
  /** Where it keeps compiled code; a start with an empty folder compiles everything. */
  readonly compiled?: 'kept' | 'none';
}

const OURS = 'snapengage-crm-bridge, Salesforce';
const GOAL_MS = 600;

export async function measureColdStart(setting: Setting): Promise<Report> {
  await buildPackage(setting);
  await using crm = await startCrm(setting, 'salesforce', 1);
  const starts = await whatToStart(setting, crm);
  for (const start of starts.filter(({ compiled }) => compiled === 'kept')) {
    setting.progress(`compiling: ${start.what}`);
    await timeOf(setting, start, 'SIGTERM');
  }
  const rounds = setting.quick ? 1 : 9;
  const times = await alternate(rounds, starts, (start, round) => {
    setting.progress(`round ${round} of ${rounds}: ${start.what}`);
    return timeOf(setting, start);
  });
  const rows = starts.map(({ what, port }, i) => ({
    what,
    until: port === undefined ? 'its end' : 'its first answer',
    ms: spreadOf(times[i] ?? []),
  }));
  return {
    title: 'Cold start',
    about: 'The built package by the pinned Node, the rivals as JavaScript too.',
    tables: [
      {
        title: 'From the start of the process',
        measured: [
          'The first answer is a lookup: with a CRM it brings the sign-in and the first query, at a CRM without latency.',
          'The product keeps compiled code between its starts; "nothing compiled" is without that.',
        ].join(' '),
        rounds,
        goal: {
          text: `the package answers the first lookup in Salesforce within ${GOAL_MS} ms`,
          isMet: rows.some(({ what, ms }) => what === OURS && ms.median <= GOAL_MS),
        },
        rows,
      },
    ],
  };
}

async function whatToStart(
  setting: Setting,
  crm: Parameters<typeof connectionTo>[0],
): Promise<readonly Start[]> {
  const withCrm = await prepareBridge(setting, { connections: { crm: connectionTo(crm) } });
  const people = join(setting.folder, 'people.csv');
  await writeFile(people, 'email,name,title\nvisitor-0@crowd.example,Visitor No. 0,Buyer\n');
  const withCsv = await prepareBridge(setting, {
    connections: { crm: { connector: 'csv', file: people } },
  });
  const [salesforce, csv] = [fromPackage(withCrm), fromPackage(withCsv)];
  const help = { words: [BUILT_MAIN, '--help'] };
  const rivals = [
    { what: NODE_HTTP, ...(await constant(NODE_HTTP, 'Visitor No. 0')) },
    { what: EXPRESS, ...(await constant(EXPRESS, 'Visitor No. 0')) },
    { what: '(c) written by hand, Salesforce', ...(await byHand(crm)) },
  ];
  const [kept, none] = [{ compiled: 'kept' }, { compiled: 'none' }] as const;
  return [
    { what: 'node, an empty program', words: ['-e', '0'] },
    ...(await compileRivals(rivals)),
    { what: 'snapengage-crm-bridge, CSV', ...csv, ...kept },
    { what: OURS, ...salesforce, ...kept },
    { what: `${OURS}, nothing compiled`, ...salesforce, ...none },
    { what: `${OURS}, from sources`, ...withCrm, ...kept },
    { what: 'snapengage-crm-bridge --help', ...help, ...kept },
    { what: 'snapengage-crm-bridge --help, nothing compiled', ...help, ...none },
  ];
}

/**
 * @param signal that ends it after its answer.
 * @returns milliseconds. @throws {Error} when the answer is not right.
 */
async function timeOf(
  { cores, folder }: Setting,
  { words, port, env, compiled, what }: Start,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<number> {
  if (port !== undefined && (await accepts(port))) throw new Error(`port ${port} is taken`);
  const cache =
    compiled === 'kept' ? join(folder, 'compiled') : await mkdtemp(join(folder, 'compiled-'));
  const [program = '', ...rest] = pinned(cores.server, [execPath, ...words]);
  const start = performance.now();
  const child = spawn(program, rest, {
    stdio: 'ignore',
    env: {
      ...keptEnvironment(),
      ...env,
      ...(port !== undefined && { PORT: `${port}` }),
      ...(compiled !== undefined && { NODE_COMPILE_CACHE: cache }),
    },
  });
  const ended = once(child, 'exit');
  try {
    if (port === undefined) {
      const [code] = (await ended) as [number | null];
      if (code !== 0) throw new Error(`${what} ended with ${code}`);
    } else await firstAnswer(port, child, what);
    return performance.now() - start;
  } finally {
    child.kill(signal);
    await ended;
  }
}

async function firstAnswer(port: number, child: ChildProcess, what: string): Promise<void> {
  for (;;) {
    const { status, text } = await ask({ port, timeoutMs: 20_000 }, targetOf(0));
    if (status === 200 && isAbout(0, text)) return;
    if (status !== 0 || child.exitCode !== null) throw new Error(`${what} did not answer: ${text}`);
    await pause(1);
  }
}
