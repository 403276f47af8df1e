/** Finds and reads the configuration a command works on, and prints what is wrong with it. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { loadConfiguration, type ConfigurationResult } from '../config/load.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
import { loadTemplateSet } from '../render/load.ts';
import type { ConnectionOpenError } from '../bridge/open-connections.ts';
import { demoConfigPath } from '../model/package-info.ts';
import { UsageError, type ParsedArgs } from './args.ts';
import type { Io, Output } from './io.ts';
import { wrap } from './terminal.ts';

export interface ConfigurationFile {
  /** Absolute. */
  readonly path: string;
  /** Whether it is the one that ships with the program. */
  readonly demo: boolean;
}

/** `--config`, else `$CRM_BRIDGE_CONFIG`, else `config/bridge.yaml`, else the demo. */
function findConfiguration(option: unknown, io: Pick<Io, 'env' | 'cwd'>): ConfigurationFile {
  const [named, namedBy] =
    typeof option === 'string'
      ? [option, '--config']
      : [io.env['CRM_BRIDGE_CONFIG'], '$CRM_BRIDGE_CONFIG'];
  const demo = demoConfigPath();
  if (named !== undefined && named !== '') {
    const path = resolve(io.cwd, named);
    if (!existsSync(path)) {
      throw new UsageError(`no such configuration file: ${named} (from ${namedBy})`);
    }
    return { path, demo: path === demo };
  }
  const local = resolve(io.cwd, 'config/bridge.yaml');
  return existsSync(local) ? { path: local, demo: local === demo } : { path: demo, demo: true };
}

/**
 * Reads and validates.
 * @param boundOpsHost where the ops listener of the running service is bound.
 */
export function readConfiguration(
  { path }: ConfigurationFile,
  io: Pick<Io, 'env' | 'cwd'>,
  boundOpsHost?: string,
): Promise<ConfigurationResult> {
  return loadConfiguration({
    file: path,
    env: io.env,
    workingDir: io.cwd,
    loadTemplates: loadTemplateSet,
    boundOpsHost,
  });
}

/** Finds, reads and validates the configuration of a command. @returns `undefined` after printing its problems. */
export async function loadOrPrintProblems({ values }: ParsedArgs, io: Io) {
  const file = findConfiguration(values['config'], io);
  const loaded = await readConfiguration(file, io);
  if ('configuration' in loaded) return { file, ...loaded };
  printProblems(
    loaded.problems.map((problem) => printable(problem, io.stderr)),
    file,
    io,
  );
  return undefined;
}

export function printOpenError(
  { problems }: ConnectionOpenError,
  file: ConfigurationFile,
  io: Io,
): void {
  const lines = problems.map((problem) => printable(problem, io.stderr));
  printProblems(lines, file, io);
}

/** Prints a warning of the configuration to standard error. */
export function printWarning(warning: Problem, io: Pick<Io, 'stderr'>): void {
  printProblem(`warning: ${printable(warning, io.stderr)}`, io);
}

/** The source line of the excerpt is not wrapped, since a caret points into it. */
function printProblem(text: string, { stderr }: Pick<Io, 'stderr'>): void {
  const [message = '', ...excerpt] = text.split('\n');
  stderr.write(`${[wrap(stderr, message), ...excerpt].join('\n')}\n`);
}

/** Prints problems to standard error, then their number and the file. */
function printProblems(problems: readonly string[], file: ConfigurationFile, io: Io): void {
  for (const problem of problems) printProblem(problem, io);
  const shown = relative(io.cwd, file.path);
  const name = shown.startsWith('..') ? file.path : shown;
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  io.stderr.write(`\n${count} in ${name}\n`);
}

function printable(problem: Problem, output: Output): string {
  return formatProblem(problem, { color: output.isTTY === true, excerpt: true });
}
