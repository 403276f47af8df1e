/**
 * Finds and loads a connector by its name: in `connectorsDir`, then among the product's own, then as the
 * npm package `crm-bridge-connector-NAME`. So only a folder that the configuration names can take the
 * place of one of the product's own, and the loader warns when it does.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ConnectorModule } from '../../connector/contract.ts';
import { allowBridgeImports } from './connector-imports.ts';
import { builtinConnectorsDir } from '../folders.ts';
import { isRecord } from '../schema/schema-walk.ts';

export interface ConnectorSearchPath {
  /** A folder of connectors that goes before the product's own. Absolute. */
  readonly connectorsDir?: string | undefined;
  /** The product's own; another one for tests. Absolute. */
  readonly builtinDir?: string;
  /** Folders from which npm packages are looked for, upwards. Absolute. */
  readonly packageDirs: readonly string[];
}

export type LoadedConnector =
  | {
      readonly module: ConnectorModule;
      /** The file it was loaded from. Absolute. */
      readonly file: string;
      /** Whether one of the product's own connectors has the same name. */
      readonly shadowsBuiltin: boolean;
    }
  | {
      /** The file that does not load, absolute; `undefined` when there is no such connector. */
      readonly file: string | undefined;
      /** Why; goes on after the file's name. */
      readonly message: string;
    };

/** How npm packages with a connector are called, before its name. */
export const PACKAGE_PREFIX = 'crm-bridge-connector-';

/** Never throws: what is wrong with a connector is told in a sentence. @param name of safe characters */
export async function loadConnector(
  name: string,
  searchPath: ConnectorSearchPath,
): Promise<LoadedConnector> {
  const {
    connectorsDir,
    builtinDir: builtinDir = builtinConnectorsDir(),
    packageDirs,
  } = searchPath;
  const local = connectorsDir === undefined ? undefined : entryFile(join(connectorsDir, name));
  const own = entryFile(join(builtinDir, name));
  const file = local ?? own ?? packageEntry(name, packageDirs);
  if (file === undefined) return { file, message: 'there is no such connector' };
  if (connectorsDir !== undefined) allowBridgeImports(connectorsDir);
  const shadowsBuiltin = local !== undefined && own !== undefined;
  try {
    const imported: unknown = await import(pathToFileURL(file).href);
    const module = isRecord(imported) ? imported.default : undefined;
    if (isConnectorModule(module)) return { module, file, shadowsBuiltin };
    return { file, message: 'has no default export { settings, open }' };
  } catch (error) {
    return { file, message: `does not load: ${causeOf(error, file)}` };
  }
}

/** The names of all connectors there are, in order. */
export function connectorNames(searchPath: ConnectorSearchPath): readonly string[] {
  const {
    connectorsDir,
    builtinDir: builtinDir = builtinConnectorsDir(),
    packageDirs,
  } = searchPath;
  const names = [...(connectorsDir === undefined ? [] : [connectorsDir]), builtinDir].flatMap(
    (dir) => subfolders(dir).filter((name) => entryFile(join(dir, name)) !== undefined),
  );
  const packaged = packageDirs
    .flatMap(moduleDirs)
    .flatMap(subfolders)
    .filter((name) => name.startsWith(PACKAGE_PREFIX))
    .map((name) => name.slice(PACKAGE_PREFIX.length));
  return [...new Set([...names, ...packaged])].sort();
}

function packageEntry(name: string, packageDirs: readonly string[]): string | undefined {
  for (const dir of packageDirs.flatMap(moduleDirs)) {
    const entry = entryFile(join(dir, PACKAGE_PREFIX + name));
    if (entry !== undefined) return entry;
  }
  return undefined;
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
    return []; // A folder that is not there has no connectors.
  }
}

/** The file to import: what package.json names, else `index.ts`, `index.mts`, `index.js` or `index.mjs`. */
function entryFile(folder: string): string | undefined {
  const named = mainOf(join(folder, 'package.json'));
  const usual = ['index.ts', 'index.mts', 'index.js', 'index.mjs'];
  const candidates = [...(named === undefined ? [] : [named]), ...usual];
  return candidates.map((candidate) => resolve(folder, candidate)).find((file) => existsSync(file));
}

function mainOf(file: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isRecord(manifest)) return undefined;
    return (
      exported(manifest.exports) ?? (typeof manifest.main === 'string' ? manifest.main : undefined)
    );
  } catch {
    return undefined; // No package.json, or none that can be read: index.* has to do.
  }
}

/** The target of `exports` for `import`. */
function exported(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!isRecord(target)) return undefined;
  if ('.' in target) return exported(target['.']);
  const condition = Object.keys(target).find((key) =>
    ['import', 'node', 'module-sync', 'default'].includes(key),
  );
  return condition === undefined ? undefined : exported(target[condition]);
}

function isConnectorModule(value: unknown): value is ConnectorModule {
  if (!isRecord(value) || typeof value.open !== 'function') return false;
  const settings: unknown = value.settings;
  const standard = isSchemaOrFunction(settings)
    ? (Reflect.get(settings, '~standard') as unknown)
    : undefined;
  return isRecord(standard) && typeof standard.validate === 'function';
}

function isSchemaOrFunction(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Why an import failed, on one line, with the place if Node tells it. */
function causeOf(error: unknown, file: string): string {
  if (!(error instanceof Error)) return 'it throws something that is no Error';
  const [firstLine = ''] = error.message.split('\n');
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(firstLine)?.[1];
  if (missing !== undefined) {
    const isFile = missing.startsWith('/') || missing.startsWith('file:');
    const shown = isFile ? relative(dirname(file), pathOf(missing)) : missing;
    return isFile
      ? `it imports ${shown}, which does not exist`
      : `it needs the package ${shown}; run npm install ${shown}`;
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
