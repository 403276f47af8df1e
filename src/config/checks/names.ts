/** What has to fit across files: names that are used once, references to names that exist. */
import { didYouMean } from '../../model/closest-match.ts';
import { isUnresolved, valueAt, type ConfigFile } from '../yaml/config-file.ts';
import { listOf } from '../problem.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { isRecord } from '../schema/schema-walk.ts';
import { NAME } from '../schema/setting-types.ts';

/** Reports each name of a connection or tenant that several files use, with both places. */
export function checkNames(parts: readonly ConfigFile[], report: Diagnostics): void {
  for (const kind of ['connections', 'tenants'] as const) {
    const first = new Map<string, ConfigFile>();
    for (const part of parts) {
      for (const name of namesIn(part, kind)) {
        const other = first.get(name);
        if (other) reportDuplicate(kind, name, other, part, report);
        else first.set(name, part);
      }
    }
  }
}

/** Reports what tenants refer to and no file has. */
export function checkReferences(parts: readonly ConfigFile[], report: Diagnostics): void {
  const known = [...new Set(parts.flatMap((part) => namesIn(part, 'connections')))];
  for (const part of parts) {
    for (const tenant of namesIn(part, 'tenants')) {
      const list = valueAt(part.value, ['tenants', tenant, 'connections']);
      if (Array.isArray(list)) list.forEach((name, index) => checkOne(part, tenant, name, index));
    }
  }

  function checkOne(part: ConfigFile, tenant: string, name: unknown, index: number): void {
    const path = ['tenants', tenant, 'connections', index];
    if (typeof name !== 'string' || !NAME.test(name)) return;
    if (isUnresolved(part, path) || known.includes(name)) return;
    const there = known.length === 0 ? 'there are none' : `there are ${listOf(known, 'and')}`;
    const hint = didYouMean(name, known) ?? there;
    report.expected(part, path, 'the name of a connection', hint);
  }
}

/** Reports when there is nothing to serve. @param main the main file */
export function requireAtLeastOne(
  parts: readonly ConfigFile[],
  main: ConfigFile,
  report: Diagnostics,
): void {
  if (!isRecord(main.value)) return; // That has been reported.
  for (const [kind, one] of [
    ['connections', 'connection'],
    ['tenants', 'tenant'],
  ] as const) {
    if (parts.some((part) => hasSome(part, kind))) continue;
    const hint = `put one below "${kind}:" in this file or in one that "include" names`;
    report.problem(
      main,
      [kind],
      { message: `expected at least one ${one}, got none`, hint },
      'key',
    );
  }
}

/** The names of the connections or tenants in a file, in its order. */
export function namesIn(part: ConfigFile, kind: 'connections' | 'tenants'): readonly string[] {
  const named = valueAt(part.value, [kind]);
  return isRecord(named) ? Object.keys(named) : [];
}

/** Also for a value of the wrong type: that has been reported already. */
function hasSome(part: ConfigFile, kind: 'connections' | 'tenants'): boolean {
  const named = valueAt(part.value, [kind]);
  return named !== undefined && (!isRecord(named) || Object.keys(named).length > 0);
}

function reportDuplicate(
  kind: 'connections' | 'tenants',
  name: string,
  first: ConfigFile,
  second: ConfigFile,
  report: Diagnostics,
): void {
  const place = report.positionOf(first, [kind, name]);
  const message = `expected a name that is used once, got one that is also at ${place}`;
  report.problem(second, [kind, name], { message }, 'key');
}
