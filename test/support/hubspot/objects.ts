/** Reading and searching records. */
import { batch, failure, invalid, missingScopes, notFound, ok, type Reply } from './reply.ts';
import { typeIds, type ObjectType, type StoredRecord, type AccountData } from './account-data.ts';

/** A request that passed the gateway: its scopes and its input. */
export interface Asked {
  readonly data: AccountData;
  readonly query: URLSearchParams;
  /** JSON, or `undefined` when it is not. */
  readonly body: unknown;
  readonly scopes: ReadonlySet<string>;
  readonly options: ObjectOptions;
  /** Milliseconds. */
  readonly now: number;
  /** Whether an input makes HubSpot refuse the whole batch. */
  rejects(input: string): boolean;
}

export interface ObjectOptions {
  /** Status of a batch with misses; whether dated paths answer 200 instead is not known. */
  readonly missStatus: 207 | 200;
  /** Whether a read by address finds secondary ones, which is not known. */
  readonly findsSecondary: boolean;
  /** Associated ids in a contact's own read and per record of a batch. */
  readonly associationPage: number;
  /** How long the search index lags behind, in milliseconds. */
  readonly indexLag: number;
}

export const scopeOf: Readonly<Record<ObjectType, string>> = {
  contacts: 'crm.objects.contacts.read',
  companies: 'crm.objects.companies.read',
  deals: 'crm.objects.deals.read',
  tickets: 'tickets',
};

/** By name, singular or plural, or by id. */
export function typeOf(text: string | undefined): ObjectType | undefined {
  const types = Object.keys(typeIds) as ObjectType[];
  return types.find((type) => text === type || text === typeIds[type] || text === singular[type]);
}

const singular = { contacts: 'contact', companies: 'company', deals: 'deal', tickets: 'ticket' };

const defaults: Readonly<Record<ObjectType, readonly string[]>> = {
  contacts: ['email', 'firstname', 'lastname'],
  companies: ['name', 'domain'],
  deals: ['dealname', 'amount', 'closedate', 'dealstage', 'pipeline'],
  tickets: ['subject', 'content', 'hs_pipeline', 'hs_pipeline_stage'],
};

export function readOne(asked: Asked, type: ObjectType, key: string): Reply {
  const { data, query, scopes, options } = asked;
  const associated = listOf(query, 'associations').flatMap((name) => typeOf(name) ?? []);
  for (const each of associated)
    if (!scopes.has(scopeOf[each])) return missingScopes([scopeOf[each]]);
  const byEmail = query.get('idProperty') === 'email' && type === 'contacts';
  if (!byEmail && !/^\d+$/.test(key))
    return failure(404, 'Object not found.  objectId are usually numeric.', {
      category: 'OBJECT_NOT_FOUND',
      context: { id: [key] },
    });
  const record = byEmail
    ? data.contactByEmail(key, options.findsSecondary)
    : data.records[type].get(key);
  if (record === undefined) return notFound();
  const associations = associationsOf(asked, record.id, associated);
  return ok({
    ...rendered(data, type, record, listOf(query, 'properties')),
    ...(Object.keys(associations).length === 0 ? {} : { associations }),
  });
}

export function readBatch(asked: Asked, type: ObjectType): Reply {
  const { data, body, options } = asked;
  const { inputs, idProperty, properties } = (body ?? {}) as Partial<Record<string, unknown>>;
  if (!Array.isArray(inputs)) return invalid('Invalid input JSON on line 1, column 1: …');
  const ids = inputs.map((input: unknown) => String((input as { id?: unknown }).id));
  if (ids.length > 100) return invalid('The maximum number of inputs supported is 100');
  if (ids.some((id) => asked.rejects(id))) return invalid('Invalid input');
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined)
    return invalid(`Duplicate IDs found in batch input: [${twice}]. IDs must be unique`);
  const found = new Map<string, StoredRecord>();
  const missing: string[] = [];
  for (const id of ids) {
    const record =
      idProperty === 'email' ? data.contactByEmail(id, true) : data.records[type].get(id);
    if (record === undefined) missing.push(id);
    else found.set(record.id, record);
  }
  const names = Array.isArray(properties) ? properties.map(String) : [];
  const message = `Could not get some ${singular[type].toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`;
  const error = {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message,
    context: { ids: missing },
  };
  return batch(
    shuffled([...found.values()]).map((record) => rendered(data, type, record, names)),
    missing.length === 0 ? [] : [error],
    options.missStatus,
  );
}

export function search(asked: Asked, type: ObjectType): Reply {
  const { data, body, options, now } = asked;
  if (JSON.stringify(body).length > 3_000) return invalid('The request body is too long');
  const absent = requiredOfSearch.find((name) => !(name in (body as object)));
  if (absent !== undefined) return invalid(`Some required fields were not set: [${absent}]`);
  const {
    filterGroups = [],
    limit = 10,
    properties = [],
    sorts = [],
    after = '0',
  } = body as {
    filterGroups?: { filters: Filter[] }[];
    limit?: number;
    properties?: string[];
    sorts?: string[];
    after?: string;
  };
  if (!/^\d+$/.test(after)) return invalid('after must be the number of a result');
  if (sorts.length > 1 || sorts.some((name) => !data.knows(type, name)))
    return invalid('sorts must be at most one property');
  if (limit > 200) return invalid('limit must be at most 200');
  if (filterGroups.length > 5 || filterGroups.some(({ filters }) => filters.length > 6))
    return invalid('too many filters');
  const indexed = [...data.records[type].values()].filter(
    ({ addedAt }) => addedAt === 0 || now - addedAt >= options.indexLag,
  );
  const hits = indexed.filter((record) =>
    filterGroups.some(({ filters }) => filters.every((filter) => matches(record, filter))),
  );
  const [by] = sorts;
  const inOrder = by === undefined ? hits : hits.toSorted(byProperty(by));
  const page = inOrder.slice(Number(after), Number(after) + limit);
  const results = page.map((hit) => rendered(data, type, hit, properties));
  return ok({ total: hits.length, results });
}

/** As HubSpot's specification lists them for every search. */
const requiredOfSearch = ['after', 'filterGroups', 'limit', 'properties', 'sorts'];

function byProperty(name: string): (a: StoredRecord, b: StoredRecord) => number {
  const valueOf = ({ properties }: StoredRecord): string => properties[name] ?? '';
  return (a, b) => (valueOf(a) < valueOf(b) ? -1 : valueOf(a) > valueOf(b) ? 1 : 0);
}

interface Filter {
  readonly propertyName: string;
  readonly operator: string;
  readonly value?: string;
  readonly values?: readonly string[];
}

function matches(record: StoredRecord, { propertyName, operator, value, values }: Filter): boolean {
  const own = record.properties[propertyName]?.toLowerCase();
  switch (operator) {
    case 'EQ':
      return own === value?.toLowerCase();
    case 'NEQ':
      return own !== value?.toLowerCase();
    case 'IN':
      if (values?.some((one) => one !== one.toLowerCase())) return false;
      return own !== undefined && (values ?? []).includes(own);
    case 'NOT_IN':
      return own !== undefined && !(values ?? []).includes(own);
    case 'HAS_PROPERTY':
      return own !== undefined;
    // How HubSpot cuts a text into tokens is not documented.
    case 'CONTAINS_TOKEN':
      return own !== undefined && own.split(/[\s;,]+/).includes(value?.toLowerCase() ?? '');
    default:
      throw new Error(`the emulator does not know the operator ${operator}`);
  }
}

function associationsOf(asked: Asked, id: string, types: readonly ObjectType[]): object {
  const { data, options } = asked;
  return Object.fromEntries(
    types.flatMap((type) => {
      const all = data.associationsOf(id, type);
      if (all.length === 0) return [];
      const page = all.slice(0, options.associationPage);
      const results = page.flatMap(({ to, labels }) =>
        labels.map((l) => ({ id: to, type: l.type })),
      );
      const paging =
        page.length < all.length ? { paging: { next: { after: page.at(-1)?.to } } } : {};
      return [[type, { results, ...paging }]];
    }),
  );
}

/** What was asked for and exists, what always comes, keys sorted. */
function rendered(
  data: AccountData,
  type: ObjectType,
  record: StoredRecord,
  wanted: readonly string[],
): object {
  const changed = type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
  const names = [...(wanted.length === 0 ? defaults[type] : wanted), 'createdate', 'hs_object_id'];
  const known = [...new Set([...names, changed])].filter((name) => data.knows(type, name)).sort();
  return {
    id: record.id,
    properties: Object.fromEntries(known.map((name) => [name, record.properties[name] ?? null])),
    createdAt: record.properties['createdate'],
    updatedAt: record.properties[changed],
    archived: false,
    url: `https://${data.account.uiDomain}/contacts/${data.account.portalId}/record/${typeIds[type]}/${record.id}`,
  };
}

/** Repeated and comma-separated parameters, which HubSpot takes both. */
function listOf(query: URLSearchParams, name: string): readonly string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .filter(Boolean);
}

/** Another order than asked for, the same every time. */
export function shuffled<T>(list: readonly T[]): readonly T[] {
  const middle = Math.ceil(list.length / 2);
  return [...list.slice(middle).reverse(), ...list.slice(0, middle)];
}
