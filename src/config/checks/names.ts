/** What has to fit across files: names that are used once, something to serve. */
import { isRecord } from '../is-record.ts';
import type { ConfigFile } from '../yaml/config-file.ts';

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
