/** Debian's package prometheus: the programs `promtool` and `prometheus`. */
import { spawnSync } from 'node:child_process';
import { skipUnless } from './skip-unless.ts';

export interface Printed {
  readonly code: number | null;
  readonly text: string;
}

export function promtool(...words: readonly string[]): Printed {
  const { status, stdout, stderr } = spawnSync('promtool', words, { encoding: 'utf8' });
  return { code: status, text: `${stdout}${stderr}` };
}

/** To be called in `before`; see {@link skipUnless}. */
export function skipWithoutPrometheus(context: Mocha.Context): void {
  const missing = ['promtool', 'prometheus'].filter(
    (program) => spawnSync(program, ['--version']).status !== 0,
  );
  const message = `not installed: ${missing.join(', ')}; on Debian: apt-get install prometheus`;
  skipUnless(missing.length === 0, message, { context });
}
