/**
 * Loaded by mocha before every test file. A property that fails shows its seed, its counterexample and the error
 * in one message, with every reporter; one that hangs shows its seed before mocha's timeout would hide it.
 * FAST_CHECK_SEED=… repeats a run.
 */
import fc from 'fast-check';

/** Below the timeout in .mocharc.json: the search for a smaller counterexample alone may take a minute. */
const TIME_LIMIT_MS = 40_000;
const SEED = process.env['FAST_CHECK_SEED'];

fc.configureGlobal({
  includeErrorInReport: true,
  interruptAfterTimeLimit: TIME_LIMIT_MS,
  markInterruptAsFailure: true,
  ...(SEED === undefined ? {} : { seed: Number(SEED) }),
});
