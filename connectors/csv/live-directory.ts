/** Keeps a directory up to date with its files. Content that is worse than the last one never replaces it. */
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectorContext } from '../../src/connector/index.ts';
import { TABLES, type Counts, type Directory } from './directory.ts';
import { loadDirectory, type Files, type LoadedDirectory } from './load-directory.ts';
import type { FileFormat } from './table.ts';

export interface LiveDirectory {
  /** The last good content. */
  readonly content: LoadedDirectory;
  /** Why the current content of the files is not in use. */
  readonly problem: string | undefined;
  close(): Promise<void>;
}

/** Rejects when the signal aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** Size and time of all files must stay the same for so long before they are read again. */
const REST_MS = 300;
/** The same for files in which something has gone: perhaps the program that writes them has paused. */
const GONE_REST_MS = 60_000;
/** `/health` says that a file is being written after so long. */
const NOTICE_MS = 5000;

/** @throws {ConnectorError} `unavailable`, with all problems, when the files cannot be read now. */
export async function openLiveDirectory(
  files: Files,
  format: FileFormat,
  context: ConnectorContext,
  wait: Wait = (ms, signal) => delay(ms, undefined, { signal, ref: false }),
): Promise<LiveDirectory> {
  const paths = Object.values(files).flatMap((file) => file?.path ?? []);
  const closed = new AbortController();
  const { signal } = closed;
  let latest: LoadedDirectory | undefined;
  let problem: string | undefined;
  let changes = 0;
  let reloading: Promise<void> | undefined;

  // Watched before they are read, or a change in between would be lost.
  const unwatch = paths.map((path) => context.watchFile(path, onChange));
  const close = async (): Promise<void> => {
    closed.abort();
    for (const stop of unwatch.splice(0)) stop();
    await reloading;
  };

  const first = await loadDirectory(files, format, signal).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  apply(first);
  if (changes > 0) reloading = reload();

  return {
    get content() {
      return latest ?? first;
    },
    get problem() {
      return problem;
    },
    close,
  };

  function onChange(): void {
    changes += 1;
    if (latest !== undefined) reloading ??= reload();
  }

  /** One at a time, and once more for changes in between, so that the newest content is used. */
  async function reload(): Promise<void> {
    try {
      let seen: number;
      do {
        const state = await waitForRest(REST_MS);
        seen = changes;
        const started = context.clock.monotonic();
        const loaded = await loadDirectory(files, format, signal).catch((error: unknown) => error);
        signal.throwIfAborted();
        const ms = context.clock.monotonic() - started;
        if ((await stateOf(paths)) !== state) seen = -1;
        else if (loaded instanceof Error)
          keep(loaded.cause instanceof Error ? loaded.cause.message : loaded.message);
        else await replace(loaded as LoadedDirectory, state, ms);
      } while (seen !== changes);
    } catch {
      // Closed meanwhile.
    } finally {
      // At once, or a change would be lost that comes before the promise is settled.
      reloading = undefined;
    }
  }

  async function replace(loaded: LoadedDirectory, state: string, ms: number): Promise<void> {
    const before = (latest ?? first).directory;
    const loss = lossOf(loaded, before.counts, files);
    if (loss !== undefined) {
      keep(loss);
      return;
    }
    const gone = goneFrom(before, loaded.directory, files);
    if (gone !== undefined) {
      const since = new Date(context.clock.now()).toISOString();
      keep(`${gone} since ${since}; used when the files stay as they are for a minute`);
      if (!(await staysFor(GONE_REST_MS, state))) {
        onChange();
        return;
      }
    }
    apply(loaded);
    context.invalidate();
    context.log.info('csv files reloaded', { ...loaded.directory.counts, ms });
  }

  async function staysFor(restMs: number, state: string): Promise<boolean> {
    const started = context.clock.monotonic();
    while (context.clock.monotonic() - started < restMs) {
      if ((await waitForRest(REST_MS)) !== state) return false;
    }
    return true;
  }

  /** @returns the state of the files when it has not changed for so long. */
  async function waitForRest(restMs: number): Promise<string> {
    let waited = 0;
    for (let state = await stateOf(paths); ;) {
      await wait(restMs, signal);
      const next = await stateOf(paths);
      if (next === state) return state;
      state = next;
      waited += restMs;
      if (waited >= NOTICE_MS) keep('a file is being written');
    }
  }

  function apply(loaded: LoadedDirectory): void {
    const { warnings, unused } = loaded;
    const summary = warnings.total === 0 ? undefined : warnings.summary();
    if (summary !== undefined) context.log.warn('csv cells left out', { problem: summary });
    context.setNotice('cells', summary);
    for (const text of latest?.unused ?? []) context.setNotice(text, undefined);
    for (const text of unused) {
      context.log.warn('csv column not found', { problem: text });
      context.setNotice(text, text);
    }
    context.setNotice('files', undefined);
    latest = loaded;
    problem = undefined;
  }

  function keep(reason: string): void {
    if (reason !== problem)
      context.log.warn('csv files not reloaded, the last good content stays in use', {
        problem: reason,
      });
    problem = reason;
    context.setNotice('files', `the last good content stays in use: ${reason}`);
  }
}

/** Size, times and identity of the files, as one text to compare. */
async function stateOf(paths: readonly string[]): Promise<string> {
  const states = await Promise.all(
    paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)),
  );
  return states
    .map((state) => (state ? [state.ino, state.size, state.mtimeNs, state.ctimeNs].join() : '-'))
    .join(' ');
}

/** @returns why the new content is not to be trusted: a file is cut off, or lost most of its rows. */
function lossOf(
  { directory, cutOff }: LoadedDirectory,
  before: Counts,
  files: Files,
): string | undefined {
  const { counts } = directory;
  const [name] = cutOff;
  if (name !== undefined) return `${name} ends within a row: is it still being written?`;
  for (const table of TABLES) {
    const [rows, known] = [counts[table] ?? 0, before[table] ?? 0];
    if (rows * 2 < known)
      return (
        `${files[table]?.name ?? table} lost most of its rows (${rows} instead of ${known}); ` +
        'restart the service if that is right'
      );
  }
  return undefined;
}

/** @returns what is there no longer, for messages: addresses of people, or rows of another file. */
function goneFrom(before: Directory, after: Directory, files: Files): string | undefined {
  let addresses = 0;
  for (const address of before.addresses()) if (!after.hasAddress(address)) addresses += 1;
  if (addresses > 0) {
    return `${addresses} of ${before.counts.addresses} addresses are gone from ${files.people.name}`;
  }
  for (const table of TABLES) {
    const [rows, known] = [after.counts[table] ?? 0, before.counts[table] ?? 0];
    if (rows < known)
      return `${known - rows} of ${known} rows are gone from ${files[table]?.name ?? table}`;
  }
  return undefined;
}
