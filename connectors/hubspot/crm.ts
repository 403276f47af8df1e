/**
 * The part of HubSpot's client that is in use, in plain types: the client's own are classes to be filled
 * in, and its results drop fields (`url`) and have wrong types (`toObjectId`), so none are declared here.
 */
import type { Client } from '@hubspot/api-client';
import type { Outgoing } from './transport.ts';
import type { Incoming } from './errors.ts';

export interface Crm {
  readonly objects: {
    readonly basicApi: {
      getByIdWithHttpInfo(
        objectType: string,
        objectId: string,
        properties: string[],
        propertiesWithHistory: undefined,
        associations: string[] | undefined,
        archived: boolean,
        idProperty: string | undefined,
      ): Promise<unknown>;
    };
    readonly batchApi: {
      readWithHttpInfo(objectType: string, input: BatchInput): Promise<unknown>;
    };
    readonly searchApi: {
      doSearchWithHttpInfo(objectType: string, search: Search): Promise<unknown>;
    };
  };
  readonly associations: {
    readonly batchApi: {
      getPageWithHttpInfo(
        from: string,
        to: string,
        input: { readonly inputs: { readonly id: string }[] },
      ): Promise<unknown>;
    };
  };
  readonly owners: {
    readonly ownersApi: {
      getPageWithHttpInfo(
        email: undefined,
        after: string | undefined,
        limit: number,
        archived: boolean,
      ): Promise<unknown>;
    };
  };
  readonly pipelines: {
    readonly pipelinesApi: { getAllWithHttpInfo(objectType: string): Promise<unknown> };
  };
  readonly properties: {
    readonly coreApi: { getAllWithHttpInfo(objectType: string): Promise<unknown> };
  };
}

interface BatchInput {
  readonly inputs: { readonly id: string }[];
  readonly properties: string[];
  readonly propertiesWithHistory: string[];
  readonly idProperty?: string;
}

interface Search {
  readonly filterGroups?: {
    readonly filters?: {
      readonly propertyName: string;
      readonly operator: string;
      readonly value?: string;
    }[];
  }[];
  readonly properties?: string[];
  readonly limit?: number;
}

/** What the client's middleware sees of a request. */
export interface RequestContext {
  getUrl(): string;
  setUrl(url: string): void;
  getHttpMethod(): string;
  getHeaders(): Readonly<Record<string, string>>;
  setHeaderParam(name: string, value: string): void;
  getBody(): unknown;
}

/** What the client's middleware sees of an answer. */
export interface ResponseContext {
  readonly httpStatusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { text(): Promise<string>; binary(): Promise<Buffer> };
  getBodyAsAny(): Promise<string>;
}

/**
 * Loads the parts of the client now: each is read from disk at its first touch.
 * @param send every request goes this way from now on.
 */
export function crmOf(client: Client, send: (request: Outgoing) => Promise<Incoming>): Crm {
  const { objects, owners, pipelines, properties } = client.crm;
  const associations = client.crm.associations.v4;
  for (const api of [
    objects.basicApi,
    objects.batchApi,
    objects.searchApi,
    associations.batchApi,
    owners.ownersApi,
    pipelines.pipelinesApi,
    properties.coreApi,
  ])
    sendOver(api, send);
  return { objects, associations, owners, pipelines, properties };
}

/**
 * Replaces the client's way of sending. It can't be given one: `Client` takes no `httpApi` and ignores that
 * of a call's options, and its agents know neither deadlines nor gzip. The client's version is exact.
 */
function sendOver(api: object, send: (request: Outgoing) => Promise<Incoming>): void {
  const inner: unknown = Reflect.get(api, 'api');
  const configuration: unknown = isObject(inner) ? Reflect.get(inner, 'configuration') : undefined;
  if (!isObject(configuration) || !('httpApi' in configuration))
    throw new Error('@hubspot/api-client 14.0.1 is needed; this one is built differently');
  Object.assign(configuration, {
    httpApi: {
      send: (request: RequestContext) => ({
        toPromise: async () => asResponse(await send(asOutgoing(request))),
      }),
    },
  });
}

function asOutgoing(request: RequestContext): Outgoing {
  const body = request.getBody();
  return {
    method: request.getHttpMethod(),
    url: request.getUrl(),
    headers: request.getHeaders(),
    body: typeof body === 'string' ? body : undefined,
  };
}

function asResponse({ status, headers, text }: Incoming): ResponseContext {
  return {
    httpStatusCode: status,
    headers,
    body: {
      text: () => Promise.resolve(text),
      binary: () => Promise.resolve(Buffer.from(text)),
    },
    getBodyAsAny: () => Promise.resolve(text),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
