/** A slow CRM: far more people come than it can serve, and some of its answers never come. */
import { arrivals, ask } from './arrivals.ts';
import { connectionTo, startBridge } from './bridge.ts';
import { startCrm } from './crm.ts';
import { verdict, type Cell, type Report, type Setting } from './measurement.ts';
import { byHand } from './rival.ts';
import { percentile } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

const PER_SECOND = 500;
/** Of the CRM, in milliseconds, and which of its requests hang. */
const MOOD = { latency: 2000, hangEvery: 10 };
/** The product's default, in milliseconds. */
const DEADLINE = 3000;
/** Callers hang up after this. Milliseconds. */
const PATIENCE = 10_000;
/** The share answered by the deadline. */
const GOAL = 0.999;
const MEGABYTE = 2 ** 20;

export async function measureSlowCrm(setting: Setting): Promise<Report> {
  const seconds = setting.quick ? 1 : 20;
  return {
    title: 'A slow CRM',
    about: [
      `${PER_SECOND} requests a second for distinct people during ${seconds} s, against a Salesforce with ${MOOD.latency / 1000} s of latency, every tenth request of which hangs.`,
      `Callers hang up after ${PATIENCE / 1000} s. 'About the visitor' is the share who read CRM data; the others read that it is not available.`,
    ].join(' '),
    tables: [
      {
        title: `Goal: at least ${GOAL * 100} % answered by the deadline of ${DEADLINE / 1000} s`,
        rows: [await measure(setting, false, seconds), await measure(setting, true, seconds)],
      },
    ],
  };
}

async function measure(
  setting: Setting,
  isOurs: boolean,
  seconds: number,
): Promise<Readonly<Record<string, Cell>>> {
  await using crm = await startCrm(setting, 'salesforce', 0);
  await using server: UnderTest = isOurs
    ? await startBridge(setting, { connections: { crm: connectionTo(crm) } })
    : await startUnderTest(setting, await byHand(crm));
  const { port, name } = server;
  const visitors = seconds * PER_SECOND;
  await ask({ port, patience: PATIENCE }, targetOf(visitors));
  await crm.setMood(MOOD);
  await crm.forget();
  await server.figures({ reset: true });
  setting.progress(`${name}: ${visitors} people, the CRM is slow`);
  const memory = watchMemory(server);
  const answers = await arrivals({
    port,
    visitors,
    over: seconds * 1000,
    patience: PATIENCE,
    target: (n) => targetOf(n),
  });
  const { loopDelayP99 } = await server.figures();
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
