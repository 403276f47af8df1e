/** Keeps a directory up to date with its files. Content that cannot be read never replaces good content. */
import type { ConnectorContext } from '../../src/connector/index.ts';
import { loadDirectory, type Files, type LoadedDirectory } from './load-directory.ts';
import type { CsvFile } from './read-rows.ts';

/** The files as the settings name them. */
export interface FileSettings {
  readonly file: string;
  readonly companies?: string | undefined;
  readonly deals?: string | undefined;
  readonly tickets?: string | undefined;
}

export interface LiveDirectory {
  /** The last good content. */
  readonly content: LoadedDirectory;
  /** Why the current content of the files is not in use. */
  readonly problem: string | undefined;
  close(): Promise<void>;
}

/** @throws {ConnectorError} `misconfigured`, with all problems, when the files cannot be read now. */
export async function openLiveDirectory(
  settings: FileSettings,
  context: ConnectorContext,
): Promise<LiveDirectory> {
  const files = findFiles(settings, context);
  const closed = new AbortController();
  let latest: LoadedDirectory | undefined;
  let problem: string | undefined;
  let changes = 0;
  let reloading: Promise<void> | undefined;

  // Watched before they are read, or a change in between would be lost.
  const watched = [files.people, files.companies, files.deals, files.tickets];
  const unwatch = watched.flatMap((file) =>
    file === undefined ? [] : [context.watchFile(file.path, onChange)],
  );
  const close = async (): Promise<void> => {
    closed.abort();
    for (const stop of unwatch.splice(0)) stop();
    await reloading;
  };

  const first = await loadDirectory(files, closed.signal).catch(async (error: unknown) => {
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
    let seen: number;
    do {
      seen = changes;
      const started = context.clock.monotonic();
      const loaded = await loadDirectory(files, closed.signal).catch((error: unknown) => error);
      if (closed.signal.aborted) break;
      if (!(loaded instanceof Error)) {
        apply(loaded as LoadedDirectory);
        context.invalidate();
        const ms = context.clock.monotonic() - started;
        context.log.info('csv files reloaded', { ...latest?.directory.counts, ms });
      } else if (seen === changes) rejectReload(loaded);
    } while (seen !== changes);
    reloading = undefined;
  }

  function apply(loaded: LoadedDirectory): void {
    const { warnings } = loaded;
    const summary = warnings.total === 0 ? undefined : warnings.summary();
    if (summary !== undefined) context.log.warn('csv cells left out', { problem: summary });
    context.setNotice('cells', summary);
    context.setNotice('files', undefined);
    latest = loaded;
    problem = undefined;
  }

  function rejectReload({ message, cause }: Error): void {
    const summary = cause instanceof Error ? cause.message : message;
    if (summary !== problem)
      context.log.warn('csv files not reloaded, the last good content stays in use', {
        problem: summary,
      });
    context.setNotice('files', `the last good content stays in use: ${summary}`);
    problem = summary;
  }
}

function findFiles(settings: FileSettings, context: ConnectorContext): Files {
  const find = (name: string): CsvFile => ({ name, path: context.resolvePath(name) });
  const { file, companies, deals, tickets } = settings;
  return {
    people: find(file),
    companies: companies === undefined ? undefined : find(companies),
    deals: deals === undefined ? undefined : find(deals),
    tickets: tickets === undefined ? undefined : find(tickets),
  };
}
