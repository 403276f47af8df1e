/** Where in the files a connection stands that could not be opened. */
import type { LocateOpenError } from '../problem.ts';
import { namesIn } from './names.ts';
import { valueAt, type ConfigFile } from '../yaml/config-file.ts';
import type { Diagnostics } from '../diagnostics.ts';

/**
 * Places a sentence that begins with the text of a setting and a colon, `people.csv:2: …`, at this
 * setting, and any other at its connection. Secrets are cut out of it.
 */
export function locateOpenErrors(
  parts: readonly ConfigFile[],
  report: Diagnostics,
): LocateOpenError {
  return (connection, sentence) => {
    const part = parts.find((one) => namesIn(one, 'connections').includes(connection));
    if (part === undefined) throw new Error(`no file has the connection ${connection}`);
    const path = ['connections', connection];
    const settings = Object.entries(Object(valueAt(part.value, path)) as object);
    const named = settings.find(
      ([, value]) => typeof value === 'string' && sentence.startsWith(`${value.trim()}:`),
    );
    return named === undefined
      ? report.locate(part, path, { message: sentence }, 'key')
      : report.locate(part, [...path, named[0]], { message: sentence }, 'value');
  };
}
