/** The contract every connector keeps, as one suite of tests: the rules themselves are in `rules.ts`. */
import * as nodeTest from 'node:test';
import { NotOffered, type Prepared } from './rule.ts';
import { connectorRules } from './all-rules.ts';

/**
 * One test per rule of the contract, each against a fresh system that `prepare` sets up. A rule that needs
 * something `prepare` does not offer (`hang`, `companyDomain`, …) is skipped, and says what it needs.
 *
 * Runs under mocha or another runner with global `describe` and `it`; without them under `node --test`.
 *
 * @param name of the suite, such as `csv`.
 * @param prepare starts a server that plays the CRM, or writes files; `close` ends what it opened.
 */
export function describeConnector(name: string, prepare: () => Promise<Prepared>): void {
  const { describe, it } = currentRunner();
  describe(`the connector contract: ${name}`, () => {
    for (const { rule, check } of connectorRules) {
      it(rule, async function (this: RunningTest) {
        const prepared = await prepare();
        try {
          assertComplete(prepared);
          await check(prepared);
        } catch (error) {
          if (!(error instanceof NotOffered)) throw error;
          if (this.test !== undefined) this.test.title += ` (skipped: ${error.message})`;
          this.skip(error.message);
        } finally {
          await prepared.close();
        }
      });
    }
  });
}

const MANDATORY = ['module', 'settings', 'known', 'manyKnown', 'unknown'] as const;

/** For JavaScript, which has no compiler that says so. @throws {Error} */
function assertComplete(prepared: Partial<Prepared>): void {
  const missing = MANDATORY.filter((member) => prepared[member] === undefined);
  if (missing.length === 0) return;
  throw new Error(`prepare must return ${missing.map((name) => `\`${name}\``).join(', ')}, too`);
}

interface Runner {
  readonly describe: (name: string, suite: () => void) => unknown;
  readonly it: (name: string, test: (this: RunningTest) => Promise<void>) => unknown;
}

/** What mocha and `node --test` both call a test on. Only mocha has `test`, and it shows no reason of a skip. */
interface RunningTest {
  skip(reason: string): void;
  readonly test?: { title: string };
}

function currentRunner(): Runner {
  return 'describe' in globalThis ? (globalThis as unknown as Runner) : nodeTest;
}
