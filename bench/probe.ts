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
  /** How late timers were since the figures were last reset. Milliseconds. */
  readonly loopDelayP99: number;
  readonly loopDelayMax: number;
}

/** Milliseconds between two looks at the event loop; a histogram counts them in. */
const RESOLUTION = 10;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
delays.enable();

function figures(about: { readonly collect?: boolean; readonly reset?: boolean }): Figures {
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
    loopDelayP99: delays.count === 0 ? 0 : late(delays.percentile(99)),
    loopDelayMax: delays.count === 0 ? 0 : late(delays.max),
  };
  if (about.reset === true) delays.reset();
  return figures;
}

answerParent({ figures });
