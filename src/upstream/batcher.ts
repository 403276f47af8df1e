/**
 * Batches lookups. A single lookup is sent at once; while the connection is busy, further ones wait a few
 * milliseconds and are sent as one call. The busier the CRM, the larger the batches.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { OnPartial } from '../connector/contract.ts';
import { ConnectorError } from '../connector/errors.ts';
import { activeTrace, type TraceContext } from '../telemetry/spans.ts';
import type { Bulkhead } from './bulkhead.ts';
import { OverloadError, toConnectorError } from './errors.ts';

export interface BatcherOptions<T> {
  /** The most addresses of one call; 1 for a connector without `lookupMany`. */
  readonly maxBatch: number;
  /** The most lookups in the queue; more are refused. */
  readonly maxQueue: number;
  readonly bulkhead: Bulkhead;
  /** Milliseconds until a call that is not full may begin; 0 when left out. */
  readonly pauseMs?: () => number;
  /**
   * Asks the CRM. @param traced the lookups with a trace; the call runs in the context of the first.
   * @returns the people it knows.
   */
  readonly call: (
    emails: readonly string[],
    signal: AbortSignal,
    traced: readonly Traced[],
    onPartial: OnPartial<T>,
  ) => Promise<ReadonlyMap<string, T>>;
}

export interface Traced {
  readonly trace: TraceContext;
  /** Time in the queue. */
  readonly waitedMs: number;
}

/** A batch is sent when no lookup has joined it for this time, doubled for each call in flight, … */
const WINDOW_MS = 10;
const MAX_WINDOW_MS = 80;
/** … or when its oldest lookup has waited for this time, even if more are arriving. */
const MAX_WAIT_MS = 500;
/** The window and the wait are at most these fractions of the oldest lookup's timeout. */
const WINDOW_FRACTION = 0.05;
const WAIT_FRACTION = 0.2;
/** A pause is looked at again after this time: it may have become shorter. */
const MAX_PAUSE_CHECK_MS = 100;
/**
 * A lookup that has spent this fraction of its timeout in the queue is refused. Sent later, it would end too
 * late for the agent, and the CRM would seem too slow where the queue is too long.
 */
const QUEUE_FRACTION = 0.5;
/**
 * When the oldest lookup has waited for this fraction of its timeout, more arrive than the CRM can answer.
 * The newest are then sent first: in FIFO order every lookup would time out before it is sent.
 */
const OVERLOAD_FRACTION = 0.25;

/** How many lookups of a call are settled in one turn of the event loop. */
const CHUNK = 20;

/** One lookup, in the queue or part of a call in flight. */
interface PendingLookup<T> {
  readonly email: string;
  readonly since: number;
  readonly timeoutMs: number;
  /** Runs work in the async context of the caller, to which traces belong. */
  readonly inContext: <R>(work: () => R) => R;
  readonly trace: TraceContext | undefined;
  readonly resolve: (value: T | undefined) => void;
  readonly onPartial: ((read: () => T | undefined) => void) | undefined;
  readonly reject: (error: ConnectorError) => void;
  call: { readonly waiting: Set<unknown>; readonly aborter: AbortController } | undefined;
}

export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  /** Lookups in the queue or in flight. */
  readonly #pending = new Set<PendingLookup<T>>();
  #queue: PendingLookup<T>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastArrival = -Infinity;

  constructor(options: BatcherOptions<T>) {
    // A connector may return anything; with 0 the queue would never get shorter.
    this.#options = { ...options, maxBatch: Math.max(1, Math.trunc(options.maxBatch) || 1) };
    options.bulkhead.onRelease(() => this.#pump());
  }

  get hasQueue(): boolean {
    return this.#queue.length > 0;
  }

  /**
   * @param email the caller does not look up the same one twice at a time.
   * @param timeoutMs a call is aborted once all of its lookups have timed out. After half of it a lookup
   *   leaves the queue.
   * @param onPartial is called once the person is known, before the whole answer is there.
   * @returns the person, or `undefined` when the CRM does not know the address.
   * @throws {ConnectorError} `timeout`, {@link OverloadError} when too many wait, or what the call threw.
   */
  lookup(
    email: string,
    timeoutMs: number,
    onPartial?: (read: () => T | undefined) => void,
  ): Promise<T | undefined> {
    if (this.#queue.length >= this.#options.maxQueue) {
      return Promise.reject(new OverloadError());
    }
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const now = performance.now();
    const inContext = AsyncLocalStorage.snapshot();
    const lookup: PendingLookup<T> = {
      ...{ email, since: now, timeoutMs, inContext, trace: activeTrace(), resolve, reject },
      ...{ onPartial, call: undefined },
    };
    const onTimeout = () => this.#fail(lookup, new ConnectorError('timeout', 'no answer in time'));
    let timer = setTimeout(() => {
      if (lookup.call === undefined) this.#fail(lookup, new OverloadError());
      else timer = setTimeout(onTimeout, timeoutMs * (1 - QUEUE_FRACTION));
    }, timeoutMs * QUEUE_FRACTION);
    const idle =
      this.#queue.length === 0 && this.#options.bulkhead.running === 0 && this.#pauseMs() === 0;
    this.#lastArrival = now;
    this.#queue.push(lookup);
    this.#pending.add(lookup);
    if (idle) this.#start(1);
    else this.#pump();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#pending.delete(lookup);
    });
  }

  /** Fails all lookups: empties the queue and aborts the calls in flight. */
  abortAll(): void {
    const error = new ConnectorError('unavailable', 'the connection is being closed');
    for (const lookup of [...this.#pending]) this.#fail(lookup, error);
  }

  /** Sends full batches; the others wait for their window. */
  #pump(): void {
    const { bulkhead, maxBatch } = this.#options;
    while (!bulkhead.full && this.#queue.length >= maxBatch) this.#start(maxBatch);
    if (!bulkhead.full && this.#queue.length > 0) this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#timer !== undefined) return;
    const window = Math.max(this.#windowMs(), Math.min(this.#pauseMs(), MAX_PAUSE_CHECK_MS));
    const due = performance.now() + window;
    // One more turn of the event loop: requests that have already arrived at the sockets join the batch.
    this.#timer = setTimeout(() => setImmediate(() => this.#onWindow(due)), window);
  }

  #pauseMs(): number {
    return this.#options.pauseMs?.() ?? 0;
  }

  /** The more calls are in flight, the fewer are left for the lookups that still arrive. */
  #windowMs(): number {
    const fraction = (this.#queue[0]?.timeoutMs ?? Infinity) * WINDOW_FRACTION;
    return Math.min(WINDOW_MS * 2 ** this.#options.bulkhead.running, MAX_WINDOW_MS, fraction);
  }

  #onWindow(due: number): void {
    this.#timer = undefined;
    const oldest = this.#queue[0];
    if (oldest === undefined || this.#options.bulkhead.full) return;
    if (this.#pauseMs() > 0) {
      this.#pump();
      return;
    }
    const now = performance.now();
    // A late timer means that the event loop has not got through all arrivals yet.
    const isQuiet = now - this.#lastArrival >= this.#windowMs() && now - due < WINDOW_MS;
    if (isQuiet || now - oldest.since >= Math.min(MAX_WAIT_MS, oldest.timeoutMs * WAIT_FRACTION))
      this.#start(Math.min(this.#queue.length, this.#options.maxBatch));
    this.#pump();
  }

  #start(count: number): void {
    const lookups = this.#dequeue(count);
    const [first] = lookups;
    if (first === undefined) return;
    const call = { waiting: new Set<unknown>(lookups), aborter: new AbortController() };
    for (const lookup of lookups) lookup.call = call;
    // After a purge the same person may be looked up again while the old lookup waits.
    const emails = [...new Set(lookups.map(({ email }) => email))];
    const traced = tracedAmong(lookups, performance.now());
    const leader = traced[0]?.lookup ?? first;
    const onPartial: OnPartial<T> = (email, read) => {
      for (const lookup of lookups) if (lookup.email === email) lookup.onPartial?.(read);
    };
    const work = () => this.#options.call(emails, call.aborter.signal, traced, onPartial);
    this.#options.bulkhead
      .run(() => leader.inContext(work))
      .then(
        (people) => settleInChunks(lookups, ({ email, resolve }) => resolve(people.get(email))),
        (thrown: unknown) => {
          const error = toConnectorError(thrown);
          return settleInChunks(lookups, ({ reject }) => reject(error));
        },
      );
  }

  #dequeue(count: number): PendingLookup<T>[] {
    const [oldest] = this.#queue;
    const isOverloaded =
      oldest !== undefined &&
      performance.now() - oldest.since > oldest.timeoutMs * OVERLOAD_FRACTION;
    return this.#queue.splice(isOverloaded ? -count : 0, count);
  }

  #fail(lookup: PendingLookup<T>, error: ConnectorError): void {
    lookup.reject(error);
    if (lookup.call === undefined) {
      this.#queue = this.#queue.filter((other) => other !== lookup);
      if (!this.hasQueue) this.#options.bulkhead.wake();
      return;
    }
    lookup.call.waiting.delete(lookup);
    if (lookup.call.waiting.size === 0) lookup.call.aborter.abort(abortReason(error));
  }
}

/** Each settled lookup has a text to render. All at once would delay the deadlines of other requests. */
async function settleInChunks<T>(
  lookups: readonly PendingLookup<T>[],
  settle: (lookup: PendingLookup<T>) => void,
): Promise<void> {
  for (let next = 0; next < lookups.length; next += CHUNK) {
    if (next > 0) await yieldToEventLoop();
    lookups.slice(next, next + CHUNK).forEach(settle);
  }
}

/** So the connector can see whether its time is over or the connection is being closed. */
function abortReason({ kind, message }: ConnectorError): DOMException {
  return new DOMException(message, kind === 'timeout' ? 'TimeoutError' : 'AbortError');
}

/** Lookups with a trace, first those with a span: only those leave the process. */
function tracedAmong<T>(lookups: readonly PendingLookup<T>[], now: number) {
  return lookups
    .flatMap((lookup) => {
      const { trace, since } = lookup;
      return trace === undefined ? [] : { lookup, trace, waitedMs: now - since };
    })
    .toSorted((a, b) => Number(b.trace.span !== undefined) - Number(a.trace.span !== undefined));
}
