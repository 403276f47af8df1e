/** Every request the connector makes: what goes in, which budget it counts against. */
import type { z } from 'zod';
import type { CallOptions, Owner } from '../../src/connector/index.ts';
import type { Call, HubSpotClient } from './client.ts';
import { HubSpotError } from './errors.ts';
import type { HubSpotApi } from './hubspot-api.ts';
import * as responses from './responses.ts';
import type { ContactRecord, HubSpotRecord, ObjectType } from './responses.ts';

/** The names of the properties to ask for. */
export type PropertyNames = Readonly<Record<ObjectType, readonly string[]>>;

/** HubSpot's limit for one batch read. */
export const MAX_BATCH = 100;
/** What a lookup counts for when it begins: its read of contacts and one read of each section. */
const LOOKUP_WEIGHT = 4;
/** HubSpot's limit for one page of owners, and a bound for the number of pages. */
const OWNERS_PER_PAGE = 500;
const MAX_OWNER_PAGES = 20;
/** Companies that may have the domain, those with a similar one included. */
const MAX_COMPANIES = 100;

/** @returns parts of at most {@link MAX_BATCH}. */
export function batchesOf(inputs: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(inputs.length / MAX_BATCH);
  return Array.from({ length: count }, (_, i) => inputs.slice(i * MAX_BATCH, (i + 1) * MAX_BATCH));
}

export type Requests = ReturnType<typeof createRequests>;

/** All requests throw {@link ConnectorError}s: `NotAttemptedError` when a limit leaves no room in time. */
export function createRequests(
  client: HubSpotClient,
  options: { readonly apiVersion: string; readonly properties: PropertyNames },
) {
  async function send<T>(
    call: Call,
    schema: z.ZodType<T>,
    run: (api: HubSpotApi) => Promise<unknown>,
    maxResults?: number,
  ): Promise<T> {
    return responses.validate(schema, await client(call, run), call.operation, maxResults);
  }

  function readBatch(
    type: ObjectType,
    inputs: readonly string[],
    weight: number,
    { signal }: CallOptions,
    idProperty?: 'email',
  ): Promise<HubSpotRecord[]> {
    const call: Call = { operation: `batch/read ${type}`, budget: 'general', weight, signal };
    const read = (api: HubSpotApi) =>
      api.objectBatches().read(type, {
        inputs: inputs.map((id) => ({ id })),
        properties: [...options.properties[type]],
        propertiesWithHistory: [],
        ...(idProperty === undefined ? {} : { idProperty }),
      });
    return send(call, responses.records, read, inputs.length);
  }

  function forLabels(operation: string, { signal }: CallOptions): Call {
    return { operation, budget: 'general', isBackground: true, signal };
  }

  return {
    /**
     * @param key an address with `idProperty`, an id without.
     * @returns a contact with the ids of what belongs to it; `undefined` when there is none (404).
     */
    async contact(
      key: string,
      idProperty: 'email' | undefined,
      associated: readonly ObjectType[],
      { signal }: CallOptions,
    ): Promise<ContactRecord | undefined> {
      const types = associated.length === 0 ? undefined : [...associated];
      const wanted = [...options.properties.contacts];
      const weight = idProperty === 'email' ? LOOKUP_WEIGHT : 0;
      try {
        const call: Call = { operation: 'contact', budget: 'general', weight, signal };
        return await send(call, responses.contact, (api) =>
          api.objects().getById('contacts', key, wanted, undefined, types, false, idProperty),
        );
      } catch (error) {
        // HubSpot has several bodies for this, one of them HTML: the status alone decides.
        if (error instanceof HubSpotError && error.response.status === 404) return undefined;
        throw error;
      }
    },

    /** @returns those that exist, in any order. */
    async read(type: ObjectType, ids: readonly string[], callOptions: CallOptions) {
      const batches = batchesOf([...new Set(ids)]);
      const reads = batches.map((batch, i) => readBatch(type, batch, i === 0 ? 0 : 1, callOptions));
      return (await Promise.all(reads)).flat();
    },

    /**
     * @param emails at most 100, lower case, without duplicates; secondary addresses count too.
     * @param isFirst whether a lookup begins with it.
     */
    contactsByEmail: (emails: readonly string[], callOptions: CallOptions, isFirst = true) =>
      readBatch('contacts', emails, isFirst ? LOOKUP_WEIGHT : 0, callOptions, 'email'),

    /** @param contactIds at most 1000. @returns by contact; one that has none is absent. */
    associations(to: ObjectType, contactIds: readonly string[], { signal }: CallOptions) {
      const call: Call = { operation: `associations ${to}`, budget: 'associations', signal };
      return send(call, responses.associations, (api) =>
        api.associationBatches().getPage('contacts', to, {
          inputs: contactIds.map((id) => ({ id })),
        }),
      );
    },

    /**
     * @param domains the spellings of one domain, lower case.
     * @returns companies with this main or additional domain, oldest first, and perhaps some with a similar one.
     */
    companiesByDomain(
      domains: readonly string[],
      { signal }: CallOptions,
    ): Promise<HubSpotRecord[]> {
      const isMain = { propertyName: 'domain', operator: 'IN', values: [...domains] };
      const isAdditional = domains.map((value) => ({
        propertyName: 'hs_additional_domains',
        operator: 'CONTAINS_TOKEN',
        value,
      }));
      const call: Call = { operation: 'search companies', budget: 'search', signal };
      const search = (api: HubSpotApi) =>
        api.objectSearch().doSearch('companies', {
          filterGroups: [isMain, ...isAdditional].map((filter) => ({ filters: [filter] })),
          properties: [...options.properties.companies],
          limit: MAX_COMPANIES,
          // HubSpot's specification requires these two.
          after: '0',
          sorts: ['createdate'],
        });
      return send(call, responses.records, search, MAX_COMPANIES);
    },

    /** @returns by id. */
    async owners(archived: boolean, callOptions: CallOptions): Promise<ReadonlyMap<string, Owner>> {
      const all = new Map<string, Owner>();
      let after: string | undefined;
      for (let page = 0; page < MAX_OWNER_PAGES; page += 1) {
        const call = forLabels('owners', callOptions);
        const response = await send(call, responses.owners, (api) =>
          api.owners().getPage(undefined, after, OWNERS_PER_PAGE, archived),
        );
        for (const [id, owner] of response.owners) all.set(id, owner);
        after = response.after;
        if (after === undefined) break;
      }
      return all;
    },

    pipelines: (type: 'deals' | 'tickets', callOptions: CallOptions) =>
      send(forLabels(`pipelines ${type}`, callOptions), responses.pipelines, (api) =>
        api.pipelines().getAll(type),
      ),

    properties: (type: ObjectType, callOptions: CallOptions) =>
      send(forLabels(`properties ${type}`, callOptions), responses.properties, (api) =>
        api.properties().getAll(type),
      ),

    account: (callOptions: CallOptions) =>
      send(forLabels('account', callOptions), responses.account, (api) =>
        api.get(`/account-info/${options.apiVersion}/details`),
      ),
  };
}
