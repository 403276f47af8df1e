/** Loaded before a server under test (`node --import`): reports its memory, work and event-loop delay. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { answerParent } from './child.ts';

export interface Figures {
  readonly rssBytes: number;
  /** The most since the start. */
  readonly maxRssBytes: number;
  /** After a collection, when that was asked for. */
  readonly heapBytes: number;
  /** Work of all threads since the start. */
  readonly cpuMicros: number;
  /** The part of it that the kernel did. */
  readonly systemMicros: number;
  /** How late timers were since the figures were last reset. Milliseconds. */
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
  /**
   * The most work of the main thread between two timers of 10 ms, hence of its longest turn, since it was asked for
   * first. Unlike a delay, it does not grow with what else runs on the machine. Milliseconds of CPU time.
   */
  readonly turnCpuMax: number;
}

/** Milliseconds between two looks at the event loop; a histogram counts them in. */
const RESOLUTION = 10;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
delays.enable();

let turnCpuMax = 0;
let watchesTurns = false;

function watchTurns(): void {
  if (watchesTurns) return;
  watchesTurns = true;
  let before = process.threadCpuUsage();
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    turnCpuMax = Math.max(turnCpuMax, (user + system) / 1000);
  }, RESOLUTION).unref();
}

function figures(about: {
  readonly collect?: boolean;
  readonly reset?: boolean;
  readonly turns?: boolean;
}): Figures {
  if (about.collect === true) {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const late = (nanos: number) => Math.max(0, nanos / 1e6 - RESOLUTION);
  const figures: Figures = {
    rssBytes: rss,
    maxRssBytes: process.resourceUsage().maxRSS * 1024,
    heapBytes: heapUsed + external,
    cpuMicros: user + system,
    systemMicros: system,
    loopDelayP99: delays.count === 0 ? 0 : late(delays.percentile(99)),
    loopDelayMax: delays.count === 0 ? 0 : late(delays.max),
    turnCpuMax,
  };
  if (about.turns === true) watchTurns();
  if (about.reset === true) delays.reset();
  return figures;
}

answerParent({ figures });
