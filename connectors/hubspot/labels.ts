/**
 * The names behind ids and codes: owners, pipelines and stages, options of properties, the account itself.
 * They change seldom, so they are loaded behind the lookups and kept for hours. A lookup never fails for
 * them: what is unknown is shown as HubSpot sent it.
 */
import type { Owner } from '../../src/model/profile.ts';
import { toAccount, type Account } from './account.ts';
import { CachedResource, type ResourceContext } from './cached-resource.ts';
import type { Requests } from './requests.ts';
import type { ObjectType, Pipeline, Property } from './responses.ts';
import type { Time } from './time.ts';

export interface Stage {
  readonly label: string;
  /** Whether a deal or ticket in this stage is done. */
  readonly closed: boolean | undefined;
  /** 0 to 1; deals only. */
  readonly probability: number | undefined;
}

type PipelineType = 'deals' | 'tickets';

/** Right after opening, lookups wait this long for the first names, so that they don't show ids. */
const FIRST_LOAD_WAIT_MS = 500;
/** No load takes longer. */
const LOAD_TIMEOUT_MS = 30_000;

export class Labels {
  readonly #context: ResourceContext;
  readonly #time: Time;
  readonly #closing = new AbortController();
  readonly #account: CachedResource<Account>;
  readonly #owners: CachedResource<ReadonlyMap<string, Owner>>;
  readonly #archivedOwners: CachedResource<ReadonlyMap<string, Owner>>;
  readonly #pipelines: Readonly<
    Record<PipelineType, CachedResource<ReadonlyMap<string, Pipeline>>>
  >;
  readonly #properties: Readonly<Record<ObjectType, CachedResource<ReadonlyMap<string, Property>>>>;
  readonly #openedAt: number;
  #load: Promise<void> | undefined;
  #loadedOnce = false;

  constructor(
    requests: Requests,
    options: {
      readonly context: ResourceContext;
      readonly time: Time;
      /** The tenant's own properties, to tell of misspelt ones. */
      readonly fields: Readonly<Record<ObjectType, readonly string[]>>;
    },
  ) {
    const { context, time, fields } = options;
    this.#context = context;
    this.#time = time;
    this.#openedAt = time.now();
    const part = <T>(name: string, load: (signal: AbortSignal) => Promise<T>): CachedResource<T> =>
      new CachedResource(name, load, context);
    const pipelines = (type: PipelineType) =>
      part(`pipelines of ${type}`, async (signal) =>
        byKey(await requests.pipelines(type, { signal }), ({ id }) => id),
      );
    const properties = (type: ObjectType) =>
      part(`properties of ${type}`, async (signal) => {
        const known = byKey(await requests.properties(type, { signal }), ({ name }) => name);
        this.#reportUnknown(type, fields[type], known);
        return known;
      });
    const owners = (archived: boolean) => async (signal: AbortSignal) =>
      new Map(
        (await requests.owners(archived, { signal })).map((owner) => [
          owner.id,
          {
            name: [owner.firstName, owner.lastName].filter(Boolean).join(' ') || null,
            email: owner.email ?? null,
          },
        ]),
      );
    this.#account = part('account details', async (signal) =>
      toAccount(await requests.account({ signal })),
    );
    this.#owners = part('owners', owners(false));
    this.#archivedOwners = part('former owners', owners(true));
    this.#pipelines = { deals: pipelines('deals'), tickets: pipelines('tickets') };
    this.#properties = {
      contacts: properties('contacts'),
      companies: properties('companies'),
      deals: properties('deals'),
      tickets: properties('tickets'),
    };
  }

  /** Loads, in the background, what is missing or old. Calling it often costs nothing. */
  refresh(): void {
    if (this.#load !== undefined || this.#closing.signal.aborted) return;
    if (!this.#resources().some((part) => part.isDue)) return;
    this.#load = this.#loadDue().finally(() => {
      this.#load = undefined;
      this.#loadedOnce = true;
    });
  }

  /** Waits for the first load, but only in the first moments after opening. */
  async waitForFirstLoad(): Promise<void> {
    const left = this.#openedAt + FIRST_LOAD_WAIT_MS - this.#time.now();
    if (this.#loadedOnce || this.#load === undefined || left <= 0) return;
    const timer = new AbortController();
    const late = this.#time.sleep(left, timer.signal).catch(() => undefined);
    await Promise.race([this.#load, late]).finally(() => timer.abort());
  }

  close(): void {
    this.#closing.abort();
  }

  get account(): Account | undefined {
    return this.#account.value;
  }

  /** @returns the colleague; one who is not known by the id itself. */
  owner(id: string | null | undefined): Owner | null {
    if (!id) return null;
    const known = this.#owners.value?.get(id) ?? this.#archivedOwners.value?.get(id);
    if (known === undefined) this.#owners.markStale();
    return known ?? { name: id, email: null };
  }

  pipeline(type: PipelineType, id: string | null | undefined): string | null {
    if (!id) return null;
    return this.#pipelines[type].value?.get(id)?.label ?? id;
  }

  /** @returns `undefined` when the stage is not known (yet). */
  stage(type: PipelineType, pipelineId: string | null | undefined, id: string): Stage | undefined {
    const pipelines = this.#pipelines[type];
    const stage = pipelines.value
      ?.get(pipelineId ?? '')
      ?.stages.find((candidate) => candidate.id === id);
    if (stage === undefined) {
      pipelines.markStale();
      return undefined;
    }
    const { isClosed, ticketState, probability } = stage.metadata ?? {};
    return {
      label: stage.label,
      closed:
        isClosed === undefined && ticketState === undefined
          ? undefined
          : String(isClosed) === 'true' || ticketState === 'CLOSED',
      probability: probability === undefined ? undefined : Number(probability),
    };
  }

  /** @returns the definition of a property, once the definitions are loaded. */
  property(type: ObjectType, name: string): Property | undefined {
    return this.#properties[type].value?.get(name);
  }

  /** @returns the label of an option, or the value itself. */
  option(type: ObjectType, name: string, value: string | null | undefined): string | null {
    if (!value) return null;
    const options = this.property(type, name)?.options ?? [];
    return options.find((option) => option.value === value)?.label ?? value;
  }

  #resources(): readonly CachedResource<unknown>[] {
    return [
      this.#account,
      this.#owners,
      this.#archivedOwners,
      ...Object.values(this.#pipelines),
      ...Object.values(this.#properties),
    ];
  }

  async #loadDue(): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]);
    const due = this.#resources().filter((part) => part.isDue);
    // One request first: a HubSpot that is down, or refuses the token, is not asked for the rest.
    const [first, ...others] = due;
    const well = await first?.load(signal);
    if (well) await Promise.all(others.map((part) => part.load(signal)));
    else others.forEach((part) => part.deferRetry());
  }

  #reportUnknown(
    type: ObjectType,
    wanted: readonly string[],
    known: ReadonlyMap<string, Property>,
  ): void {
    const absent = wanted.filter((name) => !known.has(name));
    const message =
      absent.length === 0
        ? undefined
        : `HubSpot has no property ${absent.join(', ')} for ${type}, or hides it: check fields`;
    if (message !== undefined) this.#context.log.warn(message);
    this.#context.setNotice(`fields.${type}`, message);
  }
}

function byKey<T>(list: readonly T[], key: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(list.map((item) => [key(item), item]));
}
