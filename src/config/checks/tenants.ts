/** Checks the tenants of all files, one by one: their keys, the connections and the templates they name. */
import { didYouMean } from '../../model/closest-match.ts';
import type { TimeSlice } from '../../model/time-slice.ts';
import type { TenantConfiguration } from '../configuration.ts';
import { listOf } from '../problem.ts';
import { isNameLike } from '../quotable.ts';
import { reportIssues } from '../schema/issues.ts';
import { isRecord } from '../is-record.ts';
import type { JsonSchema } from '../schema/json-schema-paths.ts';
import { inputSchema, tenantSchema } from '../schema/schema.ts';
import { NAME } from '../schema/setting-types.ts';
import type { ConfigFile } from '../yaml/config-file.ts';
import { warnAboutTenant } from './rules.ts';
import type { TemplateSets } from './template-sets.ts';

export interface TenantOptions {
  readonly templateSets: TemplateSets;
  /** Where the public listener is reached; `undefined` when that is not known. */
  readonly serverHost: string | undefined;
  /** A file could not be read, so that the names of all connections are not known. */
  readonly isIncomplete: boolean;
  readonly slice: TimeSlice;
}

const MAX_LISTED = 20;

/** All tenants that are right, by name; the problems of the others are reported. */
export async function checkTenants(
  files: readonly ConfigFile[],
  { templateSets, serverHost, isIncomplete, slice }: TenantOptions,
): Promise<ReadonlyMap<string, TenantConfiguration>> {
  const tenants = new Map<string, TenantConfiguration>();
  let schema: JsonSchema | undefined;
  const known = new Set(files.flatMap((file) => file.namesIn('connections')));
  const areNamesKnown = !isIncomplete && files.every(hasNames);
  const listed = listedNames(files);
  for (const file of files) {
    for (const id of file.namesIn('tenants')) {
      if (slice.isOver) await slice.next();
      const base = ['tenants', id];
      const value = file.valueAt(base);
      const result = tenantSchema.safeParse(value);
      if (areNamesKnown) checkConnectionNames(file, id);
      const templates = await templateSets.of(file, id);
      if (!result.success) {
        schema ??= inputSchema(tenantSchema);
        await reportIssues(result.error.issues, { file, base, value, schema, isOwnSchema: true });
      } else if (templates) {
        const { data } = result;
        warnAboutTenant(file, id, data, serverHost);
        tenants.set(id, { ...data, id, name: data.name ?? id, templates });
      }
    }
  }
  return tenants;

  function checkConnectionNames(file: ConfigFile, tenant: string): void {
    const path = ['tenants', tenant, 'connections'];
    const list = file.valueAt(path);
    if (!Array.isArray(list)) return;
    for (const [index, name] of (list as readonly unknown[]).entries()) {
      if (typeof name !== 'string' || !NAME.test(name) || known.has(name)) continue;
      if (file.isUnresolved([...path, index])) continue;
      const hint = () => didYouMean(name, listed) ?? thereAre(listed);
      file.expected([...path, index], 'the name of a connection', hint);
    }
  }
}

/** Whether the names of a file's connections are known: not of a list, say, which is reported already. */
function hasNames(file: ConfigFile): boolean {
  const named = file.valueAt(['connections']);
  return named === undefined || isRecord(named);
}

/** A misplaced secret may stand where a name is expected. */
function listedNames(files: readonly ConfigFile[]): readonly string[] {
  const names = files.flatMap((file) => {
    const isConnection = (name: string) => isRecord(file.valueAt(['connections', name]));
    return file.namesIn('connections').filter((name) => isNameLike(name) && isConnection(name));
  });
  return [...new Set(names)];
}

function thereAre(names: readonly string[]): string {
  if (names.length === 0) return 'there are none';
  if (names.length <= MAX_LISTED) return `there are ${listOf(names, 'and')}`;
  return `there are ${listOf(names.slice(0, MAX_LISTED), 'or')} and others`;
}
