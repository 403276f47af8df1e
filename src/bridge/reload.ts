/**
 * Reloads the configuration while the bridge runs. Everything is built and checked before the swap; on a
 * problem the running configuration stays.
 */
import type { Bridge } from './bridge.ts';
import type { Configuration } from '../config/configuration.ts';
import type { ConfigurationResult } from '../config/load.ts';
import type { WatchedPaths } from '../config/watch.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
import type { Clock } from '../model/clock.ts';
import { describeError } from '../telemetry/describe-error.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { ConnectionOpenError } from './open-connections.ts';

/** Ready to print, one line each. */
export interface ReloadResult {
  /** Empty when the new configuration answers now. */
  readonly problems: readonly string[];
  /** About what works but is not wise, and what takes effect after a restart only. */
  readonly warnings: readonly string[];
}

export interface ReloaderOptions {
  readonly bridge: Bridge;
  readonly load: () => Promise<ConfigurationResult>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The files are about to be read. */
  readonly beforeLoad: () => void;
  /** What to watch from now on. */
  readonly onWatched: (watched: WatchedPaths) => void;
  /** @returns warnings, which it has logged. */
  readonly onReplaced: (configuration: Configuration) => readonly string[];
}

export interface ReloadError {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly problems: readonly Problem[];
}

export class Reloader {
  readonly #options: ReloaderOptions;
  #running: Promise<ReloadResult> | undefined;
  #next: Promise<ReloadResult> | undefined;
  #lastError: ReloadError | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    options.metrics.configReload(true, options.bridge.current.loadedAt);
  }

  /** The problems of the latest reload, `undefined` when it succeeded. */
  get lastError(): ReloadError | undefined {
    return this.#lastError;
  }

  /**
   * One reload at a time. Calls during a reload share the next one, because files may have changed since
   * the running one read them. @returns never rejects.
   */
  reload(): Promise<ReloadResult> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<ReloadResult> {
    this.#running = this.#reload().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #reload(): Promise<ReloadResult> {
    const { log, metrics, clock } = this.#options;
    const { problems: found = [], warnings = [] } = await this.#attempt();
    const at = clock.now();
    this.#lastError = found.length > 0 ? { at, problems: found } : undefined;
    const problems = found.map((problem) => formatProblem(problem));
    metrics.configReload(problems.length === 0, at);
    if (problems.length === 0) log.info('configuration reloaded');
    for (const problem of problems) log.error('configuration not reloaded', { problem });
    return { problems, warnings };
  }

  async #attempt(): Promise<{
    readonly problems?: readonly Problem[];
    readonly warnings?: readonly string[];
  }> {
    const { beforeLoad, bridge, load, log, onReplaced, onWatched } = this.#options;
    try {
      beforeLoad();
      const loaded = await load();
      if ('problems' in loaded) {
        onWatched(loaded.watched);
        return { problems: loaded.problems };
      }
      onWatched(loaded.configuration.watched);
      const warnings = loaded.warnings.map((warning) => formatProblem(warning));
      for (const warning of warnings) log.warn('configuration', { warning });
      await bridge.replace(loaded.configuration);
      return { warnings: [...warnings, ...onReplaced(loaded.configuration)] };
    } catch (error) {
      if (error instanceof ConnectionOpenError) return { problems: error.problems };
      log.error('reload failed with an internal error', { ...describeError(error) });
      const message = 'the configuration could not be applied because of an internal error';
      const { file } = bridge.current.configuration;
      const problem = { file, line: 1, column: 1, path: '', message, hint: 'see the log' };
      return { problems: [problem] };
    }
  }
}
