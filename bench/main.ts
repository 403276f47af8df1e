/** Measures the product beside what else a user could take: `node bench/main.ts [NAME…] [--quick] [--json]`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureAttack } from './attack.ts';
import { measureCached } from './cached.ts';
import { measureColdStart } from './cold-start.ts';
import { measureConsole } from './console.ts';
import { shareCores } from './cores.ts';
import { measureEconomy } from './economy.ts';
import { measureFullLoad } from './full-load.ts';
import { measureGrowth } from './growth.ts';
import { busyness, describeCommit, describeMachine } from './machine.ts';
import type { Measure, Report } from './measurement.ts';
import { measureInstead } from './instead.ts';
import { measureLargeAnswers } from './large-answers.ts';
import { measureMemory } from './memory.ts';
import { measureMisses } from './misses.ts';
import { progressOn } from './progress.ts';
import { RIVALS } from './rival.ts';
import { writeResults } from './results.ts';
import { measureShared } from './shared.ts';
import { measureSlowCrm } from './slow-crm.ts';
import { measureSql } from './sql.ts';
import { alignedTable, wrapped } from './table.ts';

const MEASUREMENTS: Readonly<Record<string, Measure>> = {
  instead: measureInstead,
  cached: measureCached,
  misses: measureMisses,
  'full-load': measureFullLoad,
  economy: measureEconomy,
  memory: measureMemory,
  growth: measureGrowth,
  'slow-crm': measureSlowCrm,
  'cold-start': measureColdStart,
  sql: measureSql,
  shared: measureShared,
  'large-answers': measureLargeAnswers,
  attack: measureAttack,
  console: measureConsole,
};

const BOOLEAN = { type: 'boolean' } as const;

const USAGE = `usage: npm run bench -- [NAME…] [--quick] [--json]

  NAME     ${Object.keys(MEASUREMENTS).join(', ')}; all when none is named
  --quick  everything once and briefly, to see that it runs; the figures mean nothing
  --json   for programs

A full run takes about twenty-five minutes and writes bench/RESULTS.md. Nothing else should run meanwhile.
`;

process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code: 2 for wrong words. */
async function main(argv: readonly string[]): Promise<number> {
  const options = { quick: BOOLEAN, json: BOOLEAN, help: BOOLEAN };
  let words;
  try {
    words = parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = words;
  const unknown = positionals.find((name) => !(name in MEASUREMENTS));
  if (unknown !== undefined || values.help === true) {
    if (unknown !== undefined) process.stderr.write(`unknown measurement ${unknown}\n\n`);
    (unknown === undefined ? process.stdout : process.stderr).write(USAGE);
    return unknown === undefined ? 0 : 2;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(MEASUREMENTS);
  await measure(names, values.quick === true, values.json === true);
  return 0;
}

async function measure(names: readonly string[], quick: boolean, json: boolean): Promise<void> {
  const began = new Date();
  const about = { commit: describeCommit(), machine: describeMachine(), busyness: busyness() };
  const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-bench-'));
  const progress = progressOn(process.stderr);
  const cores = shareCores();
  const reports: Record<string, Report> = {};
  try {
    if (!json) process.stdout.write(`commit ${about.commit}\n${about.machine}\n`);
    for (const name of names) {
      const show = (what: string) => progress.show(`${name}: ${what}`);
      const report = await MEASUREMENTS[name]?.({ quick, cores, folder, progress: show });
      progress.clear();
      if (report === undefined) continue;
      reports[name] = report;
      if (!json) process.stdout.write(wholeText(report));
    }
  } finally {
    progress.clear();
    await rm(folder, { recursive: true, force: true });
  }
  const minutes = (Date.now() - began.getTime()) / 60_000;
  const run = { ...about, began, minutes, reports };
  if (json) process.stdout.write(`${JSON.stringify({ quick, ...run, rivals: RIVALS }, null, 2)}\n`);
  else process.stdout.write(rivalsText());
  const isFull = Object.keys(MEASUREMENTS).every((name) => name in reports);
  if (isFull && !quick) process.stderr.write(`kept in ${await writeResults(run)}\n`);
}

function wholeText({ title, about, tables }: Report): string {
  const parts = [title.toUpperCase(), wrapped(about), ...tables.map(alignedTable)];
  return `\n${parts.join('\n\n')}\n`;
}

function rivalsText(): string {
  const all = Object.entries(RIVALS).map(([name, about]) => wrapped(`${name}: ${about}`));
  return `\nWHAT IT IS COMPARED WITH\n\n${all.join('\n\n')}\n`;
}
