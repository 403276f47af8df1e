/** A piece of HubSpot's slow-changing data. */
import type { ConnectorContext } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';

export type ResourceContext = Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>;

/** Milliseconds that a loaded part is kept, and until a failed one, or one without permission, is tried again. */
const KEEP = 6 * 60 * 60_000;
const RETRY = 60_000;
const FORBIDDEN = 60 * 60_000;
/** An id that is not known may be new: worth a reload, but not more often than this. */
const STALE = 5 * 60_000;

/** Something that is loaded as a whole and kept for a while. */
export class CachedResource<T> {
  value: T | undefined;
  readonly #name: string;
  readonly #load: (signal: AbortSignal) => Promise<T>;
  readonly #context: ResourceContext;
  #dueAt = -Infinity;
  #loadedAt = -Infinity;
  #forbidden = false;

  constructor(name: string, load: (signal: AbortSignal) => Promise<T>, context: ResourceContext) {
    this.#name = name;
    this.#load = load;
    this.#context = context;
  }

  get isDue(): boolean {
    return this.#context.clock.now() >= this.#dueAt;
  }

  /** Something is not in here that should be: makes the part due, unless it is quite new. */
  markStale(): void {
    const { clock } = this.#context;
    if (this.value !== undefined && clock.now() - this.#loadedAt >= STALE) this.#dueAt = -Infinity;
  }

  deferRetry(): void {
    this.#dueAt = this.#context.clock.now() + RETRY;
  }

  /** Never throws. @returns whether HubSpot is well enough to be asked for more. */
  async load(signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#context;
    try {
      this.value = await this.#load(signal);
      this.#loadedAt = clock.now();
      this.#dueAt = clock.now() + KEEP;
      this.#permit(undefined);
      return true;
    } catch (error) {
      const scopes = error instanceof HubSpotError ? error.scopes : undefined;
      this.#dueAt = clock.now() + (scopes === undefined ? RETRY : FORBIDDEN);
      if (scopes !== undefined) this.#permit(scopes);
      if (!signal.aborted)
        log.debug('could not load from HubSpot', {
          what: this.#name,
          kind: error instanceof HubSpotError ? error.kind : 'bad_response',
        });
      return error instanceof HubSpotError && isAlone(error);
    }
  }

  /** Tells the operator once that a scope is missing, and that it is no longer. */
  #permit(scopes: readonly string[] | undefined): void {
    const { log, setNotice: notice } = this.#context;
    if (scopes === undefined) {
      if (this.#forbidden) notice(this.#name, undefined);
      this.#forbidden = false;
      return;
    }
    const message = `the token may not read the ${this.#name} (scope ${scopes.join(' or ') || 'unknown'}): ids are shown`;
    if (!this.#forbidden) log.warn(message);
    notice(this.#name, message);
    this.#forbidden = true;
  }
}

/** Whether the failure says nothing about other requests: HubSpot was there, and refused only this one. */
function isAlone(error: HubSpotError): boolean {
  const { kind, status } = error;
  return status !== undefined && kind !== 'auth' && kind !== 'rate_limited' && kind !== 'quota';
}
