/**
 * Finds and loads a connector by its name: in `connectorsDir`, then among the built-in ones, then as the npm
 * package `crm-bridge-connector-NAME`. So only a folder that the configuration names can take the place of
 * a built-in one, and the loader warns when it does.
 */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ConnectorModule } from '../../connector/contract.ts';
import { allowBridgeImports, allowContractImports, IS_BUILT } from './connector-imports.ts';
import { withTimeout } from '../../model/clock.ts';
import { readText } from '../../model/readable-file.ts';
import { isRecord } from '../is-record.ts';
import { listOf } from '../problem.ts';

export interface ConnectorSearchPath {
  /** A folder of connectors that goes before the built-in ones. Absolute. */
  readonly connectorsDir?: string | undefined;
  /** The built-in ones; another folder in tests. Absolute. */
  readonly builtinDir: string;
  /** Folders from which npm packages are looked for, upwards. Absolute. */
  readonly packageDirs: readonly string[];
}

export type LoadedConnector =
  | {
      readonly module: ConnectorModule;
      /** The file it was loaded from. Absolute. */
      readonly file: string;
      readonly isBuiltin: boolean;
      /** Whether a built-in connector has the same name. */
      readonly shadowsBuiltin: boolean;
    }
  | {
      /** The file that does not load, or the folder without one, absolute; `undefined` when there is no such connector. */
      readonly file: string | undefined;
      /** Why; follows the file's name. */
      readonly message: string;
    };

/** How npm packages with a connector are called, before its name. */
export const PACKAGE_PREFIX = 'crm-bridge-connector-';

/** How long a module may take to load, and its schema to check the settings of a connection. */
export const CONNECTOR_TIMEOUT_MS = 10_000;

/**
 * Does not throw: says what is wrong with a connector.
 * @param name of safe characters
 * @param timeoutMs for a module that awaits something at its top level
 */
export async function loadConnector(
  name: string,
  searchPath: ConnectorSearchPath,
  timeoutMs = CONNECTOR_TIMEOUT_MS,
): Promise<LoadedConnector> {
  const { connectorsDir, builtinDir, packageDirs } = searchPath;
  const local = connectorsDir === undefined ? undefined : entryFile(join(connectorsDir, name));
  const own = entryFile(join(builtinDir, name));
  const file = local ?? own ?? packageEntry(name, packageDirs);
  if (file === undefined) return notFound(name, searchPath);
  // The import of a pipe or a device never ends.
  if (!statSync(file).isFile()) return { file, message: 'is something that is not a file' };
  const isBuiltin = file === own;
  if (!(isBuiltin && IS_BUILT)) allowContractImports();
  if (connectorsDir !== undefined && existsSync(connectorsDir)) allowBridgeImports(connectorsDir);
  if (local !== undefined) allowBridgeImports(dirname(realpathSync(local)));
  const shadowsBuiltin = local !== undefined && own !== undefined;
  try {
    const importing = import(pathToFileURL(file).href) as Promise<unknown>;
    const imported = await withTimeout(importing, timeoutMs);
    if (imported === undefined)
      return { file, message: `does not load within ${timeoutMs / 1000} s` };
    const module = isRecord(imported) ? imported.default : undefined;
    const faults = faultsOf(module);
    if (faults !== undefined) return { file, message: faults };
    return { module: module as ConnectorModule, file, isBuiltin, shadowsBuiltin };
  } catch (error) {
    return { file, message: `does not load: ${causeOf(error, file)}` };
  }
}

/** The names of all connectors there are, in order. */
export function connectorNames(searchPath: ConnectorSearchPath): readonly string[] {
  const { connectorsDir, builtinDir, packageDirs } = searchPath;
  const folders = connectorsDir === undefined ? [builtinDir] : [connectorsDir, builtinDir];
  const names = folders.flatMap((dir) =>
    subfolders(dir).filter((name) => entryFile(join(dir, name)) !== undefined),
  );
  const packaged = packageDirs
    .flatMap(moduleDirs)
    .flatMap(subfolders)
    .filter((name) => name.startsWith(PACKAGE_PREFIX))
    .map((name) => name.slice(PACKAGE_PREFIX.length));
  return [...new Set([...names, ...packaged])].sort();
}

function packageEntry(name: string, packageDirs: readonly string[]): string | undefined {
  return packageFolders(name, packageDirs)
    .map(entryFile)
    .find((entry) => entry !== undefined);
}

function packageFolders(name: string, packageDirs: readonly string[]): readonly string[] {
  return packageDirs.flatMap(moduleDirs).map((dir) => join(dir, PACKAGE_PREFIX + name));
}

/** @returns the folder of that name, if there is one, and the files that it lacks. */
function notFound(name: string, searchPath: ConnectorSearchPath): LoadedConnector {
  const { connectorsDir, builtinDir, packageDirs } = searchPath;
  const dirs = connectorsDir === undefined ? [builtinDir] : [connectorsDir, builtinDir];
  const folder = [...dirs.map((dir) => join(dir, name)), ...packageFolders(name, packageDirs)].find(
    (path) => existsSync(path) && statSync(path).isDirectory(),
  );
  if (folder === undefined) return { file: undefined, message: 'there is no such connector' };
  return { file: folder, message: `has no ${listOf(entryNames(folder), 'or')}` };
}

/** The `node_modules` folders of a folder and of all above it. */
function moduleDirs(folder: string): readonly string[] {
  const above = dirname(folder);
  return [join(folder, 'node_modules'), ...(above === folder ? [] : moduleDirs(above))];
}

function subfolders(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name);
  } catch {
    return []; // A missing folder has no connectors.
  }
}

/** The file to import: what package.json names, else `index.ts`, `index.mts`, `index.js` or `index.mjs`. */
function entryFile(folder: string): string | undefined {
  return entryNames(folder)
    .map((name) => resolve(folder, name))
    .find((file) => existsSync(file));
}

function entryNames(folder: string): readonly string[] {
  const main = mainOf(folder);
  const names = ['index.ts', 'index.mts', 'index.js', 'index.mjs'];
  return main === undefined ? names : [main, ...names];
}

function mainOf(folder: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readText(join(folder, 'package.json')));
    if (!isRecord(manifest)) return undefined;
    const { exports, main } = manifest;
    return targetOf(exports) ?? (typeof main === 'string' ? main : undefined);
  } catch {
    return undefined; // Without a readable package.json the usual names are tried.
  }
}

/** The target of `exports` for `import`. */
function targetOf(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (!isRecord(exports)) return undefined;
  if ('.' in exports) return targetOf(exports['.']);
  const conditions = ['import', 'node', 'module-sync', 'default'];
  const condition = Object.keys(exports).find((key) => conditions.includes(key));
  return condition === undefined ? undefined : targetOf(exports[condition]);
}

/** @returns what a default export is not; `undefined` for that of a connector. */
function faultsOf(module: unknown): string | undefined {
  if (module === undefined) return 'has no default export { settings, open }';
  if (typeof module !== 'object' || module === null)
    return 'has a default export that is not an object { settings, open }';
  const { open, settings } = module as Readonly<Record<string, unknown>>;
  // A Standard Schema is an object or, as in some libraries, a function.
  const { '~standard': standard } = Object(settings) as Readonly<Record<string, unknown>>;
  const isSchema = isRecord(standard) && typeof standard.validate === 'function';
  const faults = [
    ...(open === undefined ? ['no open'] : []),
    ...(open !== undefined && typeof open !== 'function' ? ['an open that is not a function'] : []),
    ...(settings === undefined ? ['no settings'] : []),
    ...(settings !== undefined && !isSchema ? [NO_SCHEMA] : []),
  ];
  if (faults.length === 0) return undefined;
  return `has ${faults.join(' and ')} in its default export { settings, open }`;
}

const NO_SCHEMA = 'settings that are not a Standard Schema (a schema of zod is one)';

/** Why an import failed, on one line, with the position if Node gives one. */
function causeOf(error: unknown, file: string): string {
  if (!(error instanceof Error)) return 'it throws something that is not an Error';
  const [firstLine = ''] = error.message.split('\n');
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(firstLine)?.[1];
  if (missing !== undefined) {
    return missing.startsWith('/') || missing.startsWith('file:')
      ? `it imports ${relative(dirname(file), pathOf(missing))}, which does not exist`
      : `it needs the package ${missing}; run npm install ${missing}`;
  }
  const [, path, line] = /(file:\/\/\/[^\s()]+?|^\/[^\s():]+):(\d+)/.exec(error.stack ?? '') ?? [];
  const place = path === undefined ? '..' : relative(dirname(file), pathOf(path));
  // Any other file is that of the loader.
  const at = place.startsWith('..') ? '' : ` (${place}:${line ?? ''})`;
  return `${error.name}: ${firstLine}${at}`;
}

function pathOf(urlOrPath: string): string {
  return urlOrPath.startsWith('file:') ? fileURLToPath(urlOrPath) : urlOrPath;
}
