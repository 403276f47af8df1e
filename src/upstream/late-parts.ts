/**
 * Parts of people: what a call has said of them while the rest is still being read, and how long it waits for the rest.
 * Once that has been late several times, calls wait briefly: one that waits for long holds the place of another, and
 * keeps its agents waiting.
 */
import type { LookupOptions, OnPartial } from '../connector/contract.ts';
import { ConnectorError } from '../connector/errors.ts';
import type { Clock } from '../model/clock.ts';
import { CircuitBreaker, type CircuitPermit } from './circuit-breaker.ts';
import { LatePartError } from './errors.ts';
import { settle } from './policy.ts';
import { isNil } from './validate-output.ts';

/** Of the latest ten calls that knew a person, this many were late. */
const LATE_CALLS = 3;
/** A brief wait, as a fraction of the time that a lookup may take. */
const BRIEF_FRACTION = 0.2;

export interface PeopleCall {
  readonly emails: readonly string[];
  /** How long a lookup may take, in milliseconds; `signal` says when that time is over. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Gets what the connector reports; a part says what it lacks. */
  readonly onPartial: OnPartial<unknown>;
}

export class LateParts {
  /** While it is open, calls wait briefly; now and then one waits for as long as it may. */
  readonly #circuit: CircuitBreaker;

  constructor(connection: string, clock: Clock) {
    this.#circuit = new CircuitBreaker(connection, clock, () => undefined, undefined, LATE_CALLS);
  }

  /**
   * @param ask calls the connector. A brief wait begins when it has said of each person whether there is one.
   * @throws {LatePartError} when it has, and there is one, but the rest is late; else what `ask` throws.
   */
  async call<T>(
    ask: (options: LookupOptions) => Promise<T>,
    { emails, timeoutMs, signal, onPartial }: PeopleCall,
  ): Promise<T> {
    const permit = this.#acquire();
    const brief = new AbortController();
    const end = permit === undefined ? AbortSignal.any([signal, brief.signal]) : signal;
    const unreported = new Set(emails);
    const parts: (() => unknown)[] = [];
    let isOver = false;
    let timer: NodeJS.Timeout | undefined;
    const report: OnPartial<unknown> = (email, read) => {
      if (isOver) return;
      const readPart = () => asPart(read());
      parts.push(readPart);
      onPartial(email, readPart);
      if (unreported.delete(email) && unreported.size === 0 && permit === undefined)
        timer = setTimeout(() => brief.abort(), timeoutMs * BRIEF_FRACTION);
    };
    try {
      const result = await settle(ask({ signal: end, onPartial: report }), end);
      if (unreported.size === 0) permit?.succeed();
      else permit?.skip();
      return result;
    } catch (thrown) {
      const isLate = end.aborted && unreported.size === 0 && parts.some(isKnown);
      if (isLate) permit?.fail('timeout', undefined);
      else permit?.skip();
      throw isLate ? new LatePartError() : thrown;
    } finally {
      isOver = true;
      clearTimeout(timer);
    }
  }

  /** @returns `undefined`: wait briefly. */
  #acquire(): CircuitPermit | undefined {
    try {
      return this.#circuit.acquire();
    } catch {
      return undefined;
    }
  }
}

/**
 * A part of a person must not count as the whole, though a connector does not say what is missing.
 * @throws {ConnectorError} `bad_response` for a promise.
 */
function asPart(record: unknown): unknown {
  if (record instanceof Promise) {
    record.catch(() => undefined);
    throw new ConnectorError('bad_response', 'what is known so far must not be a promise');
  }
  if (isNil(record) || record instanceof Error) return record;
  const { missing } = record as { readonly missing?: unknown };
  return Array.isArray(missing) ? record : { ...record, missing: ['details'] };
}

function isKnown(readPart: () => unknown): boolean {
  try {
    const part = readPart();
    return !isNil(part) && !(part instanceof Error);
  } catch {
    return false;
  }
}
