/** What has to fit across files: names that are used once, references to names that exist. */
import { didYouMean } from '../../model/closest-match.ts';
import { isNameLike } from '../quotable.ts';
import { listOf, type Path } from '../problem.ts';
import { isRecord } from '../schema/schema-walk.ts';
import { NAME } from '../schema/setting-types.ts';
import type { ConfigFile } from '../yaml/config-file.ts';

const MAX_LISTED = 20;

const KINDS = ['connections', 'tenants'] as const;

/** Reports each name of a connection or tenant that several files use, with both positions. */
export function checkNames(files: readonly ConfigFile[]): void {
  for (const kind of KINDS) {
    const first = new Map<string, ConfigFile>();
    for (const file of files) {
      for (const name of file.namesIn(kind)) {
        const other = first.get(name)?.positionOf([kind, name], 'key');
        const message = `expected a name that is used once, got one that is also at ${other ?? ''}`;
        if (other === undefined) first.set(name, file);
        else file.problem([kind, name], { message }, 'key');
      }
    }
  }
}

/** Reports the connections that tenants name and no file has. */
export function checkReferences(files: readonly ConfigFile[]): void {
  const known = new Set(files.flatMap((file) => file.namesIn('connections')));
  // A misplaced secret may stand where a name is expected.
  const names = [...known].filter(
    (name) =>
      isNameLike(name) && files.some((file) => isRecord(file.valueAt(['connections', name]))),
  );
  const more = names.length > MAX_LISTED ? ' and others' : '';
  const listed = listOf(names.slice(0, MAX_LISTED), more === '' ? 'and' : 'or');
  const all = names.length === 0 ? 'there are none' : `there are ${listed}${more}`;
  for (const file of files) {
    for (const tenant of file.namesIn('tenants')) {
      const path = ['tenants', tenant, 'connections'];
      const list: unknown = file.valueAt(path);
      if (Array.isArray(list)) list.forEach((name, index) => check(file, [...path, index], name));
    }
  }

  function check(file: ConfigFile, path: Path, name: unknown): void {
    if (typeof name !== 'string' || !NAME.test(name)) return;
    if (file.isUnresolved(path) || known.has(name)) return;
    const { diagnostics } = file;
    if (diagnostics.isFull) diagnostics.countProblems(1);
    else file.expected(path, 'the name of a connection', didYouMean(name, names) ?? all);
  }
}

/** Reports when there is nothing to serve. @param main the main file */
export function requireAtLeastOne(files: readonly ConfigFile[], main: ConfigFile): void {
  if (!isRecord(main.value)) return; // That has been reported.
  for (const kind of KINDS) {
    if (files.some((file) => hasSome(file, kind))) continue;
    const message = `expected at least one ${kind.slice(0, -1)}, got none`;
    const hint = `put one below "${kind}:" in this file or in one that "include" names`;
    main.problem([kind], { message, hint }, 'key');
  }
}

/** Also for a value of the wrong type: that has been reported already. */
function hasSome(file: ConfigFile, kind: string): boolean {
  const named = file.valueAt([kind]);
  return named !== undefined && (!isRecord(named) || Object.keys(named).length > 0);
}
