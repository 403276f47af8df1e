/** Cold start: from starting the process to its first answer, and to `--help`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './arrivals.ts';
import { connectionTo, MAIN, prepareBridge } from './bridge.ts';
import { keptEnvironment } from './child.ts';
import { pinned } from './cores.ts';
import { startCrm } from './crm.ts';
import type { Report, Setting } from './measurement.ts';
import { byHand, constant, EXPRESS, NODE_HTTP } from './rival.ts';
import { alternate } from './rounds.ts';
import { spreadOf } from './spread.ts';
import { accepts, type Program } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

interface Start extends Pick<Program, 'words' | 'env'> {
  readonly what: string;
  /** Where it is asked; without a port it is waited for until it ends. */
  readonly port?: number;
  /** What V8 made of the sources before is not there. */
  readonly isFirst?: boolean;
}

export async function measureColdStart(setting: Setting): Promise<Report> {
  await using crm = await startCrm(setting, 'salesforce', 1);
  const starts = await whatToStart(setting, crm);
  const rounds = setting.quick ? 1 : 5;
  const times = await alternate(rounds, starts, (start, round) => {
    setting.progress(`round ${round} of ${rounds}: ${start.what}`);
    return timeOf(setting, start);
  });
  return {
    title: 'Cold start',
    about: 'The sources as they are, by the pinned Node.',
    tables: [
      {
        title: 'From the start of the process',
        measured: [
          'The first answer is a lookup: with a CRM it brings the sign-in and the first query, at a CRM without latency.',
          'The product keeps compiled code between its starts; "first ever" is without that.',
        ].join(' '),
        rounds,
        rows: starts.map(({ what, port }, i) => ({
          what,
          until: port === undefined ? 'its end' : 'its first answer',
          ms: spreadOf(times[i] ?? []),
        })),
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
  const help = [MAIN, '--help'];
  return [
    { what: 'node, an empty program', words: ['-e', '0'] },
    { what: `${NODE_HTTP}`, ...(await constant(NODE_HTTP, 'Visitor No. 0')) },
    { what: `${EXPRESS}`, ...(await constant(EXPRESS, 'Visitor No. 0')) },
    { what: '(c) written by hand, Salesforce', ...(await byHand(crm)) },
    { what: 'snapengage-crm-bridge, CSV', ...withCsv },
    { what: 'snapengage-crm-bridge, Salesforce', ...withCrm },
    { what: 'snapengage-crm-bridge, Salesforce, first ever', ...withCrm, isFirst: true },
    { what: 'snapengage-crm-bridge --help', words: help },
    { what: 'snapengage-crm-bridge --help, first ever', words: help, isFirst: true },
  ];
}

/** @returns milliseconds. @throws {Error} when the answer is not right. */
async function timeOf({ cores, folder }: Setting, { words, port, env, isFirst, what }: Start) {
  if (port !== undefined && (await accepts(port))) throw new Error(`port ${port} is taken`);
  const compiled = await mkdtemp(join(folder, 'compiled-'));
  const [program = '', ...rest] = pinned(cores.server, [execPath, ...words]);
  const start = performance.now();
  const child = spawn(program, rest, {
    stdio: 'ignore',
    env: {
      ...keptEnvironment(),
      ...env,
      ...(port !== undefined && { PORT: `${port}` }),
      ...(isFirst === true && { NODE_COMPILE_CACHE: compiled }),
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
    child.kill('SIGKILL');
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
