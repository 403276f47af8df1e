/** Many people over a time that passes by itself, through one bridge or several. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { ConnectorError, NotAttemptedError, type Connector } from '../../../src/connector/index.ts';
import { recordsIn } from '../../../src/connector/testing/use.ts';
import { turns, type FakeTime } from './fake-time.ts';

interface Waiting {
  readonly email: string;
  readonly until: number;
}

/** A bridge as the connector sees it, and the people who wait there. */
interface PlayedBridge {
  readonly connector: Connector;
  queue: Waiting[];
  readonly calls: Set<{ readonly until: number; readonly abort: AbortController }>;
}

const DEADLINE_MS = 3_000;
const STEP_MS = 100;

/**
 * Plays arrivals, `each` of them every second, through bridges in turn. Each bridge puts those who wait into one call,
 * pauses as its connector says, and keeps so many calls going; after a 429 all rest. Who has waited for three seconds
 * gives up.
 */
export async function arrive(
  emails: readonly string[],
  { each, places }: { readonly each: number; readonly places: number },
  time: FakeTime,
  connectors: readonly Connector[],
): Promise<{ right: number; unavailable: number }> {
  const requests = watchRequests();
  const bridges = connectors.map((connector): PlayedBridge => ({
    connector,
    queue: [],
    calls: new Set(),
  }));
  let [right, unavailable, restUntil, arrived, step] = [0, 0, 0, 0, 1];
  let broken: unknown;

  function call({ connector, calls }: PlayedBridge, batch: readonly Waiting[]): void {
    const own = { until: time.now() + DEADLINE_MS, abort: new AbortController() };
    calls.add(own);
    connector
      .lookupMany?.(
        batch.map(({ email }) => email),
        { signal: own.abort.signal },
      )
      .then(
        (answers) => {
          for (const { email } of batch)
            if (recordsIn(answers).get(email)?.contact.email === email) right += 1;
            else throw new Error('a person was lost');
        },
        (error: unknown) => {
          if (!(error instanceof ConnectorError)) throw error;
          unavailable += batch.length;
          if (error.kind === 'timeout' || error instanceof NotAttemptedError) return;
          expect(error.kind).to.equal('rate_limited');
          restUntil = time.now() + (error.retryAfterMs ?? 10_000);
        },
      )
      .catch((error: unknown) => (broken = error))
      .finally(() => calls.delete(own));
  }

  function leaveLate(bridge: PlayedBridge): void {
    const [late, waiting] = [[] as Waiting[], [] as Waiting[]];
    for (const one of bridge.queue) (one.until <= time.now() ? late : waiting).push(one);
    unavailable += late.length;
    bridge.queue = waiting;
  }

  const inCalls = () => bridges.some(({ calls }) => calls.size > 0);
  while (right + unavailable < emails.length && broken === undefined) {
    const due = Math.floor(Math.min(emails.length, (each * step * STEP_MS) / 1_000));
    step += 1;
    for (const [n, email] of emails.slice(arrived, due).entries())
      bridges[(arrived + n) % bridges.length]?.queue.push({
        email,
        until: time.now() + DEADLINE_MS,
      });
    arrived = due;
    for (const bridge of bridges) {
      leaveLate(bridge);
      const { connector, calls } = bridge;
      const isDue = () => bridge.queue.length >= 100 || connector.pauseMs?.() === 0;
      while (bridge.queue.length > 0 && calls.size < places && time.now() >= restUntil && isDue())
        call(bridge, bridge.queue.splice(0, 100));
    }
    // The last rounds also let zlib's threads finish.
    for (let idle = 0; idle < 10; idle = requests.inFlight() === 0 ? idle + 1 : 0)
      await (idle < 7 || !inCalls() ? turns(1) : pause(1));
    time.advance(STEP_MS);
    for (const { calls } of bridges)
      for (const { until, abort } of calls) if (time.now() >= until) abort.abort();
  }
  requests.end();
  expect(broken).to.be.undefined;
  return { right, unavailable };
}

/**
 * Counts the requests of this process from undici's side: on a busy machine one may be on its way to the emulator
 * for longer than a few turns of the event loop.
 */
function watchRequests(): { inFlight(): number; end(): void } {
  let count = 0;
  const start = (): void => void (count += 1);
  const finish = (): void => void (count -= 1);
  subscribe('undici:request:create', start);
  for (const name of ENDS) subscribe(name, finish);
  return {
    inFlight: () => count,
    end() {
      unsubscribe('undici:request:create', start);
      for (const name of ENDS) unsubscribe(name, finish);
    },
  };
}

const ENDS = ['undici:request:trailers', 'undici:request:error'];
