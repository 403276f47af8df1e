/** Keeps a directory up to date with its files: what cannot be read never replaces what could. */
import type { ConnectorContext } from '../../src/connector/index.ts';
import type { Directory } from './directory.ts';
import { loadDirectory, type Files, type Loaded } from './load-directory.ts';
import type { Problems } from './problems.ts';
import type { CsvFile } from './read-rows.ts';

/** The files as the settings name them. */
export interface FileSettings {
  readonly file: string;
  readonly companies?: string | undefined;
  readonly deals?: string | undefined;
  readonly tickets?: string | undefined;
}

export interface Live {
  /** The last good content. */
  readonly directory: Directory;
  /** What of it was left out. */
  readonly warnings: Problems;
  /** Why the files' present content is not in use. */
  readonly problem: string | undefined;
  close(): Promise<void>;
}

/** @throws {ConnectorError} `misconfigured`, with everything that is wrong, when the files cannot be read now. */
export async function openFiles(settings: FileSettings, context: ConnectorContext): Promise<Live> {
  const files = findFiles(settings, context);
  const closed = new AbortController();
  let latest: Loaded | undefined;
  let problem: string | undefined;
  let changes = 0;
  let reloading: Promise<void> | undefined;

  // Watched before they are read, or a change in between would be lost.
  const watched = [files.people, files.companies, files.deals, files.tickets];
  const watchers = watched.flatMap((file) =>
    file === undefined ? [] : [context.watchFile(file.path, onChange)],
  );
  const close = async (): Promise<void> => {
    closed.abort();
    for (const unwatch of watchers.splice(0)) unwatch();
    await reloading;
  };

  const first = await loadDirectory(files, closed.signal).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  accept(first);
  if (changes > 0) reloading = reload();

  return {
    get directory() {
      return (latest ?? first).directory;
    },
    get warnings() {
      return (latest ?? first).warnings;
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

  /** One at a time, and once more for whatever changed meanwhile: the newest content always wins. */
  async function reload(): Promise<void> {
    let seen: number;
    do {
      seen = changes;
      const started = context.clock.now();
      const loaded = await loadDirectory(files, closed.signal).catch((error: unknown) => error);
      if (closed.signal.aborted) break;
      if (!(loaded instanceof Error)) {
        accept(loaded as Loaded);
        context.invalidate();
        const ms = context.clock.now() - started;
        context.log.info('csv files reloaded', { ...latest?.directory.counts, ms });
      } else if (seen === changes) refuse(loaded);
    } while (seen !== changes);
    reloading = undefined;
  }

  function accept(loaded: Loaded): void {
    const { warnings } = loaded;
    const summary = warnings.total === 0 ? undefined : warnings.summary();
    if (summary !== undefined) context.log.warn('csv cells left out', { problem: summary });
    context.setNotice('cells', summary);
    context.setNotice('files', undefined);
    latest = loaded;
    problem = undefined;
  }

  function refuse({ message, cause }: Error): void {
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
  const findOptional = (name: string | undefined) => (name === undefined ? undefined : find(name));
  return {
    people: find(settings.file),
    companies: findOptional(settings.companies),
    deals: findOptional(settings.deals),
    tickets: findOptional(settings.tickets),
  };
}
