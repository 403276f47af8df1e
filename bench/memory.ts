/** Memory: what the process takes with many cached people, whose profiles are those of a CRM. */
import { buildPackage, connectionTo, fromPackage, prepareBridge } from './bridge.ts';
import { startCrm, type Crm } from './crm.ts';
import { load } from './load.ts';
import { verdict, type Report, type Row, type Setting } from './measurement.ts';
import { byHand } from './rival.ts';
import { startUnderTest, type Program } from './under-test.ts';
import { targetOf } from './visitors.ts';

const PEOPLE = { full: 20_000, quick: 100 };
/** People before, who bring code and buffers. */
const FIRST = { full: 2000, quick: 20 };
/** They are numbered from here. */
const FIRST_VISITOR = 1_000_000;
const CONNECTIONS = 50;
const GOAL = { kilobytes: 2.5, rssMegabytes: 250 };
/** Megabytes of V8's old space. */
const SMALL_HEAP = 160;
const MEGABYTE = 2 ** 20;
/** Of all: as the image and the unit have it. */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };
/** Longer than the run. */
const TTL_MS = 24 * 3_600_000;

export async function measureMemory(setting: Setting): Promise<Report> {
  const people = setting.quick ? PEOPLE.quick : PEOPLE.full;
  await using crm = await startCrm(setting, 'salesforce', people);
  const programs = await programsFor(setting, crm);
  const rows: Row[] = [];
  let isMet = true;
  for (const { isOurs, ...program } of programs) {
    const found = await measure(setting, program, people);
    const { 'kB/person': kilobytes, 'RSS filled MB': rss } = found;
    const keeps = kilobytes <= GOAL.kilobytes && rss <= GOAL.rssMegabytes;
    isMet &&= keeps || !isOurs;
    rows.push({ server: program.name, ...found, goal: isOurs ? verdict(keeps) : undefined });
  }
  return {
    title: 'Memory',
    about: `Salesforce knows everyone; each person has a company, three deals and three cases.`,
    tables: [
      {
        title: `${people} cached people`,
        measured: [
          `${CONNECTIONS} connections ask for each person once, after ${setting.quick ? FIRST.quick : FIRST.full} others.`,
          "The heap is what is left after a collection, with what is outside of V8; a person's share is what it has grown by.",
          'RSS is what the process holds: before, filled, and at its highest.',
          'The product runs from the built package, with the options that its image and its systemd unit give it; the environment is that of all.',
        ].join(' '),
        rounds: 1,
        goal: {
          text: `the product takes at most ${GOAL.kilobytes} kB for a person, and holds less than ${GOAL.rssMegabytes} MB`,
          isMet,
        },
        rows,
      },
    ],
  };
}

async function programsFor(setting: Setting, crm: Crm) {
  await buildPackage(setting);
  const prepared = await prepareBridge(setting, {
    connections: { crm: connectionTo(crm) },
    more: { cache: { ttl: `${TTL_MS}ms` } },
  });
  const ours = { ...fromPackage(prepared), env: ENVIRONMENT };
  const small: Program = {
    ...ours,
    name: `${ours.name}, heap of ${SMALL_HEAP} MB`,
    words: [`--max-old-space-size=${SMALL_HEAP}`, ...ours.words],
  };
  const byHandProgram = await byHand(crm, TTL_MS);
  return [
    { ...ours, isOurs: true },
    { ...small, isOurs: true },
    { ...byHandProgram, env: { ...byHandProgram.env, ...ENVIRONMENT }, isOurs: false },
  ];
}

async function measure(setting: Setting, program: Program, people: number) {
  await using server = await startUnderTest(setting, program);
  const ask = (from: number, count: number) =>
    load({
      port: server.port,
      connections: CONNECTIONS,
      until: { requests: count },
      target: (n) => targetOf(from + n),
    });
  setting.progress(`${program.name}: ${people} people`);
  await ask(FIRST_VISITOR, setting.quick ? FIRST.quick : FIRST.full);
  const before = await server.figures({ collect: true });
  const { perSecond } = await ask(0, people);
  const filled = await server.figures();
  const { heapBytes, maxRssBytes } = await server.figures({ collect: true });
  return {
    'RSS before MB': before.rssBytes / MEGABYTE,
    'RSS filled MB': filled.rssBytes / MEGABYTE,
    'RSS at its highest MB': maxRssBytes / MEGABYTE,
    'heap before MB': before.heapBytes / MEGABYTE,
    'heap filled MB': heapBytes / MEGABYTE,
    'kB/person': (heapBytes - before.heapBytes) / people / 1024,
    'lookups/s': perSecond,
    'CPU µs/lookup': (filled.cpuMicros - before.cpuMicros) / people,
  };
}
