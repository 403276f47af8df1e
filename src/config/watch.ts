/**
 * Notices changed files by looking at them at intervals. The system's events would come sooner, but not from
 * NFS, bind mounts or a symbolic link that is swapped far above the file, as Kubernetes does.
 */
import { hash } from 'node:crypto';
import { readdirSync, statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { readBytes } from '../model/readable-file.ts';

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
  /** A folder's ends with a slash. */
  #paths: readonly string[] = [];
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
    this.#paths = [...paths.files, ...paths.folders.map((folder) => `${folder}/`)];
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

  /** Cheap, and without blocking on a slow file system: contents are read only after a touch. */
  async #isTouched(): Promise<boolean> {
    const touched = this.#paths.map(async (path) => {
      const statKey = statKeyOf(await stat(path, { bigint: true }).catch(() => undefined));
      return statKey === undefined || statKey !== this.#baseline.get(path)?.statKey;
    });
    return (await Promise.all(touched)).includes(true);
  }

  #snapshot(): Snapshot {
    return new Map(this.#paths.map((path) => [path, digestOf(path, this.#baseline.get(path))]));
  }
}

type Snapshot = ReadonlyMap<string, Digest>;

interface Digest {
  readonly content: string;
  /** As long as it is equal, the content is. */
  readonly statKey: string | undefined;
}

function differ(before: Snapshot, after: Snapshot): boolean {
  return [...after].some(([path, { content }]) => before.get(path)?.content !== content);
}

/** @param known what it was before */
function digestOf(path: string, known: Digest | undefined): Digest {
  const found = attempt(() => statSync(path, { bigint: true }));
  const statKey = statKeyOf(found);
  if (statKey !== undefined && statKey === known?.statKey) return known;
  const isLarge = found !== undefined && found.size > MAX_HASHED_BYTES;
  const content = isLarge ? `${found.size} ${found.mtimeNs}` : attempt(() => contentOf(path));
  return { content: content ?? MISSING, statKey };
}

/** Of a folder the names, without those that editors use for a moment. */
function contentOf(path: string): string {
  if (!path.endsWith('/')) return hash('sha256', readBytes(path, MAX_HASHED_BYTES));
  const names = readdirSync(path).filter((name) => !/^\.|~$|\.(?:swp|tmp)$|^\d+$/.test(name));
  return JSON.stringify(names.sort());
}

/** Of a larger file the size and the time have to do: reading it would hold up all requests. */
const MAX_HASHED_BYTES = 16 * 1024 * 1024;
const MISSING = 'missing';
/** File systems count time in steps, the coarsest in steps of two seconds. */
const TIME_STEP_MS = 2000;

/** Differs after each write; `undefined` while the next write may be within the same step of time. */
function statKeyOf(found: BigIntStats | undefined): string | undefined {
  if (found === undefined) return MISSING;
  if (Math.abs(Date.now() - Number(found.ctimeMs)) < TIME_STEP_MS) return undefined;
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
