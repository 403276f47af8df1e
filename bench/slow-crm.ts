/** A slow CRM: far more people come than it can serve, and some of its answers never come. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { arrivals, ask } from './arrivals.ts';
import { connectionTo, startBridge } from './bridge.ts';
import { startCrm } from './crm.ts';
import type { Report, Setting } from './measurement.ts';
import { BY_HAND, byHand } from './rival.ts';
import { alternate, mergeRounds, sideBySide } from './rounds.ts';
import { percentile } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

/** `timeoutMs`: callers hang up after so many milliseconds. `latency`: of the CRM, in milliseconds. */
const FULL = { seconds: 10, perSecond: 500, timeoutMs: 10_000, latency: 2000, rounds: 3 };
const QUICK = { seconds: 0.3, perSecond: 100, timeoutMs: 1000, latency: 300, rounds: 1 };
/** Which of the CRM's requests hang. */
const HANG_EVERY = 10;
/** The product's default, in milliseconds. */
const DEADLINE = 3000;
/** The share answered by the deadline, in each round. */
const GOAL = 0.999;
const BY_DEADLINE = 'answered in 3 s %';
const MEGABYTE = 2 ** 20;

export async function measureSlowCrm(setting: Setting): Promise<Report> {
  const { seconds, perSecond, timeoutMs, latency, rounds } = sizes(setting);
  const run = (isOurs: boolean) => measure(setting, isOurs);
  const found = setting.quick
    ? await sideBySide([false, true], run)
    : await alternate(rounds, [false, true], run);
  const ours = found[1] ?? [];
  return {
    title: 'A slow CRM',
    about: 'Far more people come than the CRM can serve. No one is cached.',
    tables: [
      {
        title: 'Every tenth request to the CRM hangs',
        measured: [
          `${perSecond} requests a second for distinct people during ${seconds} s, against a Salesforce with ${latency / 1000} s of latency, every tenth request of which is never answered.`,
          `Callers hang up after ${timeoutMs / 1000} s: 'no answer %'.`,
          "'Right %' is the share who read about their visitor before that, 'right in 3 s %' those who did so by the product's deadline; whoever is answered and not right reads that the CRM data is not available.",
          `${BY_HAND} asks the CRM in two rounds one after the other, so it cannot be right before ${(2 * latency) / 1000} s.`,
        ].join(' '),
        rounds,
        goal: {
          text: `in every round the product answers at least ${GOAL * 100} % by the deadline of ${DEADLINE / 1000} s`,
          isMet: ours.every((figures) => figures[BY_DEADLINE] >= GOAL * 100),
        },
        rows: found.map(mergeRounds),
      },
    ],
  };
}

function sizes({ quick }: Setting) {
  return quick ? QUICK : FULL;
}

async function measure(setting: Setting, isOurs: boolean) {
  await using crm = await startCrm(setting, 'salesforce', 0);
  await using server: UnderTest = isOurs
    ? await startBridge(setting, { connections: { crm: connectionTo(crm) } })
    : await startUnderTest(setting, await byHand(crm));
  const { port, name } = server;
  const { seconds, perSecond, timeoutMs, latency } = sizes(setting);
  const visitors = seconds * perSecond;
  await ask({ port, timeoutMs }, targetOf(visitors));
  await crm.setMood({ latency, hangEvery: HANG_EVERY });
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
    timeoutMs,
    target: (n) => targetOf(n),
  });
  const { loopDelayP99, cpuMicros } = await server.figures();
  const peak = await memory.stop();

  const inTime = answers.filter(({ status, ms }) => status === 200 && ms <= DEADLINE);
  const right = answers.filter(({ text }, visitor) => isAbout(visitor, text));
  const rightInTime = right.filter(({ ms }) => ms <= DEADLINE);
  const unanswered = answers.filter(({ status }) => status === 0);
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    server: name,
    [BY_DEADLINE]: (inTime.length / visitors) * 100,
    'right %': (right.length / visitors) * 100,
    'right in 3 s %': (rightInTime.length / visitors) * 100,
    'no answer %': (unanswered.length / visitors) * 100,
    'p50 ms': percentile(times, 0.5),
    'p99 ms': percentile(times, 0.99),
    'event-loop delay p99 ms': loopDelayP99,
    "the load's own ms": Math.max(0, ownDelay.percentile(99) / 1e6 - 10),
    'CPU ms/request': (cpuMicros - before.cpuMicros) / 1000 / visitors,
    'RSS at most MB': peak / MEGABYTE,
    'CRM requests': (await crm.seen()).length,
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
