/**
 * How long others wait for a piece of work in the same process. In CPU time of this thread, which other programs
 * on the machine hardly lengthen, as milliseconds of a machine that is not slow at present: what {@link slowness}
 * measures is taken off.
 */

/** Of work in one turn of the event loop. Milliseconds. */
export function cpuMsOf(work: () => unknown): number {
  const slower = slowness();
  return threadMsOf(work) / slower;
}

/** The longest turn of the event loop while the work is done. Milliseconds. */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  const slower = slowness();
  let longest = 0;
  let last = process.threadCpuUsage();
  let isOver = false;
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, (user + system) / 1000);
    last = process.threadCpuUsage();
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  try {
    await work();
  } finally {
    isOver = true;
  }
  look();
  return longest / slower;
}

function threadMsOf(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** What {@link reference} takes on a machine of two cores that does nothing else. Milliseconds. */
const REFERENCE_MS = 20;
/** A machine that is slower than this makes tests fail: more could be the product's own fault. */
const MAX_SLOWNESS = 4;
/** How long a look at the machine counts. Milliseconds. */
const LOOK_MS = 1000;
let latest: { readonly at: number; readonly slowness: number } | undefined;

/** How many times longer the same work takes than on the machine that the limits are for: 1 to {@link MAX_SLOWNESS}. */
function slowness(): number {
  if (latest === undefined) reference(); // the first time takes longer everywhere
  if (latest === undefined || performance.now() - latest.at > LOOK_MS) {
    const ms = threadMsOf(() => [reference(), reference(), reference()]) / 3;
    const times = Math.min(MAX_SLOWNESS, Math.max(1, ms / REFERENCE_MS));
    latest = { at: performance.now(), slowness: times };
  }
  return latest.slowness;
}

/** Reads and makes many small objects, as the work that is measured does. */
function reference(): number {
  const records = JSON.parse(SAMPLE) as readonly { readonly id: number; readonly name: string }[];
  return records.map((record) => ({ ...record, key: `${record.name}-${record.id}` })).length;
}
const SAMPLE = JSON.stringify(
  Array.from({ length: 60_000 }, (_, id) => ({ id, name: `name ${id}`, tags: ['a', 'b'] })),
);
