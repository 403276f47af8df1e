/**
 * Notices changed files. It watches folders, since a watched file goes deaf after an atomic rename, and
 * compares contents, since editors touch files more often than they change them.
 */
import { watch, type FSWatcher } from 'node:fs';
import { basename, join } from 'node:path';
import { digestOfFile, digestOfFolder, type Digest } from './digest.ts';
import { foldersToWatch } from './symlink-dirs.ts';

export interface WatchOptions {
  /** How long nothing may happen before a change is told, in milliseconds; 100 when left out. */
  readonly debounce?: number;
}

export interface Watcher {
  /** Watches others from now on; what both have in common is still compared with what it was. */
  update(files: readonly string[], folders: readonly string[]): void;
  /** Somebody is about to read it all: of what has changed until now nothing is told any more. */
  resetBaseline(): void;
  close(): void;
}

/**
 * Calls `onChange` when the content of a file is another, when a file appears or vanishes, or when there
 * are other files in a folder. Several changes in a row are one call.
 * @param files absolute; they need not exist
 * @param folders absolute; what is in their subfolders is not looked at
 */
export function watchFiles(
  files: readonly string[],
  folders: readonly string[],
  onChange: () => void,
  options: WatchOptions = {},
): Watcher {
  return new FolderWatcher(files, folders, onChange, options.debounce ?? 100);
}

/** The same for one file. @returns a function that stops watching */
export function watchFile(
  path: string,
  onChange: () => void,
  options: WatchOptions = {},
): () => void {
  const watcher = watchFiles([path], [], onChange, options);
  return () => watcher.close();
}

/** While events keep coming, a change is told after so many times the debounce time. */
const PATIENCE = 10;
/** Where the system has no watches left, it is looked at so often. */
const POLL = 5000;

class FolderWatcher implements Watcher {
  readonly #onChange: () => void;
  readonly #debounce: number;
  readonly #handles = new Map<string, FSWatcher>();
  #files: readonly string[] = [];
  #folders: readonly string[] = [];
  #digests = new Map<string, Digest>();
  /** Runs out when it has been quiet for a while. */
  #quiet: NodeJS.Timeout | undefined;
  /** Runs out also when it is never quiet. */
  #patience: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    files: readonly string[],
    folders: readonly string[],
    onChange: () => void,
    debounce: number,
  ) {
    this.#onChange = onChange;
    this.#debounce = debounce;
    this.update(files, folders);
  }

  update(files: readonly string[], folders: readonly string[]): void {
    if (this.#isClosed) return;
    this.#files = files;
    this.#folders = folders;
    this.#openFolders();
    const digests = this.#look();
    for (const path of digests.keys()) {
      const known = this.#digests.get(path);
      if (known) digests.set(path, known);
    }
    this.#digests = digests;
  }

  resetBaseline(): void {
    if (this.#isClosed) return;
    this.#openFolders();
    this.#digests = this.#look();
  }

  close(): void {
    this.#isClosed = true;
    for (const handle of this.#handles.values()) handle.close();
    this.#handles.clear();
    this.#stopTimers();
    clearInterval(this.#poll);
  }

  #stopTimers(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#patience);
    this.#quiet = this.#patience = undefined;
  }

  /** Before contents are compared: what happens after that must raise an event. */
  #openFolders(): void {
    const inFolders = this.#folders.map((folder) => join(folder, '*'));
    const wanted = new Set([...this.#files, ...inFolders].flatMap(foldersToWatch));
    for (const folder of this.#handles.keys()) if (!wanted.has(folder)) this.#forget(folder);
    for (const folder of wanted) if (!this.#handles.has(folder)) this.#open(folder);
  }

  #open(folder: string): void {
    try {
      // The listeners keep the service alive, not this.
      const handle = watch(folder, { persistent: false }, (_, name) => {
        // The folder itself was moved or deleted: another one may take its place.
        if (name === basename(folder)) this.#forget(folder);
        this.#schedule();
      });
      handle.on('error', () => {
        this.#forget(folder);
        this.#schedule();
      });
      this.#handles.set(folder, handle);
    } catch {
      this.#poll ??= setInterval(() => this.#check(), POLL).unref();
    }
  }

  #forget(folder: string): void {
    this.#handles.get(folder)?.close();
    this.#handles.delete(folder);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#check(), this.#debounce);
    this.#patience ??= setTimeout(() => this.#check(), this.#debounce * PATIENCE);
  }

  #check(): void {
    this.#stopTimers();
    this.#openFolders();
    const digests = this.#look();
    const isChanged = [...digests].some(
      ([path, digest]) => this.#digests.get(path)?.content !== digest.content,
    );
    this.#digests = digests;
    if (isChanged) this.#onChange();
  }

  #look(): Map<string, Digest> {
    const file = (path: string): [string, Digest] => [
      path,
      digestOfFile(path, this.#digests.get(path)),
    ];
    const folder = (path: string): [string, Digest] => [join(path, '*'), digestOfFolder(path)];
    return new Map([...this.#files.map(file), ...this.#folders.map(folder)]);
  }
}

export interface WatchedPaths {
  readonly files: readonly string[];
  /** Folders in which a new file counts too: those of `include` patterns and of template sets. */
  readonly folders: readonly string[];
}
