/**
 * Notices changed files by looking at them at intervals. The system's events would come sooner, but not from
 * NFS, bind mounts or a symbolic link that is swapped far above the file, as Kubernetes does.
 */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, type BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface WatchedPaths {
  /** Absolute; they need not exist. */
  readonly files: readonly string[];
  /** Folders in which a new file counts too: those of `include` patterns and of template sets. */
  readonly folders: readonly string[];
}

export interface WatchOptions {
  /** Between two looks; 500 when left out. */
  readonly intervalMs?: number;
  /** A change is reported when nothing changes for so long; 100 when left out. */
  readonly debounceMs?: number;
}

export interface Watcher {
  /** Watches other paths from now on; those that stay are compared with what they were. */
  update(paths: WatchedPaths): void;
  /** Changes until now are not reported: everything is about to be read. */
  resetBaseline(): void;
  close(): void;
}

/**
 * Calls `onChange` when the content of a file changes, when a file appears or vanishes, or when a folder has
 * other files (those in its subfolders do not count). Several changes in a row are one call. Does not keep
 * the process alive.
 */
export function watchFiles(
  paths: WatchedPaths,
  onChange: () => void,
  options: WatchOptions = {},
): Watcher {
  return new PollingWatcher(paths, onChange, options);
}

/** The same for one file. @returns a function that stops watching */
export function watchFile(
  path: string,
  onChange: () => void,
  options: WatchOptions = {},
): () => void {
  const watcher = watchFiles({ files: [path], folders: [] }, onChange, options);
  return () => watcher.close();
}

/** A file that keeps changing is reported after so many debounce times. */
const MAX_WAIT_FACTOR = 10;

class PollingWatcher implements Watcher {
  readonly #onChange: () => void;
  readonly #intervalMs: number;
  readonly #debounceMs: number;
  #paths: WatchedPaths = { files: [], folders: [] };
  #baseline: Snapshot = new Map();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    paths: WatchedPaths,
    onChange: () => void,
    { intervalMs = 500, debounceMs = 100 }: WatchOptions,
  ) {
    this.#onChange = onChange;
    this.#intervalMs = intervalMs;
    this.#debounceMs = debounceMs;
    this.update(paths);
    this.#schedule();
  }

  update(paths: WatchedPaths): void {
    const known = this.#baseline;
    this.#paths = paths;
    this.#baseline = new Map(
      [...this.#snapshot()].map(([path, digest]) => [path, known.get(path) ?? digest]),
    );
  }

  resetBaseline(): void {
    this.#baseline = this.#snapshot();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const poll = () => void this.#poll().finally(() => this.#schedule());
    this.#timer = setTimeout(poll, this.#intervalMs).unref();
  }

  async #poll(): Promise<void> {
    if (!(await this.#isTouched())) return;
    let latest = this.#snapshot();
    for (let tries = 0; tries < MAX_WAIT_FACTOR && differ(this.#baseline, latest); tries++) {
      await delay(this.#debounceMs, undefined, { ref: false });
      const before = latest;
      latest = this.#snapshot();
      if (!differ(before, latest)) break;
    }
    if (this.#isClosed) return;
    const isChanged = differ(this.#baseline, latest);
    this.#baseline = latest;
    if (isChanged) this.#onChange();
  }

  /** Cheap, and without waiting for a slow file system: contents are read only after a touch. */
  async #isTouched(): Promise<boolean> {
    const files = this.#paths.files.map(async (path) => {
      const key = statKeyOf(await stat(path, { bigint: true }).catch(() => undefined));
      return key === undefined || key !== this.#baseline.get(path)?.statKey;
    });
    const folders = this.#paths.folders.map(async (path) => {
      const names = await readdir(path).catch(() => undefined);
      return contentOfFolder(names) !== this.#baseline.get(keyOfFolder(path))?.content;
    });
    return (await Promise.all([...files, ...folders])).includes(true);
  }

  #snapshot(): Snapshot {
    const { files, folders } = this.#paths;
    return new Map([
      ...files.map((path) => [path, digestOfFile(path, this.#baseline.get(path))] as const),
      ...folders.map((path) => [keyOfFolder(path), digestOfFolder(path)] as const),
    ]);
  }
}

type Snapshot = ReadonlyMap<string, Digest>;

interface Digest {
  readonly content: string;
  /** As long as it is equal, the file need not be read again. */
  readonly statKey?: string | undefined;
}

function differ(before: Snapshot, after: Snapshot): boolean {
  return [...after].some(([path, { content }]) => before.get(path)?.content !== content);
}

/** @param known what it was before */
function digestOfFile(path: string, known: Digest | undefined): Digest {
  const statKey = statKeyOf(attempt(() => statSync(path, { bigint: true })));
  if (statKey !== undefined && statKey === known?.statKey) return known;
  const bytes = attempt(() => readFileSync(path));
  return { content: bytes === undefined ? MISSING : hash('sha256', bytes), statKey };
}

const MISSING = 'missing';
/** File systems count time in steps, the coarsest in steps of two seconds. */
const TIME_STEP_MS = 2000;

/** Differs after each write; `undefined` while the next write may be within the same step of time. */
function statKeyOf(found: BigIntStats | undefined): string | undefined {
  if (found === undefined) return MISSING;
  if (Math.abs(Date.now() - Number(found.ctimeMs)) < TIME_STEP_MS) return undefined;
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
}

function keyOfFolder(path: string): string {
  return `${path}/*`;
}

function digestOfFolder(path: string): Digest {
  return { content: contentOfFolder(attempt(() => readdirSync(path))) };
}

/** The names in a folder, without those that editors use for a moment. */
function contentOfFolder(names: readonly string[] | undefined): string {
  const lasting = names?.filter((name) => !/^\.|~$|\.(?:swp|tmp)$|^\d+$/.test(name));
  return lasting === undefined ? MISSING : JSON.stringify(lasting.sort());
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
