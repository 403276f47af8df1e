/**
 * The names of ids and codes: owners, pipelines and stages, options of properties, the account itself.
 * They change seldom, so they are loaded in the background and kept for hours. A lookup never fails for
 * them: what is unknown is shown as HubSpot sent it.
 */
import {
  type CallOptions,
  type ConnectorContext,
  ConnectorError,
  Omissions,
  type Owner,
  raceAbort,
  UNKNOWN_CURRENCY,
} from '../../src/connector/index.ts';
import { HubSpotError, isRequestSpecific } from './errors.ts';
import type { Time } from './rate-limiter.ts';
import type { PropertyNames, Requests } from './requests.ts';
import type { ObjectType } from './responses.ts';
import type { TimeZone } from './values.ts';

type PipelineType = 'deals' | 'tickets';
type ResourceContext = Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>;

/** Right after opening, lookups wait this long for the first names, so that they don't show ids. */
const FIRST_LOAD_WAIT_MS = 500;
const LOAD_TIMEOUT_MS = 30_000;
const TTL_MS = 6 * 60 * 60_000;
const RETRY_MS = 60_000;
/** An unknown id may be new: worth a reload, but not more often than this. */
const MIN_RELOAD_MS = 5 * 60_000;

type Resources = ReturnType<typeof openResources>;

/** What is loaded, in this order; what failed the last time goes behind the others. */
function openResources(requests: Requests, fields: PropertyNames, context: ResourceContext) {
  const all: CachedResource<unknown>[] = [];
  const resource = <T>(
    name: string,
    load: (options: CallOptions) => Promise<T>,
    without?: string,
  ) => {
    const opened = new CachedResource(name, load, context, without);
    all.push(opened);
    return opened;
  };
  const pipelines = (type: PipelineType) =>
    resource(`pipelines of ${type}`, (options) => requests.pipelines(type, options));
  const properties = (type: ObjectType) =>
    resource(`properties of ${type}`, async (options) => {
      const known = await requests.properties(type, options);
      reportUnknown(type, fields[type], known, context);
      return known;
    });
  return {
    all,
    account: resource(
      'account details',
      (options) => requests.account(options),
      "the tenant's currency and time zone are used",
    ),
    owners: resource('owners', (options) => requests.owners(false, options)),
    archivedOwners: resource('archived owners', (options) => requests.owners(true, options)),
    pipelines: { deals: pipelines('deals'), tickets: pipelines('tickets') },
    properties: {
      contacts: properties('contacts'),
      companies: properties('companies'),
      deals: properties('deals'),
      tickets: properties('tickets'),
    },
  };
}

/** Why a name is not known: it is about to come, or it could not be loaded. */
type Gap = 'loading' | 'failed';
/** For `missing` of a record: names that could not be loaded, and what is shown otherwise than the account has it. */
type Missing = 'labels' | 'currency' | 'time zone';

export class Labels {
  readonly #time: Time;
  readonly #closing = new AbortController();
  readonly #resources: Resources;
  readonly #openedAt: number;
  #loading: Promise<void> | undefined;
  #isLoadedOnce = false;
  /** Whether the mapping of {@link track} had to do without names that are about to come. */
  #isProvisional = false;
  /** What else it had to do without. */
  readonly #missing = new Set<Missing>();

  /** @param fields the tenant's own properties, to report unknown ones. */
  constructor(requests: Requests, fields: PropertyNames, context: ResourceContext, time: Time) {
    this.#time = time;
    this.#openedAt = time.now();
    this.#resources = openResources(requests, fields, context);
  }

  /** Loads, in the background, what is missing or old. Calling it often costs nothing. */
  refresh(): void {
    if (this.#loading !== undefined || this.#closing.signal.aborted) return;
    const due = this.#resources.all
      .filter((resource) => resource.isDue)
      .sort((a, b) => a.failedAt - b.failedAt);
    if (due.length === 0) return;
    this.#loading = this.#load(due).finally(() => {
      this.#loading = undefined;
      this.#isLoadedOnce = true;
    });
  }

  /** Waits for the load in flight, at most until the signal aborts. */
  async ready({ signal }: CallOptions): Promise<void> {
    if (this.#loading !== undefined) await raceAbort(this.#loading, signal).catch(() => undefined);
  }

  /**
   * @param map uses the labels at once.
   * @returns what it returns, whether it lacks names that are about to come, and what is missing.
   */
  track<T>(map: () => T): { mapped: T; isProvisional: boolean; missing: readonly string[] } {
    this.#isProvisional = false;
    this.#missing.clear();
    const mapped = map();
    this.refresh();
    return { mapped, isProvisional: this.#isProvisional, missing: [...this.#missing] };
  }

  /** Waits for the first load, but only in the first moments after opening. */
  async waitForFirstLoad(): Promise<void> {
    const leftMs = this.#openedAt + FIRST_LOAD_WAIT_MS - this.#time.now();
    if (this.#isLoadedOnce || this.#loading === undefined || leftMs <= 0) return;
    const timer = new AbortController();
    const timeout = this.#time.sleep(leftMs, timer.signal).catch(() => undefined);
    await Promise.race([this.#loading, timeout]).finally(() => timer.abort());
  }

  close(): void {
    this.#closing.abort();
  }

  get account() {
    return this.#read(this.#resources.account);
  }

  /** The account's time zone; `undefined` also while it is not known, which is `missing` then. */
  get zone(): TimeZone | undefined {
    if (this.#isAccountExpected) this.#missing.add('time zone');
    return this.account?.zone;
  }

  /** @returns the currency of an amount that names none. While it is not known, the tenant's must not stand in. */
  currencyOf(amount: number | null): string | null {
    if (amount === null || !this.#isAccountExpected) return this.account?.currency ?? null;
    this.#missing.add('currency');
    return UNKNOWN_CURRENCY;
  }

  /** Whether the account is not known yet, and HubSpot does not refuse it. */
  get #isAccountExpected(): boolean {
    return this.#resources.account.gap !== undefined;
  }

  /** @returns the colleague; an unknown one by its id. */
  owner(id: string | null | undefined): Owner | null {
    if (!id) return null;
    const { owners, archivedOwners } = this.#resources;
    const known = owners.value?.get(id) ?? archivedOwners.value?.get(id);
    if (known !== undefined) return known;
    for (const each of [owners, archivedOwners]) this.#read(each);
    this.#requestReload(owners);
    return { name: id, email: null };
  }

  pipeline(type: PipelineType, id: string | null | undefined): string | null {
    if (!id) return null;
    const pipelines = this.#resources.pipelines[type];
    const label = this.#read(pipelines)?.get(id)?.label;
    if (label === undefined) this.#requestReload(pipelines);
    return label ?? id;
  }

  /** @returns `undefined` when the stage is not known (yet). */
  stage(type: PipelineType, pipelineId: string | null | undefined, id: string) {
    const pipelines = this.#resources.pipelines[type];
    const stages = this.#read(pipelines)?.get(pipelineId ?? '')?.stages;
    const stage = stages?.get(id);
    if (stage === undefined) {
      this.#requestReload(pipelines);
      return undefined;
    }
    const { isClosed, ticketState, probability } = stage.metadata ?? {};
    const isKnown = isClosed !== undefined || ticketState !== undefined;
    return {
      label: stage.label,
      /** Whether a deal or ticket in this stage is done. */
      closed: isKnown ? String(isClosed) === 'true' || ticketState === 'CLOSED' : undefined,
      /** 0 to 1; deals only. */
      probability: probability === undefined ? undefined : Number(probability),
    };
  }

  /** @returns the definition of a property, once the definitions are loaded. */
  property(type: ObjectType, name: string) {
    return this.#read(this.#resources.properties[type])?.get(name);
  }

  /** @returns the label of an option, or the value itself. */
  option(type: ObjectType, name: string, value: string | null | undefined): string | null {
    if (!value) return null;
    const options = this.property(type, name)?.options;
    const label = options?.get(value);
    // The list of options may be old; a property without options has no labels.
    if (label === undefined && options?.size) this.#requestReload(this.#resources.properties[type]);
    return label ?? value;
  }

  #read<T>(resource: CachedResource<T>): T | undefined {
    this.#note(resource.gap);
    return resource.value;
  }

  #requestReload(resource: CachedResource<unknown>): void {
    this.#note(resource.markStale());
  }

  #note(gap: Gap | undefined): void {
    if (gap === 'loading') this.#isProvisional = true;
    if (gap === 'failed') this.#missing.add('labels');
  }

  async #load(due: readonly CachedResource<unknown>[]): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]);
    // One request first, by turns: a HubSpot that is down, or refuses the token, is not asked for the rest.
    const [first, ...others] = due;
    if (await first?.load(signal)) await Promise.all(others.map((each) => each.load(signal)));
    else for (const each of others) each.deferRetry();
  }
}

/** A piece of these data, loaded as a whole. */
export class CachedResource<T> {
  value: T | undefined;
  readonly #name: string;
  readonly #load: (options: CallOptions) => Promise<T>;
  readonly #context: ResourceContext;
  /** Whether HubSpot refuses it. */
  readonly #refused: Omissions;
  /** What it means that there is no value, or an old one that does not have an id. */
  #gap: Gap | undefined = 'loading';
  #failedAt = 0;
  #dueAt = -Infinity;
  /** After a failure. */
  #retryAt = -Infinity;
  #loadedAt = -Infinity;

  /** @param without what is shown when HubSpot refuses it. */
  constructor(
    name: string,
    load: (options: CallOptions) => Promise<T>,
    context: ResourceContext,
    without = 'ids are shown',
  ) {
    this.#name = name;
    this.#load = load;
    this.#context = context;
    const message = ([reason]: readonly string[]): string =>
      `the ${name} cannot be read (${reason}): ${without}`;
    this.#refused = new Omissions(context, { notice: name, message });
  }

  get isDue(): boolean {
    return this.#context.clock.monotonic() >= this.#dueAt && !this.#refused.has(this.#name);
  }

  /** When the latest request failed, by `monotonic()`; 0 if it did not. */
  get failedAt(): number {
    return this.#failedAt;
  }

  /** Why there is no value; `undefined` when there is one, or HubSpot refuses it for good. */
  get gap(): Gap | undefined {
    return this.value === undefined ? this.#gap : undefined;
  }

  /**
   * To be called for an unknown id: makes the resource due, unless it was loaded just now or waits for another try.
   * @returns why the id is unknown; `undefined` when a reload would change nothing.
   */
  markStale(): Gap | undefined {
    const now = this.#context.clock.monotonic();
    const isRecent = now - this.#loadedAt < MIN_RELOAD_MS;
    if (this.value === undefined || isRecent || this.#refused.has(this.#name)) return undefined;
    if (now < this.#retryAt) return this.#gap;
    this.#dueAt = -Infinity;
    return 'loading';
  }

  deferRetry(): void {
    this.#gap = 'failed';
    this.#retryAt = this.#context.clock.monotonic() + RETRY_MS;
    this.#dueAt = this.#retryAt;
  }

  /** Never throws. @returns whether HubSpot can be asked for more. */
  async load(signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#context;
    try {
      this.value = await this.#load({ signal });
      this.#loadedAt = clock.monotonic();
      this.#dueAt = clock.monotonic() + TTL_MS;
      this.#failedAt = 0;
      this.#refused.restore(this.#name);
      return true;
    } catch (error) {
      const kind = error instanceof ConnectorError ? error.kind : 'bad_response';
      const response = error instanceof HubSpotError ? error.response : undefined;
      this.deferRetry();
      this.#failedAt = clock.monotonic();
      // Another try changes nothing, so answers are not incomplete without it.
      if (kind === 'misconfigured') this.#gap = undefined;
      if (response?.status === 403) this.#refused.add(this.#name, (error as Error).message);
      if (!signal.aborted) log.debug('could not load from HubSpot', { what: this.#name, kind });
      return response !== undefined && isRequestSpecific(error, signal);
    }
  }
}

function reportUnknown(
  type: ObjectType,
  wanted: readonly string[],
  known: ReadonlyMap<string, unknown>,
  { log, setNotice }: ResourceContext,
): void {
  const unknown = wanted.filter((name) => !known.has(name));
  const message = `HubSpot has no property ${unknown.join(', ')} for ${type}, or hides it: check fields`;
  if (unknown.length > 0) log.warn(message);
  setNotice(`fields.${type}`, unknown.length > 0 ? message : undefined);
}
