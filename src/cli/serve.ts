/** `crm-bridge serve`: starts in order, runs, reloads, and ends without losing a request. */
import { Activity } from '../bridge/activity.ts';
import { isDeepStrictEqual } from 'node:util';
import { Bridge } from '../bridge/bridge.ts';
import { RecentRequests } from '../bridge/recent.ts';
import type { Configuration } from '../config/configuration.ts';
import { formatProblem } from '../config/problem.ts';
import { watchFile, watchFiles } from '../config/watch.ts';
import { configureApp, createApp, createLookupListener } from '../http/public-app.ts';
import { FailedAuthLimiter } from '../http/authenticate.ts';
import { InFlight } from '../http/in-flight.ts';
import {
  listen,
  ListenError,
  listenProblem,
  OPS_CLIENT_LIMITS,
  type RunningServer,
} from '../http/server.ts';
import { createOpsApp } from '../http/ops/ops-app.ts';
import { createEmailHash, createLog, type Log } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { ConnectionOpenError } from '../bridge/open-connections.ts';
import { packageVersion } from '../model/package-info.ts';
import { Reloader } from '../bridge/reload.ts';
import { banner } from './banner.ts';
import { loadOrPrintProblems, printOpenError, readConfiguration } from './configuration-file.ts';
import { EXIT, type Io } from './io.ts';
import { joinShared } from './join-shared.ts';
import type { ParsedArgs } from './args.ts';
import { defaultLogFormat } from './terminal.ts';
import { runUntilShutdown, STOP_SIGNALS } from './shutdown.ts';
import { SYSTEM_CLOCK } from '../model/clock.ts';

/** @returns once the service has ended: 0 after a signal, 1 when it could not start or crashed. */
export async function serve(args: ParsedArgs, io: Io): Promise<number> {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  // The first process of a container ignores signals without a listener.
  const removeEarlyHandlers = io.onSignal(STOP_SIGNALS, (signal) => {
    io.stderr.write(`${signal} before the service was ready: ended\n`);
    end(EXIT.ok);
  });
  return Promise.race([ended, startAndWait(args, io, removeEarlyHandlers)]);
}

async function startAndWait(
  args: ParsedArgs,
  io: Io,
  removeEarlyHandlers: () => void,
): Promise<number> {
  const loaded = await loadOrPrintProblems(args, io);
  if (loaded === undefined) return EXIT.problems;
  const { file, configuration, warnings } = loaded;
  const metrics = createMetrics();
  const log = createLog({
    level: configuration.log.level,
    format: configuration.log.format ?? defaultLogFormat(io.stdout),
    stream: io.stdout,
    color: io.stdout.isTTY === true,
    clock: SYSTEM_CLOCK,
    onDropped: () => metrics.logLineDropped(),
  });
  for (const warning of warnings) log.warn('configuration', { warning: formatProblem(warning) });

  try {
    const boundOpsHost = configuration.ops.host;
    const load = () => readConfiguration(file, io, boundOpsHost);
    const exitWithStdin = args.values['exit-with-stdin'] === true;
    const service = await start(configuration, load, { log, metrics, exitWithStdin }, io);
    removeEarlyHandlers();
    io.limitGarbage();
    banner({ configuration, file, url: service.url, opsUrl: service.opsUrl }, io);
    return await service.ended;
  } catch (error) {
    if (error instanceof ConnectionOpenError) printOpenError(error, file, io);
    else if (error instanceof ListenError) io.stderr.write(`${error.message}\n`);
    else throw error;
    return EXIT.problems;
  }
}

interface Service {
  readonly url: string;
  readonly opsUrl: string;
  /** The exit code. */
  readonly ended: Promise<number>;
}

/** @throws {ConnectionOpenError} @throws {ListenError} after closing what was already started. */
async function start(
  configuration: Configuration,
  load: () => ReturnType<typeof readConfiguration>,
  {
    exitWithStdin,
    ...telemetry
  }: { readonly log: Log; readonly metrics: Metrics; readonly exitWithStdin: boolean },
  io: Io,
): Promise<Service> {
  const { log } = telemetry;
  const options = { clock: SYSTEM_CLOCK, ...telemetry };
  const shared = joinShared(configuration, telemetry);
  const bridge = await Bridge.open(configuration, {
    ...{ ...options, shared, watchFile, openLate: true },
  });
  const inFlight = new InFlight();
  const recent = new RecentRequests();
  const activity = new Activity(SYSTEM_CLOCK);
  const publicOptions = {
    ...options,
    bridge,
    hash: createEmailHash(),
    wrongKeys: new FailedAuthLimiter(SYSTEM_CLOCK, bridge.createLimiter, 'server'),
    inFlight,
    recent,
    activity,
  };
  const app = createApp(publicOptions);
  const watcher = watchFiles(configuration.watched, () => {
    void reloader.reload();
  });
  const reloader = new Reloader({
    ...options,
    bridge,
    load,
    beforeLoad: () => watcher.resetBaseline(),
    onWatched: (paths) => watcher.update(paths),
    onReplaced: (next) => {
      configureApp(app, next);
      log.setLevel(next.log.level);
      log.setFormat(next.log.format ?? defaultLogFormat(io.stdout));
      return warnAboutRestart(configuration, next, log);
    },
  });

  const open: RunningServer[] = [];
  let serving = false;
  let publicUrl: string | undefined;
  const opsApp = createOpsApp({
    ...options,
    bridge,
    reloader,
    recent,
    activity,
    wrongKeys: new FailedAuthLimiter(SYSTEM_CLOCK, bridge.createLimiter, 'ops'),
    version: packageVersion(),
    uptime: () => io.uptime(),
    serving: () => serving && !inFlight.draining,
    publicListenerUrl: () => publicUrl,
  });
  const end = async () => {
    watcher.close();
    await Promise.allSettled(open.map((listening) => listening.close()));
    await bridge.close(0);
  };
  try {
    const ops = await listen(opsApp, configuration.ops, 'ops', {
      limits: OPS_CLIENT_LIMITS,
    }).catch(async (error: unknown) => {
      // Both ports at once: who runs another copy of the service has both in use.
      const other = await listenProblem(configuration.server, 'server');
      if (other === undefined || !(error instanceof ListenError)) throw error;
      throw new ListenError(`${error.message}\n${other.message}`);
    });
    open.push(ops);
    // What the other processes have looked up is a hit from the first request on.
    await shared?.settled;
    const publicListener = await listen(app, configuration.server, 'server', {
      first: createLookupListener(publicOptions),
    });
    open.push(publicListener);
    publicUrl = publicListener.url;
    serving = true;
    const untilIdle = () => publicListener.untilIdle();
    const parts = { bridge, inFlight, reloader, log, io, exitWithStdin, untilIdle, end };
    const ended = runUntilShutdown(parts);
    // Without the hosts: a log line holds no address.
    log.info('ready', {
      port: publicListener.port,
      opsPort: ops.port,
      afterMs: Math.round(io.uptime() * 1000),
    });
    return { url: publicListener.url, opsUrl: ops.url, ended };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A reload does not bind the listeners again, nor joins another shared store. @returns what is logged. */
function warnAboutRestart(first: Configuration, next: Configuration, log: Log): readonly string[] {
  const isMoved = (part: 'server' | 'ops') =>
    first[part].host !== next[part].host || first[part].port !== next[part].port;
  const warnings = [
    ...(['server', 'ops'] as const)
      .filter(isMoved)
      .map((setting) => [setting, 'host and port take effect after a restart'] as const),
    ...(isDeepStrictEqual(first.shared, next.shared)
      ? []
      : [['shared', 'it takes effect after a restart'] as const]),
  ];
  for (const [setting, message] of warnings) log.warn(message, { setting });
  return warnings.map(([setting, message]) => `${setting}: ${message}`);
}
