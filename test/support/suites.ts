/**
 * The suites of the tests. Printed with a suite's name: its files, slowest first, since `mocha --parallel` hands
 * them out in that order and a slow one that starts last runs alone.
 */
import { globSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** What runs as a separate step; the files that none of these matches are the suite `main`. */
export const SUITES: Readonly<Record<string, readonly string[]>> = {
  console: ['test/console/**'],
  deploy: ['test/deploy/**'],
  databases: ['test/connectors/sql/**'],
  redis: ['test/redis/**', 'test/cache/redis-store.test.ts', 'test/limits/redis-limiter.test.ts'],
  /** The program as a process of its own, and files that must rest before they are read. */
  system: [
    'test/process.test.ts',
    'test/main.test.ts',
    'test/terminal.test.ts',
    'test/cli/serve.test.ts',
    'test/support/emulate.test.ts',
    'test/upstream/closing.test.ts',
    'test/telemetry/otlp.test.ts',
    'test/render/draft-runner.test.ts',
    'test/render/docs-examples.test.ts',
    'test/bridge/reload.test.ts',
    'test/bridge/reopen.test.ts',
    'test/bridge/refresh-grants.test.ts',
    'test/connectors/csv/reload.test.ts',
  ],
  /** Thousands of cases each, found by chance. */
  fuzz: [
    'test/config/bounds.test.ts',
    'test/config/misplaced-secrets.test.ts',
    'test/config/pasted-tokens.test.ts',
    'test/config/secrets.test.ts',
    'test/connector/json-bounds.test.ts',
    'test/render/line-guard.test.ts',
  ],
  load: [
    'test/http/pipelining.test.ts',
    'test/render/load-time.test.ts',
    'test/memory.test.ts',
    'test/faults/*.test.ts',
    'test/connectors/hubspot/burst.test.ts',
    'test/connectors/hubspot/several-processes.test.ts',
  ],
  soak: ['test/chaos.test.ts'],
  bench: ['test/bench/main.test.ts'],
};

/** Files that take more than two seconds, the slowest first. */
export const SLOW = [
  'test/process.test.ts',
  'test/connectors/csv/reload.test.ts',
  'test/config/bounds.test.ts',
  'test/http/pipelining.test.ts',
  'test/memory.test.ts',
  'test/connectors/hubspot/burst.test.ts',
  'test/config/misplaced-secrets.test.ts',
  'test/support/emulate.test.ts',
  'test/bridge/*.test.ts',
  'test/faults/*.test.ts',
  'test/render/line-guard.test.ts',
  'test/deploy/prometheus-live.test.ts',
  'test/connectors/rest/recipes.test.ts',
  'test/http/*.test.ts',
  'test/upstream/batcher.test.ts',
  'test/tracing.test.ts',
  'test/cli/run.test.ts',
  'test/config/*.test.ts',
  'test/connectors/hubspot/*.test.ts',
  'test/connectors/hubspot/contract.test.ts',
  'test/connector/testing.test.ts',
];

/** @returns paths from the project's folder. @throws {Error} for a suite that does not exist. */
export function filesOf(suite: string): readonly string[] {
  const others = Object.values(SUITES).flat();
  const patterns = SUITES[suite];
  if (patterns === undefined && suite !== 'main') throw new Error(`there is no suite ${suite}`);
  return globSync('test/**/*.test.ts', { cwd: ROOT })
    .filter((file) => (patterns ? matchesAny(file, patterns) : !matchesAny(file, others)))
    .toSorted((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
}

function rankOf(file: string): number {
  const index = SLOW.findIndex((pattern) => matchesGlob(file, pattern));
  return index < 0 ? SLOW.length : index;
}

function matchesAny(file: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(file, pattern));
}

if (import.meta.main) console.log(filesOf(process.argv[2] ?? 'main').join('\n'));
