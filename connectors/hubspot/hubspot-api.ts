/**
 * The generated API classes of HubSpot's client; nothing else of it is used, and no other file names its
 * files. Its `Client` takes no HTTP library, so neither a time limit nor a signal can reach a request
 * (HubSpot/hubspot-api-nodejs#387). The classes below it take the HTTP library, the token and the server
 * with their configuration, and each request gets a separate configuration.
 */
import type * as Objects from '@hubspot/api-client/lib/codegen/crm/objects/index.js';
import type * as Owners from '@hubspot/api-client/lib/codegen/crm/owners/index.js';
import type * as Pipelines from '@hubspot/api-client/lib/codegen/crm/pipelines/index.js';
import type * as Properties from '@hubspot/api-client/lib/codegen/crm/properties/index.js';
import type { HttpRequest } from '../../src/connector/index.ts';
import type { RawResponse } from './errors.ts';

/** Forms of `apiVersion`: `v3`, or a release such as `2026-09`. */
export const API_VERSIONS = /^(v3|20\d\d-(03|09))$/;

/**
 * The methods in use, for one request: they send it as {@link RequestOptions} say. The client declares their
 * inputs as classes, but takes plain objects. Its results are not used: they lack fields (`url`) and have wrong
 * types (`toObjectId`).
 */
export interface HubSpotApi {
  objects(): Pick<Objects.BasicApi, 'getById'>;
  objectBatches(): { read(objectType: string, input: object): Promise<unknown> };
  objectSearch(): { doSearch(objectType: string, input: object): Promise<unknown> };
  associationBatches(): { getPage(from: string, to: string, input: object): Promise<unknown> };
  owners(): Pick<Owners.OwnersApi, 'getPage'>;
  pipelines(): Pick<Pipelines.PipelinesApi, 'getAll'>;
  properties(): Pick<Properties.CoreApi, 'getAll'>;
  /** A GET that the client has no method for. */
  get(path: string): Promise<unknown>;
}

export type OutgoingRequest = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;

export interface RequestOptions {
  /** @returns the value of the `Authorization` header. */
  readonly authorization: () => Promise<string>;
  /** Sends the request. What it throws reaches the caller of the API unchanged. */
  readonly send: (request: OutgoingRequest) => Promise<RawResponse>;
}

/** Reads the classes from disk. @returns the API for one request. */
export async function loadHubSpotApi(
  baseUrl: string,
  apiVersion: string,
): Promise<(options: RequestOptions) => HubSpotApi> {
  const [objects, associations, owners, pipelines, properties, { VERSION }] = await Promise.all([
    import('@hubspot/api-client/lib/codegen/crm/objects/index.js'),
    import('@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'),
    import('@hubspot/api-client/lib/codegen/crm/owners/index.js'),
    import('@hubspot/api-client/lib/codegen/crm/pipelines/index.js'),
    import('@hubspot/api-client/lib/codegen/crm/properties/index.js'),
    import('@hubspot/api-client/lib/src/configuration/version.js'),
  ]);

  function configure<Request extends RequestContext, Method, Library, Configuration>(
    module: GeneratedModule<Request, Method, Library, Configuration>,
    options: RequestOptions,
  ): Configuration {
    return module.createConfiguration({
      baseServer: {
        makeRequestContext(path, method) {
          const url = versionedUrl(baseUrl + path, apiVersion);
          const request = new module.RequestContext(url, method);
          request.setHeaderParam('User-agent', `hubspot-api-client-nodejs; ${VERSION}`);
          return request;
        },
      },
      authMethods: {
        default: {
          getName: () => 'bearer',
          async applySecurityAuthentication(request) {
            request.setHeaderParam('Authorization', await options.authorization());
          },
        },
      },
      httpApi: module.wrapHttpLibrary({
        async send(request) {
          const body = request.getBody();
          const { status, headers } = await options.send({
            method: request.getHttpMethod(),
            url: request.getUrl(),
            headers: request.getHeaders(),
            body: typeof body === 'string' ? body : undefined,
          });
          // The client would parse the text and make its own objects of it, which are not used.
          return new objects.ResponseContext(status, headers, {
            text: () => Promise.resolve('{}'),
            binary: () => Promise.resolve(Buffer.from('{}')),
          });
        },
      }),
    });
  }

  return (options) => ({
    objects: () => new objects.BasicApi(configure(objects, options)),
    objectBatches: () => new objects.BatchApi(configure(objects, options)),
    objectSearch: () => new objects.SearchApi(configure(objects, options)),
    associationBatches: () => new associations.BatchApi(configure(associations, options)),
    owners: () => new owners.OwnersApi(configure(owners, options)),
    pipelines: () => new pipelines.PipelinesApi(configure(pipelines, options)),
    properties: () => new properties.CoreApi(configure(properties, options)),
    async get(path) {
      const headers = { accept: 'application/json', authorization: await options.authorization() };
      return await options.send({ method: 'GET', url: baseUrl + path, headers });
    },
  });
}

/**
 * The client writes the paths of `/crm/v3` and `/crm/v4`, which end on 30 March 2027 and in September 2027.
 * Their dated successors differ in the path alone.
 * @returns the same URL for `apiVersion`.
 */
export function versionedUrl(url: string, apiVersion: string): string {
  if (apiVersion === 'v3') return url;
  return url
    .replace('/crm/v3/objects/', `/crm/objects/${apiVersion}/`)
    .replace('/crm/v4/associations/', `/crm/associations/${apiVersion}/`)
    .replace(/\/crm\/v3\/(owners|pipelines|properties)(\/(?=\?|$))?/, `/crm/$1/${apiVersion}`);
}

/** What the generated modules have in common. Their classes have private members, so no two are the same type. */
interface GeneratedModule<Request, Method, Library, Configuration> {
  readonly RequestContext: new (url: string, method: Method) => Request;
  createConfiguration(parameters: {
    readonly baseServer: { makeRequestContext(path: string, method: Method): Request };
    readonly authMethods: {
      readonly default: {
        getName(): string;
        applySecurityAuthentication(request: RequestContext): Promise<void>;
      };
    };
    readonly httpApi: Library;
  }): Configuration;
  wrapHttpLibrary(library: {
    send(request: RequestContext): Promise<Objects.ResponseContext>;
  }): Library;
}

type RequestContext = Pick<
  Objects.RequestContext,
  'getBody' | 'getHeaders' | 'getUrl' | 'setHeaderParam'
> & { getHttpMethod(): string };
