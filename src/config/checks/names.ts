/** What has to fit across files: names that are used once, references to names that exist. */
import { didYouMean } from '../../model/closest-match.ts';
import { isUnresolved, namesIn, valueAt, type ConfigFile } from '../yaml/config-file.ts';
import { listOf } from '../problem.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { isRecord } from '../schema/schema-walk.ts';
import { NAME } from '../schema/setting-types.ts';

/** Reports each name of a connection or tenant that several files use, with both places. */
export function checkNames(files: readonly ConfigFile[], diagnostics: Diagnostics): void {
  for (const kind of ['connections', 'tenants'] as const) {
    const first = new Map<string, ConfigFile>();
    for (const file of files) {
      for (const name of namesIn(file, kind)) {
        const other = first.get(name);
        if (other) reportDuplicate(kind, name, other, file, diagnostics);
        else first.set(name, file);
      }
    }
  }
}

/** Reports what tenants refer to and no file has. */
export function checkReferences(files: readonly ConfigFile[], diagnostics: Diagnostics): void {
  const known = [...new Set(files.flatMap((file) => namesIn(file, 'connections')))];
  for (const file of files) {
    for (const tenant of namesIn(file, 'tenants')) {
      const list = valueAt(file.value, ['tenants', tenant, 'connections']);
      if (Array.isArray(list)) list.forEach((name, index) => checkOne(file, tenant, name, index));
    }
  }

  function checkOne(file: ConfigFile, tenant: string, name: unknown, index: number): void {
    const path = ['tenants', tenant, 'connections', index];
    if (typeof name !== 'string' || !NAME.test(name)) return;
    if (isUnresolved(file, path) || known.includes(name)) return;
    const there = known.length === 0 ? 'there are none' : `there are ${listOf(known, 'and')}`;
    const hint = didYouMean(name, known) ?? there;
    diagnostics.expected(file, path, 'the name of a connection', hint);
  }
}

/** Reports when there is nothing to serve. @param main the main file */
export function requireAtLeastOne(
  files: readonly ConfigFile[],
  main: ConfigFile,
  diagnostics: Diagnostics,
): void {
  if (!isRecord(main.value)) return; // That has been reported.
  for (const [kind, one] of [
    ['connections', 'connection'],
    ['tenants', 'tenant'],
  ] as const) {
    if (files.some((file) => hasSome(file, kind))) continue;
    const hint = `put one below "${kind}:" in this file or in one that "include" names`;
    diagnostics.problem(
      main,
      [kind],
      { message: `expected at least one ${one}, got none`, hint },
      'key',
    );
  }
}

/** Also for a value of the wrong type: that has been reported already. */
function hasSome(file: ConfigFile, kind: 'connections' | 'tenants'): boolean {
  const named = valueAt(file.value, [kind]);
  return named !== undefined && (!isRecord(named) || Object.keys(named).length > 0);
}

function reportDuplicate(
  kind: 'connections' | 'tenants',
  name: string,
  first: ConfigFile,
  second: ConfigFile,
  diagnostics: Diagnostics,
): void {
  const place = diagnostics.positionOf(first, [kind, name]);
  const message = `expected a name that is used once, got one that is also at ${place}`;
  diagnostics.problem(second, [kind, name], { message }, 'key');
}
