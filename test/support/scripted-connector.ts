/** A connector whose answers a test gives by hand: every call waits until the test releases it. */
import { type Connector, type Quota } from '../../src/connector/index.ts';
import { ConnectorError } from '../../src/connector/errors.ts';

/** One call to the connector. */
export interface ScriptedCall {
  readonly operation: 'lookup' | 'lookupMany' | 'findCompany';
  /** The addresses asked for; for `findCompany` the domain. */
  readonly asked: readonly string[];
  readonly signal: AbortSignal;
  /** Releases the call. @param known what is known, by address or domain; an absent one is unknown. */
  answer(known?: Readonly<Record<string, unknown>>): void;
  /** Releases the call with exactly this, whatever the contract says. */
  give(value: unknown): void;
  /** Ends the call with a ConnectorError, or with exactly what is given. */
  fail(thrown: unknown): void;
}

export interface ScriptedConnector {
  readonly connector: Connector;
  /** Every call so far, in order. */
  readonly calls: readonly ScriptedCall[];
  /** How many calls have not ended, and the most there ever were at once. */
  readonly running: number;
  readonly mostRunning: number;
  readonly closed: number;
  /** When set, decides about each call as it arrives. */
  respond: ((call: ScriptedCall) => void) | undefined;
  /** The next call that was not handed out yet, as soon as there is one. */
  next(): Promise<ScriptedCall>;
  /** Ends every call that still waits, and those to come: all are unknown. */
  release(): void;
}

export interface ScriptOptions {
  /** Left out: a connector without `lookupMany`. `not said`: one that has it and no `maxBatch`. */
  readonly maxBatch?: number | 'not said';
  readonly findsCompanies?: boolean;
  readonly quota?: () => Quota | undefined;
  /** Does not end a call when its signal aborts. */
  readonly ignoresSignal?: boolean;
  readonly respond?: (call: ScriptedCall) => void;
}

export function scriptedConnector(options: ScriptOptions = {}): ScriptedConnector {
  const calls: ScriptedCall[] = [];
  const waiting: ((call: ScriptedCall) => void)[] = [];
  let handedOut = 0;
  let [running, mostRunning, closed] = [0, 0, 0];

  function call(
    operation: ScriptedCall['operation'],
    asked: readonly string[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const made: ScriptedCall = {
      operation,
      asked,
      signal,
      answer: (known = {}) =>
        resolve(
          operation === 'lookupMany'
            ? new Map(asked.filter((one) => one in known).map((one) => [one, known[one]]))
            : known[asked[0] ?? ''],
        ),
      give: resolve,
      fail: reject,
    };
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    const ended = promise.finally(() => {
      running -= 1;
    });
    if (options.ignoresSignal !== true) {
      const abort = () => reject(new DOMException('This operation was aborted', 'AbortError'));
      signal.addEventListener('abort', abort, { once: true });
    }
    calls.push(made);
    scripted.respond?.(made);
    const taker = waiting.shift();
    if (taker !== undefined) {
      handedOut += 1;
      taker(made);
    }
    return ended;
  }

  const connector: Connector = {
    lookup: (email, { signal }) => call('lookup', [email], signal) as never,
    ...(options.maxBatch === undefined
      ? {}
      : {
          ...(options.maxBatch === 'not said' ? {} : { maxBatch: options.maxBatch }),
          lookupMany: (emails, { signal }) => call('lookupMany', emails, signal) as never,
        }),
    ...(options.findsCompanies === true
      ? { findCompany: (domain, { signal }) => call('findCompany', [domain], signal) as never }
      : {}),
    ...(options.quota === undefined ? {} : { quota: options.quota }),
    close: () => {
      closed += 1;
    },
  };

  const scripted: ScriptedConnector = {
    connector,
    calls,
    get running() {
      return running;
    },
    get mostRunning() {
      return mostRunning;
    },
    get closed() {
      return closed;
    },
    respond: options.respond,
    next() {
      const come = calls[handedOut];
      if (come === undefined) return new Promise((take) => waiting.push(take));
      handedOut += 1;
      return Promise.resolve(come);
    },
    release() {
      scripted.respond = (made) => made.answer();
      for (const made of calls) made.answer();
    },
  };
  return scripted;
}

/** The smallest answer about a person of this name. */
export function person(name: string): { readonly contact: { readonly name: string } } {
  return { contact: { name } };
}

/** An answer with a name made of the address, for each address. */
export function everybody(call: ScriptedCall): void {
  call.answer(Object.fromEntries(call.asked.map((one) => [one, person(one)])));
}

export function unavailable(): ConnectorError {
  return new ConnectorError('unavailable', 'the CRM is down');
}
