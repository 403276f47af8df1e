/** From the running service to its end, without losing a request. */
import type { Bridge } from '../bridge/bridge.ts';
import type { InFlight } from '../http/in-flight.ts';
import { describeError } from '../telemetry/describe-error.ts';
import { flushSpans } from '../telemetry/spans.ts';
import type { Log } from '../telemetry/log.ts';
import type { Reloader } from '../bridge/reload.ts';
import { EXIT, type Io } from './io.ts';

/** Of `drainTimeout`, kept for sending the last answers and closing. Milliseconds. */
const CLOSING = 1000;

/** Waits for a signal or a crash, then until the lookups under way are answered. @returns the exit code. */
export async function runUntilShutdown(service: {
  readonly bridge: Bridge;
  readonly inFlight: InFlight;
  readonly reloader: Reloader;
  readonly log: Log;
  readonly io: Io;
  /** Waits until the public listener gets no new connections. */
  readonly quiet: () => Promise<void>;
  /** Stops listening at once, then ends everything. */
  readonly end: () => Promise<void>;
}): Promise<number> {
  const { bridge, inFlight, reloader, log, io } = service;
  const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
  let ending = false;
  let code: number = EXIT.ok;
  const stopReloading = io.onSignal(['SIGHUP'], () => void reloader.reload());
  const stopListening = io.onSignal(['SIGTERM', 'SIGINT'], (signal) => {
    if (ending) {
      log.warn('second signal: ending at once', { signal });
      io.exit(EXIT.problems);
    }
    ending = true;
    log.info('shutting down', { signal });
    end(undefined);
  });
  io.onCrash((error) => {
    log.error('crashed: ending after the lookups under way', { ...describeError(error) });
    ending = true;
    code = EXIT.problems; // also when it was shutting down in order
    end(undefined);
  });

  await ended;
  stopReloading();
  const { drainTimeout } = bridge.current.configuration.server;
  const hurry = setTimeout(() => bridge.stopWaiting(), Math.max(0, drainTimeout - CLOSING));
  const giveUp = setTimeout(() => io.exit(code), drainTimeout * 0.95);
  try {
    await inFlight.drain();
    bridge.stopWaiting();
    inFlight.pauseRejections();
    await service.quiet();
    const ended = service.end();
    inFlight.resumeRejections();
    await ended;
    if (!(await flushSpans(CLOSING))) log.warn('the last spans were not delivered');
    log.info('shut down');
    await log.flush(); // while the reader of the log stands still, `giveUp` ends the process
  } finally {
    clearTimeout(hurry);
    clearTimeout(giveUp);
    stopListening();
  }
  return code;
}
