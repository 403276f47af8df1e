/** Every request the connector makes, one function each: what goes in, which budget it counts against. */
import type { CallOptions } from '../../src/connector/index.ts';
import type { Call, HubSpotClient } from './client.ts';
import { HubSpotError } from './errors.ts';
import type { Role } from './rate-limiter.ts';
import * as shapes from './responses.ts';
import type { ObjectType } from './responses.ts';

export interface Requests {
  /**
   * A contact with the ids of what belongs to it.
   * @returns `undefined` when nobody has that address or id (404).
   */
  contact(
    by: ContactKey,
    associated: readonly ObjectType[],
    options: CallOptions,
  ): Promise<shapes.ContactRecord | undefined>;
  /** @param ids at most 100, without duplicates. @returns those that exist, in any order. */
  read(
    type: ObjectType,
    ids: readonly string[],
    options: CallOptions,
  ): Promise<shapes.HubSpotRecord[]>;
  /** @param emails at most 100, lower case, without duplicates; secondary addresses count too. */
  contactsByEmail(
    emails: readonly string[],
    role: Role,
    options: CallOptions,
  ): Promise<shapes.HubSpotRecord[]>;
  /** @param contactIds at most 1000. @returns by contact; who has none is absent. */
  associations(
    to: ObjectType,
    contactIds: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, AssociatedRecords>>;
  companiesByDomain(domain: string, options: CallOptions): Promise<shapes.HubSpotRecord[]>;
  owners(archived: boolean, options: CallOptions): Promise<shapes.OwnerRecord[]>;
  pipelines(type: 'deals' | 'tickets', options: CallOptions): Promise<shapes.Pipeline[]>;
  properties(type: ObjectType, options: CallOptions): Promise<shapes.Property[]>;
  account(options: CallOptions): Promise<shapes.AccountDetails>;
}

export type ContactKey = { readonly email: string } | { readonly id: string };

export interface AssociatedRecords {
  readonly to: readonly shapes.Associated[];
  /** There are more than HubSpot sent. */
  readonly more: boolean;
}

/** The names of the properties to ask for. */
export type PropertyNames = Readonly<Record<ObjectType, readonly string[]>>;

/** HubSpot's limit for one page of owners, and a bound for the number of pages. */
const OWNERS_PER_PAGE = 500;
const OWNER_PAGES = 20;
/** Companies that share one domain; more are never needed to choose one. */
const COMPANIES = 20;

export function createRequests(
  client: HubSpotClient,
  options: { readonly apiVersion: string; readonly wanted: PropertyNames },
): Requests {
  const wanted = (type: ObjectType): string[] => [...options.wanted[type]];

  async function batch(
    type: ObjectType,
    inputs: readonly string[],
    idProperty: string | undefined,
    role: Role,
    { signal }: CallOptions,
  ): Promise<shapes.HubSpotRecord[]> {
    const operation = `batch/read ${type}`;
    const json = await client.call({ operation, budget: 'general', signal, role }, (api) =>
      api.objectBatches.read(type, {
        inputs: inputs.map((id) => ({ id })),
        properties: wanted(type),
        propertiesWithHistory: [],
        ...(idProperty === undefined ? {} : { idProperty }),
      }),
    );
    return shapes.validate(shapes.records, json, operation).results;
  }

  return {
    async contact(by, associated, { signal }) {
      const byEmail = 'email' in by;
      const [key, idProperty] = byEmail ? [by.email, 'email'] : [by.id, undefined];
      const role = byEmail ? 'beginning' : 'continuation';
      const call: Call = { operation: 'contact', budget: 'general', signal, role };
      try {
        const json = await client.call(call, (api) =>
          api.objects.getById(
            'contacts',
            key,
            wanted('contacts'),
            undefined,
            associated.length === 0 ? undefined : [...associated],
            false,
            idProperty,
          ),
        );
        return shapes.validate(shapes.contact, json, call.operation);
      } catch (error) {
        // HubSpot has several bodies for this, one of them HTML: the status alone decides.
        if (error instanceof HubSpotError && error.status === 404) return undefined;
        throw error;
      }
    },

    read: (type, ids, callOptions) => batch(type, ids, undefined, 'continuation', callOptions),

    contactsByEmail: (emails, role, callOptions) =>
      batch('contacts', emails, 'email', role, callOptions),

    async associations(to, contactIds, { signal }) {
      const operation = `associations ${to}`;
      const json = await client.call({ operation, budget: 'associations', signal }, (api) =>
        api.associationBatches.getPage('contacts', to, {
          inputs: contactIds.map((id) => ({ id })),
        }),
      );
      const { results } = shapes.validate(shapes.associations, json, operation);
      return new Map(
        results.map(({ from, to, paging }) => [from.id, { to, more: hasNext(paging) }]),
      );
    },

    async companiesByDomain(domain, { signal }) {
      const operation = 'search companies';
      const json = await client.call({ operation, budget: 'search', signal }, (api) =>
        api.objectSearch.doSearch('companies', {
          filterGroups: [{ filters: [{ propertyName: 'domain', operator: 'EQ', value: domain }] }],
          properties: wanted('companies'),
          limit: COMPANIES,
        }),
      );
      return shapes.validate(shapes.records, json, operation).results;
    },

    async owners(archived, { signal }) {
      const call: Call = { operation: 'owners', budget: 'general', signal, role: 'background' };
      const all: shapes.OwnerRecord[] = [];
      for (let after: string | undefined, page = 0; page < OWNER_PAGES; page += 1) {
        const json = await client.call(call, (api) =>
          api.owners.getPage(undefined, after, OWNERS_PER_PAGE, archived),
        );
        const { results, paging } = shapes.validate(shapes.owners, json, call.operation);
        all.push(...results);
        after = paging?.next?.after;
        if (after === undefined) break;
      }
      return all;
    },

    async pipelines(type, { signal }) {
      const operation = `pipelines ${type}`;
      const call: Call = { operation, budget: 'general', signal, role: 'background' };
      const json = await client.call(call, (api) => api.pipelines.getAll(type));
      return shapes.validate(shapes.pipelines, json, operation).results;
    },

    async properties(type, { signal }) {
      const operation = `properties ${type}`;
      const call: Call = { operation, budget: 'general', signal, role: 'background' };
      const json = await client.call(call, (api) => api.properties.getAll(type));
      return shapes.validate(shapes.properties, json, operation).results;
    },

    async account({ signal }) {
      const call: Call = { operation: 'account', budget: 'general', signal, role: 'background' };
      const json = await client.get(call, `/account-info/${options.apiVersion}/details`);
      return shapes.validate(shapes.account, json, call.operation);
    },
  };
}

/** HubSpot pages associations of one record; a further page means there are more. */
export function hasNext(paging: unknown): boolean {
  return typeof paging === 'object' && paging !== null && 'next' in paging && paging.next != null;
}
