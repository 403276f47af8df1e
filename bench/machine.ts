/** Where and of what a run was made. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import process from 'node:process';

/** Such as `4 × Some CPU, 16 GB, Linux 6.1 x64, Node v24.1.0`. */
export function describeMachine(): string {
  const all = cpus();
  const [{ model } = { model: 'CPU' }] = all;
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${all.length} × ${model.trim()}, ${gigabytes} GB, ${type()} ${release()} ${arch()}, Node ${process.version}`;
}

/** What else the machine was doing: processes that wanted a core, a minute's average. */
export function busyness(): number {
  return loadavg()[0] ?? NaN;
}

/** The commit, and whether what is measured has been changed since. */
export function describeCommit(): string {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' }).trim();
  try {
    const commit = git('rev-parse', '--short=10', 'HEAD');
    const measured = [
      'src',
      'connectors',
      'templates',
      'bench',
      ':!bench/RESULTS.md',
      'package-lock.json',
    ];
    const changed = git('status', '--porcelain', '--', ...measured);
    return changed === '' ? commit : `${commit} with changes`;
  } catch {
    return 'unknown';
  }
}
