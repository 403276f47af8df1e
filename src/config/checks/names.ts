/** What has to fit across files: names that are used once, references to names that exist. */
import { didYouMean } from '../../model/closest-match.ts';
import { isVoid, valueAt, type Part } from '../yaml/config-file.ts';
import { listOf } from '../problem.ts';
import type { Report } from '../diagnostics.ts';
import { isSchema } from '../schema/schema-walk.ts';
import { NAME } from '../schema/setting-types.ts';

/** Reports each name of a connection or tenant that several files use, with both places. */
export function checkNames(parts: readonly Part[], report: Report): void {
  for (const kind of ['connections', 'tenants'] as const) {
    const first = new Map<string, Part>();
    for (const part of parts) {
      for (const name of namesIn(part, kind)) {
        const other = first.get(name);
        if (other) reportTwice(kind, name, other, part, report);
        else first.set(name, part);
      }
    }
  }
}

/** Reports what tenants refer to and no file has. */
export function checkReferences(parts: readonly Part[], report: Report): void {
  const known = [...new Set(parts.flatMap((part) => namesIn(part, 'connections')))];
  for (const part of parts) {
    for (const tenant of namesIn(part, 'tenants')) {
      const list = valueAt(part.value, ['tenants', tenant, 'connections']);
      if (Array.isArray(list)) list.forEach((name, index) => checkOne(part, tenant, name, index));
    }
  }

  function checkOne(part: Part, tenant: string, name: unknown, index: number): void {
    const path = ['tenants', tenant, 'connections', index];
    if (typeof name !== 'string' || !NAME.test(name)) return;
    if (isVoid(part, path) || known.includes(name)) return;
    const there = known.length === 0 ? 'there are none' : `there are ${listOf(known, 'and')}`;
    const hint = didYouMean(name, known) ?? there;
    report.expected(part, path, 'the name of a connection', hint);
  }
}

/** Reports when there is nothing to serve. @param main the main file */
export function checkThereAreSome(parts: readonly Part[], main: Part, report: Report): void {
  if (!isSchema(main.value)) return; // That has been reported.
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
export function namesIn(part: Part, kind: 'connections' | 'tenants'): readonly string[] {
  const named = valueAt(part.value, [kind]);
  return isSchema(named) ? Object.keys(named) : [];
}

/** Also for a value of the wrong type: that has been reported already. */
function hasSome(part: Part, kind: 'connections' | 'tenants'): boolean {
  const named = valueAt(part.value, [kind]);
  return named !== undefined && (!isSchema(named) || Object.keys(named).length > 0);
}

function reportTwice(
  kind: 'connections' | 'tenants',
  name: string,
  first: Part,
  second: Part,
  report: Report,
): void {
  const place = report.placeOf(first, [kind, name]);
  const message = `expected a name that is used once, got one that is also at ${place}`;
  report.problem(second, [kind, name], { message }, 'key');
}
