/** The REST resources behind the access token: queries, descriptions, limits, and several of them in one. */
import { SalesforceError } from './salesforce-error.ts';
import { runQuery, type Org } from './soql-run.ts';

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** How a statement on an object is to fail, for tests of partial answers. */
export type StatementFaults = ReadonlyMap<string, SalesforceError>;

export interface Rest {
  readonly org: Org;
  readonly statementFaults: StatementFaults;
  readonly failDescriptions: boolean;
  /** Bytes that each description is longer, as those of large objects are. */
  readonly descriptionPadding?: number;
  readonly usage: () => { readonly used: number; readonly limit: number };
  /** Every statement that ran or was refused, in order. */
  readonly statements: string[];
}

export const VERSIONS = ['66.0', '67.0', '68.0'] as const;

/** Without a token, and not counted. */
export function versions(): RestAnswer {
  const body = VERSIONS.map((version) => ({
    label: `Release ${version}`,
    url: `/services/data/v${version}`,
    version,
  }));
  return { status: 200, body };
}

/** @param path below `/services/data/vXX.X`. */
export function get(rest: Rest, path: string, search: URLSearchParams): RestAnswer {
  return answering(() => {
    if (path === '/query' || path === '/query/') return query(rest, search.get('q') ?? '');
    if (path === '/limits') return limits(rest);
    const [, object] = /^\/sobjects\/(\w+)\/describe\/?$/.exec(path) ?? [];
    if (object !== undefined) return describe(rest, object);
    throw notFound();
  });
}

const MAX_PARTS = 25;
const MAX_QUERIES = 5;

export function composite(rest: Rest, body: unknown): RestAnswer {
  const { compositeRequest: parts } = Object(body) as { compositeRequest?: unknown };
  if (!Array.isArray(parts) || parts.length === 0) {
    return answering(() => {
      throw new SalesforceError(400, 'JSON_PARSER_ERROR', 'compositeRequest is missing');
    });
  }
  const requests = parts.map((part: unknown) => Object(part) as Record<string, unknown>);
  const tooMany = requests.length > MAX_PARTS;
  const queries = requests.filter(({ url }) => String(url).includes('/query'));
  if (tooMany || queries.length > MAX_QUERIES) {
    const message = tooMany
      ? `The request can’t contain more than ${MAX_PARTS} operations.`
      : `The request can’t contain more than ${MAX_QUERIES} query operations.`;
    return {
      status: 200,
      body: {
        compositeResponse: [
          {
            body: [{ errorCode: 'LIMIT_EXCEEDED', message }],
            httpHeaders: {},
            httpStatusCode: 400,
            referenceId: null,
          },
        ],
      },
    };
  }
  const answers = requests.map(({ method, url, referenceId }) => {
    const { status, body: answer } = part(rest, method, String(url));
    return { body: answer, httpHeaders: {}, httpStatusCode: status, referenceId };
  });
  return { status: 200, body: { compositeResponse: answers } };
}

function part(rest: Rest, method: unknown, url: string): RestAnswer {
  const prefix = `/services/data/v${rest.org.apiVersion}`;
  return answering(() => {
    if (url.includes('@{')) {
      throw new SalesforceError(400, 'PROCESSING_HALTED', 'Invalid reference specified.');
    }
    const { pathname, searchParams } = new URL(url, 'http://composite.invalid');
    if (method !== 'GET' || !pathname.startsWith(`${prefix}/`)) throw notFound();
    return get(rest, pathname.slice(prefix.length), searchParams);
  });
}

function query(rest: Rest, soql: string): RestAnswer {
  rest.statements.push(soql);
  const [, object = ''] = /^SELECT (?:[^()]|\([^()]*\))* FROM (\w+)/i.exec(soql) ?? [];
  const fault = rest.statementFaults.get(object);
  if (fault !== undefined) throw fault;
  return { status: 200, body: runQuery(soql, rest.org) };
}

/** A user or a queue. */
const referenceTo: Readonly<Record<string, readonly string[]>> = { Name: ['Group', 'User'] };

function describe(rest: Rest, name: string): RestAnswer {
  if (rest.failDescriptions)
    throw new SalesforceError(500, 'UNKNOWN_EXCEPTION', 'emulated failure');
  const object = rest.org.schema.get(name);
  if (object === undefined || name === 'Name') throw notFound();
  const fields = [...object.fields].map(([field, type]) => {
    const [relationshipName = null, parent] =
      Object.entries(object.parents).find(([, { key }]) => key === field) ?? [];
    return {
      name: field,
      type,
      label: field,
      custom: field.endsWith('__c'),
      filterable: true,
      nillable: type !== 'boolean',
      relationshipName,
      referenceTo: parent === undefined ? [] : (referenceTo[parent.object] ?? [parent.object]),
    };
  });
  const childRelationships = Object.entries(object.children).map(([relationship, child]) => ({
    relationshipName: relationship,
    childSObject: child.object,
    field: child.key,
  }));
  const padding = ' '.repeat(rest.descriptionPadding ?? 0);
  return { status: 200, body: { name, label: name + padding, fields, childRelationships } };
}

function limits(rest: Rest): RestAnswer {
  const { used, limit } = rest.usage();
  return { status: 200, body: { DailyApiRequests: { Max: limit, Remaining: limit - used } } };
}

function answering(work: () => RestAnswer): RestAnswer {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return { status: error.status, body: error.body };
  }
}

function notFound(): SalesforceError {
  return new SalesforceError(404, 'NOT_FOUND', 'The requested resource does not exist');
}
