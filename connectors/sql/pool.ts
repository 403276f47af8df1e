/** The connections to one database: as many as lookups need at once, opened when they are needed. */
import { raceAbort } from '../../src/connector/index.ts';
import { isLost } from './errors.ts';
import type { Engine, Session } from './engine.ts';

export interface Pool {
  /**
   * @param work runs alone on a connection. When an idle connection turns out to be dead, it runs again on a
   *   new one. When the signal aborts, what runs is cancelled on the server.
   */
  use<T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): void;
}

/** An idle connection is closed after this time. */
const IDLE_MS = 60_000;
/** How long a server may take to end a query that was cancelled. */
const CANCEL_MS = 2_000;

export function createPool(engine: Engine, size: number): Pool {
  const idle: { readonly session: Session; readonly timer: NodeJS.Timeout }[] = [];
  const running = new Set<Session>();
  const waiting: (() => void)[] = [];
  let taken = 0;
  let isClosed = false;

  function takeIdle(): Session | undefined {
    for (let next = idle.pop(); next !== undefined; next = idle.pop()) {
      clearTimeout(next.timer);
      if (!next.session.isBroken) return next.session;
      next.session.close();
    }
    return undefined;
  }

  function putBack(session: Session): void {
    if (isClosed || session.isBroken) {
      session.close();
      return;
    }
    const entry = {
      session,
      timer: setTimeout(() => {
        idle.splice(idle.indexOf(entry), 1);
        session.close();
      }, IDLE_MS).unref(),
    };
    idle.push(entry);
  }

  /** @param hold keeps the place of this lookup until what it started has ended, too. */
  async function connect(signal: AbortSignal, hold: Hold): Promise<Session> {
    const connecting = engine.connect();
    try {
      return await raceAbort(connecting, signal);
    } catch (error) {
      // One that comes too late serves the next lookup.
      hold(connecting.then(putBack, () => undefined));
      throw error;
    }
  }

  async function runOn<T>(
    session: Session,
    work: (session: Session) => Promise<T>,
    signal: AbortSignal,
    hold: Hold,
  ): Promise<T> {
    running.add(session);
    const working = work(session);
    try {
      const result = await raceAbort(working, signal);
      putBack(session);
      return result;
    } catch (error) {
      if (signal.aborted) hold(abandon(session, working));
      else if (isLost(error)) session.close();
      else putBack(session);
      throw error;
    } finally {
      running.delete(session);
    }
  }

  /** The query ends on the server first; then the connection goes, since its state is in doubt. */
  async function abandon(session: Session, working: Promise<unknown>): Promise<void> {
    const ended = Promise.allSettled([session.cancel(), working]);
    const timer = setTimeout(() => session.close(), CANCEL_MS);
    await ended;
    clearTimeout(timer);
    session.close();
  }

  async function takeTurn(signal: AbortSignal): Promise<void> {
    if (taken < size) {
      taken += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const turn = () => resolve(undefined);
    waiting.push(turn);
    try {
      await raceAbort(promise, signal);
    } catch (error) {
      const at = waiting.indexOf(turn);
      if (at >= 0) waiting.splice(at, 1);
      else endTurn(); // It was its turn already.
      throw error;
    }
  }

  function endTurn(): void {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  }

  return {
    async use(work, signal) {
      await takeTurn(signal);
      const held: Promise<void>[] = [];
      const hold: Hold = (ended) => void held.push(ended);
      try {
        const session = takeIdle();
        if (session === undefined)
          return await runOn(await connect(signal, hold), work, signal, hold);
        try {
          return await runOn(session, work, signal, hold);
        } catch (error) {
          if (!isLost(error) || signal.aborted) throw error;
          return await runOn(await connect(signal, hold), work, signal, hold);
        }
      } finally {
        void Promise.all(held).then(endTurn);
      }
    },
    close() {
      isClosed = true;
      for (const { session, timer } of idle.splice(0)) {
        clearTimeout(timer);
        session.close();
      }
      for (const session of running) session.close();
    },
  };
}

type Hold = (ended: Promise<void>) => void;
