/** Which core runs what: server and load must not take each other's time. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pid } from 'node:process';

/** Core numbers; all `undefined` where processes cannot be pinned. */
export interface Cores {
  readonly server: number | undefined;
  readonly load: number | undefined;
  /** The load's own when there are only two. */
  readonly crm: number | undefined;
}

const UNPINNED: Cores = { server: undefined, load: undefined, crm: undefined };

/** Pins this process, which makes the load, and chooses the cores of the others. */
export function shareCores(): Cores {
  try {
    const [server, load, crm = load] = allowedCores();
    if (server === undefined || load === undefined) return UNPINNED;
    execFileSync('taskset', ['-a', '-c', '-p', `${load}`, `${pid}`], { stdio: 'ignore' });
    return { server, load, crm };
  } catch {
    return UNPINNED; // no Linux, no taskset, or not allowed
  }
}

/** The command that runs a command on one core. */
export function pinned(core: number | undefined, command: readonly string[]): readonly string[] {
  return core === undefined ? command : ['taskset', '-c', `${core}`, ...command];
}

export function describeCores({ server, load, crm }: Cores): string {
  if (server === undefined) {
    return 'Processes were not pinned to cores (taskset or a second core is missing): server and load disturb each other.';
  }
  const others = crm === load ? 'load and CRM' : 'load, a third for the CRM';
  return `One core for the server under test, another for the ${others}.`;
}

/** Such as `0-3,8`, read for the process as it was started. */
function allowedCores(): readonly number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return list.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
