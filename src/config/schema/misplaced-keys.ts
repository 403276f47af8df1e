/** Where a key belongs that stands at another level of the file. */
import { listOf, type Path } from '../problem.ts';
import { keysAt, type JsonSchema } from './json-schema-paths.ts';
import { bridgeSchema, connectionSchema, includeSchema, tenantSchema } from './schema.ts';

/** With more it says nothing. */
const MAX_OWNERS = 2;

/** For a key of what its neighbours hold, such as `ttl` beside `cache`. @param known the keys that may be there */
export function belowNeighbour(
  key: string,
  known: readonly string[],
  at: Path,
  { schema, value }: { readonly schema: JsonSchema | undefined; readonly value: unknown },
): string | undefined {
  const owners = schema
    ? known.filter((owner) => keysAt(schema, [...at, owner], value).includes(key))
    : [];
  const isClear = owners.length > 0 && owners.length <= MAX_OWNERS;
  return isClear ? `it belongs below ${listOf(owners, 'or')}` : undefined;
}

/**
 * For a key of the top, of a tenant or of a connection that stands elsewhere.
 * @param holder the path of the mapping that has the key
 */
export function atOtherLevel(key: string, holder: Path, isMain: boolean): string | undefined {
  const isIn = (kind: string) => holder[0] === kind && holder.length > 1;
  if (isIn('connections') && holder.length > 2) return undefined;
  if (Object.hasOwn(bridgeSchema.shape, key)) {
    const isHere = isMain || Object.hasOwn(includeSchema.shape, key);
    return `it belongs at the top of the ${isHere ? 'file' : 'main file'}`;
  }
  if (!isIn('tenants') && Object.hasOwn(tenantSchema.shape, key)) return 'it belongs in a tenant';
  const isOfConnection = !isIn('connections') && Object.hasOwn(connectionSchema.shape, key);
  return isOfConnection ? 'it belongs in a connection' : undefined;
}
