/** Shuts the service down without losing a request. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bridge } from '../bridge/bridge.ts';
import type { InFlight } from '../http/in-flight.ts';
import { describeError } from '../telemetry/describe-error.ts';
import { flushSpans } from '../telemetry/spans.ts';
import type { Log } from '../telemetry/log.ts';
import type { Reloader } from '../bridge/reload.ts';
import { EXIT, type Io } from './io.ts';

/** The part of `drainTimeout` that is reserved for sending the last answers and closing. */
const CLOSE_MS = 1000;
/**
 * Seconds in which further signals belong to the first request to stop: npm passes on what the terminal has sent to
 * both, and process managers send SIGTERM beside the terminal's SIGINT.
 */
const SAME_REQUEST_S = 2;

/** SIGQUIT is Ctrl-\, and what images of nginx have as their stop signal. */
export const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

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
  let begunAt: number | undefined;
  let code: number = EXIT.ok;
  const begin = () => {
    begunAt ??= io.uptime();
    end(undefined);
  };
  const stopReloading = io.onSignal(['SIGHUP'], () => void reloader.reload());
  // Not removed: a signal that is passed on late would end the process with another code.
  io.onSignal(STOP_SIGNALS, (signal) => {
    if (begunAt !== undefined) {
      if (io.uptime() - begunAt < SAME_REQUEST_S) return;
      log.warn('second signal: exiting at once', { signal });
      io.exit(EXIT.problems);
    }
    log.info('shutting down', { signal });
    begin();
  });
  if (exitWithStdin) {
    io.onStdinEnd(() => {
      if (begunAt === undefined) log.info('shutting down: standard input has ended');
      begin();
    });
  }
  io.onCrash((error) => {
    log.error('crashed: exiting after the lookups in flight', { ...describeError(error) });
    code = EXIT.problems; // also after a signal
    begin();
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
    // The reader of the log may stand still.
    const isRead = await Promise.race([log.flush().then(() => true), delay(CLOSE_MS, false)]);
    if (!isRead) io.exit(code);
  } finally {
    clearTimeout(stopWaitingTimer);
    clearTimeout(forceExitTimer);
  }
  return code;
}
