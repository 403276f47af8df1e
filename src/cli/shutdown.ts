/** Shuts the service down without losing a request. */
import type { Bridge } from '../bridge/bridge.ts';
import type { InFlight } from '../http/in-flight.ts';
import { describeError } from '../telemetry/describe-error.ts';
import { flushSpans } from '../telemetry/spans.ts';
import type { Log } from '../telemetry/log.ts';
import type { Reloader } from '../bridge/reload.ts';
import { EXIT, type Io } from './io.ts';

/** The part of `drainTimeout` that is reserved for sending the last answers and closing. */
const CLOSE_MS = 1000;
/** Seconds in which the same signal is still the same request: npm passes on what the terminal has sent to both. */
const SAME_SIGNAL_S = 2;

/** Waits for a signal, the end of standard input or a crash, then for the lookups in flight. @returns the exit code. */
export async function runUntilShutdown(service: {
  readonly bridge: Bridge;
  readonly inFlight: InFlight;
  readonly reloader: Reloader;
  readonly log: Log;
  readonly io: Io;
  /** Whether the end of standard input is a reason to shut down. */
  readonly exitWithStdin: boolean;
  /** Waits until the public listener gets no new connections. */
  readonly untilIdle: () => Promise<void>;
  /** Stops listening at once, then ends everything. */
  readonly end: () => Promise<void>;
}): Promise<number> {
  const { bridge, inFlight, reloader, log, io, exitWithStdin } = service;
  const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
  let first: { readonly cause: string; readonly at: number } | undefined;
  let code: number = EXIT.ok;
  const begin = (cause: string) => {
    first ??= { cause, at: io.uptime() };
    end(undefined);
  };
  const stopReloading = io.onSignal(['SIGHUP'], () => void reloader.reload());
  // Not removed: a signal that is passed on late would end the process with another code.
  io.onSignal(['SIGTERM', 'SIGINT'], (signal) => {
    if (signal === first?.cause && io.uptime() - first.at < SAME_SIGNAL_S) return;
    if (first !== undefined) {
      log.warn('second signal: exiting at once', { signal });
      io.exit(EXIT.problems);
    }
    log.info('shutting down', { signal });
    begin(signal);
  });
  if (exitWithStdin) {
    io.onStdinEnd(() => {
      if (first === undefined) log.info('shutting down: standard input has ended');
      begin('stdin');
    });
  }
  io.onCrash((error) => {
    log.error('crashed: exiting after the lookups in flight', { ...describeError(error) });
    code = EXIT.problems; // also after a signal
    begin('crash');
  });

  await ended;
  stopReloading();
  const { drainTimeout } = bridge.current.configuration.server;
  const stopWaitingTimer = setTimeout(
    () => bridge.stopWaiting(),
    Math.max(0, drainTimeout - CLOSE_MS),
  );
  const forceExitTimer = setTimeout(() => io.exit(code), drainTimeout * 0.95);
  try {
    await inFlight.drain();
    bridge.stopWaiting();
    inFlight.pauseRejections();
    await service.untilIdle();
    const ended = service.end();
    inFlight.resumeRejections();
    await ended;
    if (!(await flushSpans(CLOSE_MS))) log.warn('the last spans were not delivered');
    log.info('shut down');
    await log.flush(); // while the reader of the log stands still, `forceExitTimer` ends the process
  } finally {
    clearTimeout(stopWaitingTimer);
    clearTimeout(forceExitTimer);
  }
  return code;
}
