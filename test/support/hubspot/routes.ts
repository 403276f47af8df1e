/** From a canonical path to an answer: what each operation needs and which limit it counts against. */
import { readAssociations } from './associations.ts';
import type { Kind } from './limiter.ts';
import { readBatch, readOne, scopeOf, search, typeOf, type Asked } from './objects.ts';
import { failure, html, ok, type Reply } from './reply.ts';

export interface Route {
  readonly kind: Kind;
  /** Any one of these scopes is enough. */
  readonly scopes: readonly string[];
  answer(asked: Asked): Reply;
}

const objectScopes = Object.values(scopeOf);

/** @returns `undefined` for what HubSpot does not have. */
export function routeOf(method: string, path: string): Route | undefined {
  const [area, first, second, ...rest] = path.split('/').map(decodeURIComponent);
  const type = typeOf(first);
  const tail = [second, ...rest].join('/');
  const general = (scopes: readonly string[], answer: (asked: Asked) => Reply): Route => ({
    kind: 'general',
    scopes,
    answer,
  });
  switch (area) {
    case 'objects':
      if (type === undefined) return undefined;
      if (method === 'POST' && tail === 'batch/read')
        return general([scopeOf[type]], (asked) => readBatch(asked, type));
      if (method === 'POST' && tail === 'search')
        return { kind: 'search', scopes: [scopeOf[type]], answer: (asked) => search(asked, type) };
      // An address may hold a slash, which arrives encoded.
      return method === 'GET' && second !== undefined
        ? general([scopeOf[type]], (asked) => readOne(asked, type, tail))
        : undefined;
    case 'associations': {
      const to = typeOf(second);
      if (method !== 'POST' || type === undefined || to === undefined) return undefined;
      if (rest.join('/') !== 'batch/read') return undefined;
      const answer = (asked: Asked): Reply => readAssociations(asked, type, to);
      return { kind: 'associations', scopes: objectScopes, answer };
    }
    case 'owners':
      return method === 'GET' ? general(['crm.objects.owners.read'], owners) : undefined;
    case 'pipelines':
      return method === 'GET' && (type === 'deals' || type === 'tickets')
        ? general(objectScopes, ({ data }) => ok({ results: data.pipelines[type] }))
        : undefined;
    case 'properties':
      if (method !== 'GET' || type === undefined) return undefined;
      return general(objectScopes, ({ data }) => {
        const all = data.properties[type];
        if (second === undefined) return ok({ results: all });
        const one = all.find(({ name }) => name === second);
        return one === undefined
          ? failure(404, 'no such property', { category: 'OBJECT_NOT_FOUND' })
          : ok(one);
      });
    case 'account':
      return method === 'GET' && first === 'details'
        ? general(['oauth'], ({ data }) => ok(data.account))
        : undefined;
    case undefined:
    default:
      return undefined;
  }
}

/** A path that HubSpot does not have. */
export const unknownPath = (): Reply => html(404, 'Page not found');

/** Pages of owners; `after` is where to go on. */
function owners({ data, query }: Asked): Reply {
  const archived = query.get('archived') === 'true';
  const limit = Number(query.get('limit') ?? 100);
  if (limit > 500) return failure(400, 'limit', { category: 'VALIDATION_ERROR' });
  const all = data.owners.filter((owner) => owner.archived === archived);
  const start = Number(query.get('after') ?? 0);
  const paging =
    start + limit < all.length ? { paging: { next: { after: `${start + limit}` } } } : {};
  return ok({ results: all.slice(start, start + limit), ...paging });
}
