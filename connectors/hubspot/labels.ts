/**
 * The names of ids and codes: owners, pipelines and stages, options of properties, the account itself.
 * They change seldom, so they are loaded in the background and kept for hours. A lookup never fails for
 * them: what is unknown is shown as HubSpot sent it.
 */
import { raceAbort, type CallOptions } from '../../src/connector/index.ts';
import type { Owner } from '../../src/model/profile.ts';
import { CachedResource, type ResourceContext } from './cached-resource.ts';
import type { PropertyNames, Requests } from './requests.ts';
import type { AccountDetails, ObjectType, OwnerRecord, Pipeline, Property } from './responses.ts';
import type { Time } from './time.ts';
import { fullName, parseTimeZone } from './values.ts';

export type Account = ReturnType<typeof toAccount>;
type PipelineType = 'deals' | 'tickets';
type ById<T> = ReadonlyMap<string, T>;

/** Right after opening, lookups wait this long for the first names, so that they don't show ids. */
const FIRST_LOAD_WAIT_MS = 500;
const LOAD_TIMEOUT_MS = 30_000;

export class Labels {
  readonly #time: Time;
  readonly #closing = new AbortController();
  readonly #account: CachedResource<Account>;
  readonly #owners: CachedResource<ById<Owner>>;
  readonly #archivedOwners: CachedResource<ById<Owner>>;
  readonly #pipelines: Readonly<Record<PipelineType, CachedResource<ById<Pipeline>>>>;
  readonly #properties: Readonly<Record<ObjectType, CachedResource<ById<Property>>>>;
  /** In the order they are loaded. */
  readonly #resources: readonly CachedResource<unknown>[];
  readonly #openedAt: number;
  #loading: Promise<void> | undefined;
  /** What the mapping of {@link track} had to do without. */
  readonly #gaps = new Set<'loading' | 'failed'>();
  #isLoadedOnce = false;

  /** @param options.fields the tenant's own properties, to report unknown ones. */
  constructor(
    requests: Requests,
    options: {
      readonly context: ResourceContext;
      readonly time: Time;
      readonly fields: PropertyNames;
    },
  ) {
    const { context, time, fields } = options;
    this.#time = time;
    this.#openedAt = time.now();
    const resources: CachedResource<unknown>[] = [];
    const resource = <T>(name: string, load: (options: CallOptions) => Promise<T>) => {
      const created = new CachedResource(name, load, context);
      resources.push(created);
      return created;
    };
    const owners = (name: string, archived: boolean) =>
      resource(name, async (callOptions) => {
        const known = await requests.owners(archived, callOptions);
        return new Map(known.map((owner) => [owner.id, toOwner(owner)]));
      });
    const pipelines = (type: PipelineType) =>
      resource(`pipelines of ${type}`, async (callOptions) => {
        const known = await requests.pipelines(type, callOptions);
        return new Map(known.map((pipeline) => [pipeline.id, pipeline]));
      });
    const properties = (type: ObjectType) =>
      resource(`properties of ${type}`, async (callOptions) => {
        const known = await requests.properties(type, callOptions);
        const byName = new Map(known.map((property) => [property.name, property]));
        reportUnknown(type, fields[type], byName, context);
        return byName;
      });
    this.#account = resource('account details', async (callOptions) =>
      toAccount(await requests.account(callOptions)),
    );
    this.#owners = owners('owners', false);
    this.#archivedOwners = owners('archived owners', true);
    this.#pipelines = { deals: pipelines('deals'), tickets: pipelines('tickets') };
    this.#properties = {
      contacts: properties('contacts'),
      companies: properties('companies'),
      deals: properties('deals'),
      tickets: properties('tickets'),
    };
    this.#resources = resources;
  }

  /** Loads, in the background, what is missing or old. Calling it often costs nothing. */
  refresh(): void {
    if (this.#loading !== undefined || this.#closing.signal.aborted) return;
    const due = this.#resources.filter((resource) => resource.isDue);
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
   * @returns what it returns, and whether it lacks names that are about to come, or that could not be loaded.
   */
  track<T>(map: () => T): { mapped: T; isProvisional: boolean; isIncomplete: boolean } {
    this.#gaps.clear();
    const mapped = map();
    this.refresh();
    return {
      mapped,
      isProvisional: this.#gaps.has('loading'),
      isIncomplete: this.#gaps.has('failed'),
    };
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

  get account(): Account | undefined {
    return this.#read(this.#account);
  }

  /** @returns the colleague; an unknown one by its id. */
  owner(id: string | null | undefined): Owner | null {
    if (!id) return null;
    const known = this.#owners.value?.get(id) ?? this.#archivedOwners.value?.get(id);
    if (known === undefined) {
      for (const each of [this.#owners, this.#archivedOwners]) this.#read(each);
      this.#requestReload(this.#owners);
    }
    return known ?? { name: id, email: null };
  }

  pipeline(type: PipelineType, id: string | null | undefined): string | null {
    if (!id) return null;
    const pipelines = this.#pipelines[type];
    const label = this.#read(pipelines)?.get(id)?.label;
    if (label === undefined) this.#requestReload(pipelines);
    return label ?? id;
  }

  /** @returns `undefined` when the stage is not known (yet). */
  stage(type: PipelineType, pipelineId: string | null | undefined, id: string) {
    const pipelines = this.#pipelines[type];
    const stage = this.#read(pipelines)
      ?.get(pipelineId ?? '')
      ?.stages.get(id);
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
  property(type: ObjectType, name: string): Property | undefined {
    return this.#read(this.#properties[type])?.get(name);
  }

  /** @returns the label of an option, or the value itself. */
  option(type: ObjectType, name: string, value: string | null | undefined): string | null {
    if (!value) return null;
    const options = this.property(type, name)?.options;
    const label = options?.get(value);
    // The list of options may be old; a property without options has no labels.
    if (label === undefined && options?.size) this.#requestReload(this.#properties[type]);
    return label ?? value;
  }

  #read<T>(resource: CachedResource<T>): T | undefined {
    if (resource.gap !== undefined) this.#gaps.add(resource.gap);
    return resource.value;
  }

  #requestReload(resource: CachedResource<unknown>): void {
    if (resource.markStale()) this.#gaps.add('loading');
  }

  async #load(due: readonly CachedResource<unknown>[]): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]);
    // One request first: a HubSpot that is down, or refuses the token, is not asked for the rest.
    const [first, ...others] = due;
    if (await first?.load(signal)) await Promise.all(others.map((each) => each.load(signal)));
    else for (const each of others) each.deferRetry();
  }
}

function toAccount({ portalId, timeZone, companyCurrency, uiDomain }: AccountDetails) {
  return {
    portalId,
    /** Such as `app-eu1.hubspot.com`. It becomes part of links, so it must look like a domain. */
    uiDomain: uiDomain && /^[a-z0-9.-]+$/i.test(uiDomain) ? uiDomain : undefined,
    /** The currency of amounts that name none. */
    currency: companyCurrency ?? undefined,
    zone: timeZone ? parseTimeZone(timeZone) : undefined,
  };
}

function toOwner({ firstName, lastName, email = null }: OwnerRecord): Owner {
  return { name: fullName(firstName, lastName), email };
}

function reportUnknown(
  type: ObjectType,
  wanted: readonly string[],
  known: ById<Property>,
  { log, setNotice }: ResourceContext,
): void {
  const unknown = wanted.filter((name) => !known.has(name));
  const message = `HubSpot has no property ${unknown.join(', ')} for ${type}, or hides it: check fields`;
  if (unknown.length > 0) log.warn(message);
  setNotice(`fields.${type}`, unknown.length > 0 ? message : undefined);
}
