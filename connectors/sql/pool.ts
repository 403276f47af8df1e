/** The connections to one database: as many as lookups need at once, opened when they are needed. */
import { raceAbort, Semaphore } from '../../src/connector/index.ts';
import type { Connect, Session } from './session.ts';

export interface Pool {
  /**
   * @param work has a session to itself until it settles; when an idle session turns out to be dead, it runs again on
   *   a new one. When `signal` aborts, what runs is cancelled on the server.
   */
  use<T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): void;
}

/** An idle session is closed after this time. */
const IDLE_MS = 60_000;
/** How long a server may take to end a cancelled statement before the session is closed anyway. */
const CANCEL_MS = 2_000;

/** What an error of a session says about it. */
export interface SessionErrors {
  /** The session had died. */
  readonly isLost: (error: unknown) => boolean;
  /** The session can run the next statement. */
  readonly keepsSession: (error: unknown) => boolean;
}

export function createPool(
  connect: Connect,
  size: number,
  { isLost, keepsSession }: SessionErrors,
): Pool {
  const idle: { readonly session: Session; readonly timer: NodeJS.Timeout }[] = [];
  const closed = new AbortController();
  const places = new Semaphore(size);

  function takeIdle(): Session | undefined {
    for (let next = idle.pop(); next !== undefined; next = idle.pop()) {
      clearTimeout(next.timer);
      if (!next.session.isBroken) return next.session;
      next.session.close();
    }
    return undefined;
  }

  function putBack(session: Session): void {
    if (closed.signal.aborted || session.isBroken) {
      session.close();
      return;
    }
    const timer = setTimeout(() => {
      idle.splice(idle.indexOf(entry), 1);
      session.close();
    }, IDLE_MS).unref();
    const entry = { session, timer };
    idle.push(entry);
  }

  return {
    async use<T>(work: (session: Session) => Promise<T>, caller: AbortSignal): Promise<T> {
      const signal = AbortSignal.any([caller, closed.signal]);
      // What continues after an abort; the place is taken until then.
      const pending: Promise<unknown>[] = [];

      async function attempt(reused?: Session): Promise<T> {
        const connecting = reused === undefined ? connect() : Promise.resolve(reused);
        const session = await raceAbort(connecting, signal).catch((error: unknown) => {
          // One that comes too late serves the next lookup.
          pending.push(connecting.then(putBack, () => undefined));
          throw error;
        });
        const working = work(session);
        try {
          const result = await raceAbort(working, signal);
          putBack(session);
          return result;
        } catch (error) {
          if (signal.aborted) pending.push(abandon(session, working));
          else if (keepsSession(error)) putBack(session);
          else session.close();
          throw error;
        }
      }

      await places.acquire(signal);
      try {
        const reused = takeIdle();
        return await attempt(reused).catch((error: unknown) => {
          if (reused === undefined || signal.aborted || !isLost(error)) throw error;
          return attempt();
        });
      } finally {
        void Promise.all(pending).then(() => places.release());
      }
    },
    close() {
      closed.abort();
      for (const { session, timer } of idle.splice(0)) {
        clearTimeout(timer);
        session.close();
      }
    },
  };
}

/** Ends the statement on the server, then the session, whose state is in doubt. */
async function abandon(session: Session, working: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), CANCEL_MS);
  await Promise.race([promise, Promise.allSettled([session.cancel(), working])]);
  clearTimeout(timer);
  session.close();
}
