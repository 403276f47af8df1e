/**
 * Lets connectors import the contract by the name that the package exports it as, also in a checkout, and those in
 * `connectorsDir` the packages that the bridge uses (zod, undici, …), without installing anything there.
 */
import { realpathSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** As `exports` of package.json has them; there they are files of the built package. */
const EXPORTS: Readonly<Record<string, string>> = {
  'snapengage-crm-bridge/connector': sourceUrl('../../connector/index'),
  'snapengage-crm-bridge/testing': sourceUrl('../../connector/testing/index'),
};

// Node's hooks are the process's; one set of them serves every folder and every reload.
let isRegistered = false;
const folders = new Set<string>();

/** Whether the product's own connectors find the contract by themselves: in the built package, by its `exports`. */
export const IS_BUILT = EXTENSION === '.js';

/** Everything that is loaded from now on may import what the package exports; each import takes longer. */
export function allowContractImports(): void {
  if (!isRegistered) registerHooks({ resolve });
  isRegistered = true;
}

/** @param folder whose files may import the bridge's packages; it exists. What is installed there goes first. */
export function allowBridgeImports(folder: string): void {
  allowContractImports();
  // Node knows a module by the path without symbolic links.
  folders.add(pathToFileURL(join(realpathSync(folder), '/')).href);
}

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>;

const resolve: Resolve = (specifier, context, next) => {
  const url = EXPORTS[specifier];
  if (url !== undefined) return { url, shortCircuit: true };
  try {
    return next(specifier, context);
  } catch (error) {
    const bare = /^(?:@[\w.-]+\/)?[\w-][\w.-]*(?:\/|$)/.test(specifier);
    const requestedBy = [...folders].some((folder) => context.parentURL?.startsWith(folder));
    if (!bare || !requestedBy) throw error;
    return resolveFromBridge(specifier, context, next, error);
  }
};

function resolveFromBridge(
  specifier: string,
  context: Parameters<Resolve>[1],
  next: Parameters<Resolve>[2],
  missing: unknown,
): ReturnType<Resolve> {
  try {
    return next(specifier, { ...context, parentURL: import.meta.url });
  } catch {
    throw missing; // It names the importing file.
  }
}

function sourceUrl(path: string): string {
  return new URL(path + EXTENSION, import.meta.url).href;
}
