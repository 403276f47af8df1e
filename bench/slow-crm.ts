/** A slow CRM: far more people come than it can serve, and some of its answers never come. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { arrivals, ask } from './arrivals.ts';
import { connectionTo, startBridge } from './bridge.ts';
import { startCrm } from './crm.ts';
import { verdict, type Cell, type Report, type Setting } from './measurement.ts';
import { byHand } from './rival.ts';
import { percentile } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

/** `patience`: callers hang up after so many milliseconds. */
const FULL = { seconds: 20, perSecond: 500, patience: 10_000 };
const QUICK = { seconds: 0.5, perSecond: 100, patience: 3500 };
/** Of the CRM, in milliseconds, and which of its requests hang. */
const MOOD = { latency: 2000, hangEvery: 10 };
/** The product's default, in milliseconds. */
const DEADLINE = 3000;
/** The share answered by the deadline. */
const GOAL = 0.999;
const MEGABYTE = 2 ** 20;

export async function measureSlowCrm(setting: Setting): Promise<Report> {
  const { seconds, perSecond, patience } = setting.quick ? QUICK : FULL;
  const rows = [await measure(setting, false), await measure(setting, true)];
  return {
    title: 'A slow CRM',
    about: [
      `${perSecond} requests a second for distinct people during ${seconds} s, against a Salesforce with ${MOOD.latency / 1000} s of latency, every tenth request of which hangs.`,
      `Callers hang up after ${patience / 1000} s. 'About the visitor' is the share who read CRM data; the others read that it is not available.`,
    ].join(' '),
    tables: [
      {
        title: `Goal: at least ${GOAL * 100} % answered by the deadline of ${DEADLINE / 1000} s`,
        rows,
      },
    ],
  };
}

async function measure(setting: Setting, isOurs: boolean): Promise<Readonly<Record<string, Cell>>> {
  await using crm = await startCrm(setting, 'salesforce', 0);
  await using server: UnderTest = isOurs
    ? await startBridge(setting, { connections: { crm: connectionTo(crm) } })
    : await startUnderTest(setting, await byHand(crm));
  const { port, name } = server;
  const { seconds, perSecond, patience } = setting.quick ? QUICK : FULL;
  const visitors = seconds * perSecond;
  await ask({ port, patience }, targetOf(visitors));
  await crm.setMood(MOOD);
  await crm.forget();
  const before = await server.figures({ reset: true });
  setting.progress(`${name}: ${visitors} people, the CRM is slow`);
  const memory = watchMemory(server);
  const ownDelay = monitorEventLoopDelay({ resolution: 10 });
  ownDelay.enable();
  const answers = await arrivals({
    port,
    visitors,
    over: seconds * 1000,
    patience,
    target: (n) => targetOf(n),
  });
  const { loopDelayP99, cpuMicros } = await server.figures();
  const peak = await memory.stop();

  const inTime = answers.filter(({ status, ms }) => status === 200 && ms <= DEADLINE);
  const about = answers.filter(({ text, ms }, visitor) => ms <= DEADLINE && isAbout(visitor, text));
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    server: name,
    'by the deadline %': (inTime.length / visitors) * 100,
    'about the visitor %': (about.length / visitors) * 100,
    'p50 ms': percentile(times, 0.5),
    'p99 ms': percentile(times, 0.99),
    'event-loop delay p99 ms': loopDelayP99,
    "the load's own ms": Math.max(0, ownDelay.percentile(99) / 1e6 - 10),
    'CPU ms/request': (cpuMicros - before.cpuMicros) / 1000 / visitors,
    'RSS at most MB': peak / MEGABYTE,
    'CRM requests': (await crm.seen()).length,
    goal: isOurs ? verdict(inTime.length >= visitors * GOAL) : undefined,
  };
}

/** Looks every half second. */
function watchMemory(server: UnderTest): { stop(): Promise<number> } {
  let peak = 0;
  const look = async () => {
    const { rssBytes } = await server.figures();
    peak = Math.max(peak, rssBytes);
  };
  const timer = setInterval(() => void look().catch(() => undefined), 500);
  return {
    async stop() {
      clearInterval(timer);
      await look();
      return peak;
    },
  };
}
