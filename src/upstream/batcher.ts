/**
 * Puts lookups together. A lone lookup goes at once; while the connection is busy, further ones gather for a
 * few milliseconds and go as one call. The busier the CRM, the larger the batches.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectorError } from '../connector/errors.ts';
import { activeTrace, type TraceContext } from '../telemetry/spans.ts';
import type { Bulkhead } from './bulkhead.ts';
import { toConnectorError } from './errors.ts';
import { OverloadError } from './errors.ts';

export interface BatcherOptions<T> {
  /** The most addresses of one call; 1 for a connector without `lookupMany`. */
  readonly maxBatch: number;
  /** The most lookups that may wait for their turn; more are refused. */
  readonly maxWaiting: number;
  readonly bulkhead: Bulkhead;
  /**
   * Asks the CRM. @param watched the members somebody watches; the call runs in the context of the first.
   * @returns who is known.
   */
  readonly call: (
    emails: readonly string[],
    signal: AbortSignal,
    watched: readonly Traced[],
  ) => Promise<ReadonlyMap<string, T>>;
}

export interface Traced {
  readonly watcher: TraceContext;
  /** Milliseconds in the queue. */
  readonly waited: number;
}

/** A gathering batch goes when nobody joined it for so long, twice as long for each call under way, … */
const WINDOW_MS = 10;
const LONGEST_QUIET = 80;
/** … or when its first member has waited so long, even if more are arriving. */
const MAX_WAIT_MS = 500;
/** Of the time of whoever waits longest, at most these shares go by in gathering. */
const QUIET_SHARE = 0.05;
const LONGEST_SHARE = 0.2;
/** A connection counts as busy for so long after a call began. */
const RECENT_MS = 25;
/**
 * Whoever has spent this share of the time in the queue leaves it: asked for later, the answer would come too
 * late for the agent, and the CRM would seem too slow where the queue is too long.
 */
const WAITING_SHARE = 0.5;
/**
 * When the oldest has waited for this share, more come than the CRM can answer, and the newest go first. In
 * order, everybody would be asked for when it is too late, and nobody would be answered in time.
 */
const OVERLOAD_SHARE = 0.25;

/** So many members of a call are answered in one turn of the event loop. */
const CHUNK = 20;

/** One lookup, waiting in the queue or belonging to a call under way. */
interface PendingLookup<T> {
  readonly email: string;
  readonly since: number;
  readonly timeLimit: number;
  /** Runs work in the context of whoever asked, so that traces find their way. */
  readonly inContext: <R>(work: () => R) => R;
  readonly watcher: TraceContext | undefined;
  readonly resolve: (value: T | undefined) => void;
  readonly reject: (error: ConnectorError) => void;
  call: { readonly waiting: Set<unknown>; readonly aborter: AbortController } | undefined;
}

export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  /** Whoever has no answer yet, in the queue or under way. */
  readonly #members = new Set<PendingLookup<T>>();
  #queue: PendingLookup<T>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastStart = -Infinity;
  #lastArrival = -Infinity;

  constructor(options: BatcherOptions<T>) {
    // A connector may say anything; at 0 the queue would never get shorter.
    this.#options = { ...options, maxBatch: Math.max(1, Math.trunc(options.maxBatch) || 1) };
    options.bulkhead.onRelease(() => this.#pump());
  }

  /** Whether lookups stand in the queue. */
  get waiting(): boolean {
    return this.#queue.length > 0;
  }

  /**
   * @param email the caller sees to it that nobody asks for the same one twice at a time.
   * @param timeLimit milliseconds after which the answer is of no use: a call is aborted once none of its
   *   members waits any more. After half of it a lookup leaves the queue.
   * @returns the person, or `undefined` when the CRM has nobody with that address.
   * @throws {ConnectorError} `timeout`, {@link OverloadError} when too many wait, or what the call threw.
   */
  lookup(email: string, timeLimit: number): Promise<T | undefined> {
    if (this.#queue.length >= this.#options.maxWaiting) {
      return Promise.reject(new OverloadError());
    }
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const now = performance.now();
    const inContext = AsyncLocalStorage.snapshot();
    const member: PendingLookup<T> = {
      ...{ email, since: now, timeLimit, inContext, watcher: activeTrace(), resolve, reject },
      call: undefined,
    };
    const onTimeout = () =>
      this.#giveUp(member, new ConnectorError('timeout', 'no answer in time'));
    let expiry = setTimeout(() => {
      if (member.call === undefined) this.#giveUp(member, new OverloadError());
      else expiry = setTimeout(onTimeout, timeLimit * (1 - WAITING_SHARE));
    }, timeLimit * WAITING_SHARE);
    const idle =
      this.#queue.length === 0 &&
      this.#options.bulkhead.running === 0 &&
      now - this.#lastStart >= RECENT_MS;
    this.#lastArrival = now;
    this.#queue.push(member);
    this.#members.add(member);
    if (idle) this.#start(1);
    else this.#pump();
    return promise.finally(() => {
      clearTimeout(expiry);
      this.#members.delete(member);
    });
  }

  /** Nobody waits any longer: the queue is empty, the calls under way are aborted. */
  abortAll(): void {
    const error = new ConnectorError('unavailable', 'the connection is being closed');
    for (const member of [...this.#members]) this.#giveUp(member, error);
  }

  /** Sends full batches; leaves the rest to gather. */
  #pump(): void {
    const { bulkhead, maxBatch } = this.#options;
    while (!bulkhead.full && this.#queue.length >= maxBatch) this.#start(maxBatch);
    if (!bulkhead.full && this.#queue.length > 0) this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    // After the timer, one more turn of the event loop: requests that have already arrived at the
    // sockets join before the batch goes.
    if (this.#timer !== undefined) return;
    const wait = this.#quiet();
    const due = performance.now() + wait;
    this.#timer = setTimeout(() => setImmediate(() => this.#onWindow(due)), wait);
  }

  /** The more calls are under way, the fewer places are left for a crowd that is still arriving. */
  #quiet(): number {
    const short = (this.#queue[0]?.timeLimit ?? Infinity) * QUIET_SHARE;
    return Math.min(WINDOW_MS * 2 ** this.#options.bulkhead.running, LONGEST_QUIET, short);
  }

  #onWindow(due: number): void {
    this.#timer = undefined;
    const oldest = this.#queue[0];
    if (oldest === undefined || this.#options.bulkhead.full) return;
    const now = performance.now();
    // A timer that is late tells of a crowd that the event loop has not got through yet.
    const quiet = now - this.#lastArrival >= this.#quiet() && now - due < WINDOW_MS;
    if (quiet || now - oldest.since >= Math.min(MAX_WAIT_MS, oldest.timeLimit * LONGEST_SHARE))
      this.#start(Math.min(this.#queue.length, this.#options.maxBatch));
    this.#pump();
  }

  #start(count: number): void {
    const members = this.#dequeue(count);
    const [first] = members;
    if (first === undefined) return;
    const call = { waiting: new Set<unknown>(members), aborter: new AbortController() };
    for (const member of members) member.call = call;
    this.#lastStart = performance.now();
    // After a purge the same person may be asked for anew while the old lookup waits.
    const emails = [...new Set(members.map((member) => member.email))];
    const watched = watchedAmong(members, this.#lastStart);
    const leader = watched[0]?.member ?? first;
    const work = () => this.#options.call(emails, call.aborter.signal, watched);
    this.#options.bulkhead
      .run(() => leader.inContext(work))
      .then(
        (known) => settleInChunks(members, (member) => member.resolve(known.get(member.email))),
        (thrown: unknown) => {
          const error = toConnectorError(thrown);
          return settleInChunks(members, (member) => member.reject(error));
        },
      );
  }

  #dequeue(count: number): PendingLookup<T>[] {
    const [oldest] = this.#queue;
    const overload =
      oldest !== undefined && performance.now() - oldest.since > oldest.timeLimit * OVERLOAD_SHARE;
    return this.#queue.splice(overload ? -count : 0, count);
  }

  #giveUp(member: PendingLookup<T>, error: ConnectorError): void {
    member.reject(error);
    if (member.call === undefined) {
      this.#queue = this.#queue.filter((other) => other !== member);
      if (!this.waiting) this.#options.bulkhead.wake();
      return;
    }
    member.call.waiting.delete(member);
    if (member.call.waiting.size === 0) member.call.aborter.abort(reasonOf(error));
  }
}

/**
 * A few at a time: each has a text to be rendered, and others must not miss their deadlines because of a
 * crowd that is answered all at once.
 */
async function settleInChunks<T>(
  members: readonly PendingLookup<T>[],
  give: (member: PendingLookup<T>) => void,
): Promise<void> {
  for (let next = 0; next < members.length; next += CHUNK) {
    if (next > 0) await turn();
    members.slice(next, next + CHUNK).forEach(give);
  }
}

/** Tells whoever asks the CRM whether its time is over, or the connection ends. */
function reasonOf({ kind, message }: ConnectorError): DOMException {
  return new DOMException(message, kind === 'timeout' ? 'TimeoutError' : 'AbortError');
}

/** Those somebody watches, first those whose trace goes further than to the operator. */
function watchedAmong<T>(
  members: readonly PendingLookup<T>[],
  now: number,
): readonly (Traced & { readonly member: PendingLookup<T> })[] {
  return members
    .flatMap((member) => {
      const { watcher: own, since } = member;
      return own === undefined ? [] : { member, watcher: own, waited: now - since };
    })
    .toSorted(
      (a, b) => Number(b.watcher.span !== undefined) - Number(a.watcher.span !== undefined),
    );
}
