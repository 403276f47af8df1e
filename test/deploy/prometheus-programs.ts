/** Debian's package prometheus: the programs `promtool` and `prometheus`. */
import { spawnSync } from 'node:child_process';

export interface Printed {
  readonly code: number | null;
  readonly text: string;
}

export function promtool(...words: readonly string[]): Printed {
  const { status, stdout, stderr } = spawnSync('promtool', words, { encoding: 'utf8' });
  return { code: status, text: `${stdout}${stderr}` };
}

/**
 * To be called in `before`: skips what follows on a machine without the programs, and says so.
 * @throws {Error} instead of skipping where `CI` is set.
 */
export function skipWithoutPrometheus(context: Mocha.Context): void {
  const missing = ['promtool', 'prometheus'].filter(
    (program) => spawnSync(program, ['--version']).status !== 0,
  );
  if (missing.length === 0) return;
  const title = context.test?.parent?.fullTitle() ?? 'tests';
  const message = `not installed: ${missing.join(', ')}; on Debian: apt-get install prometheus`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  console.warn(`SKIPPED: ${title}: ${message}`);
  context.skip();
}
