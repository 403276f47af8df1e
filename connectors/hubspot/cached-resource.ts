/** A piece of HubSpot's slow-changing data, loaded as a whole and kept for hours. */
import { Omissions, type CallOptions, type ConnectorContext } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';

export type ResourceContext = Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>;

const TTL_MS = 6 * 60 * 60_000;
const RETRY_MS = 60_000;
/** An unknown id may be new: worth a reload, but not more often than this. */
const MIN_RELOAD_MS = 5 * 60_000;

export class CachedResource<T> {
  value: T | undefined;
  readonly #name: string;
  readonly #load: (options: CallOptions) => Promise<T>;
  readonly #context: ResourceContext;
  /** Whether HubSpot refuses it. */
  readonly #refused: Omissions;
  /** While there is no value: what its absence means. */
  #gap: 'loading' | 'failed' | undefined = 'loading';
  #dueAt = -Infinity;
  #loadedAt = -Infinity;

  constructor(name: string, load: (options: CallOptions) => Promise<T>, context: ResourceContext) {
    this.#name = name;
    this.#load = load;
    this.#context = context;
    const message = ([reason]: readonly string[]): string =>
      `the ${name} cannot be read (${reason}): ids are shown`;
    this.#refused = new Omissions(context, { notice: name, message });
  }

  get isDue(): boolean {
    return this.#context.clock.monotonic() >= this.#dueAt && !this.#refused.has(this.#name);
  }

  /** Why there is no value; `undefined` when there is one, or HubSpot refuses it for good. */
  get gap(): 'loading' | 'failed' | undefined {
    return this.value === undefined ? this.#gap : undefined;
  }

  /**
   * To be called for an unknown id: makes the resource due, unless it was loaded just now.
   * @returns whether the id may become known.
   */
  markStale(): boolean {
    const ageMs = this.#context.clock.monotonic() - this.#loadedAt;
    const isDue = this.value !== undefined && ageMs >= MIN_RELOAD_MS;
    if (isDue) this.#dueAt = -Infinity;
    return isDue;
  }

  deferRetry(): void {
    this.#gap = 'failed';
    this.#dueAt = this.#context.clock.monotonic() + RETRY_MS;
  }

  /** Never throws. @returns whether HubSpot can be asked for more. */
  async load(signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#context;
    try {
      this.value = await this.#load({ signal });
      this.#loadedAt = clock.monotonic();
      this.#dueAt = clock.monotonic() + TTL_MS;
      this.#refused.restore(this.#name);
      return true;
    } catch (error) {
      const failure = error instanceof HubSpotError ? error : undefined;
      this.deferRetry();
      // Another try changes nothing, so answers are not incomplete without it.
      if (failure?.kind === 'misconfigured') this.#gap = undefined;
      if (failure?.status === 403) this.#refused.add(this.#name, failure.message);
      if (!signal.aborted)
        log.debug('could not load from HubSpot', {
          what: this.#name,
          kind: failure?.kind ?? 'bad_response',
        });
      return failure !== undefined && isRequestSpecific(failure);
    }
  }
}

/** Whether the failure says nothing about other requests: HubSpot responded, and refused only this one. */
function isRequestSpecific({ kind, status }: HubSpotError): boolean {
  return status !== undefined && kind !== 'auth' && kind !== 'rate_limited' && kind !== 'quota';
}
