/**
 * Lets a connector in `connectorsDir` import, without installing anything there, the contract as
 * `snapengage-crm-bridge/connector` and the packages that the bridge uses (zod, undici, …).
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const CONTRACT = 'snapengage-crm-bridge/connector';
const CONTRACT_URL = new URL(
  import.meta.url.endsWith('.ts') ? '../../connector/index.ts' : '../../connector/index.js',
  import.meta.url,
).href;

// Node's hooks are the process's; one set of them serves every folder and every reload.
const folders = new Set<string>();

/** @param folder whose files may do so; absolute. What is installed there goes first. */
export function allowBridgeImports(folder: string): void {
  if (folders.size === 0) registerHooks({ resolve });
  folders.add(`${pathToFileURL(folder).href}/`);
}

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>;

const resolve: Resolve = (specifier, context, next) => {
  if (specifier === CONTRACT) return { url: CONTRACT_URL, shortCircuit: true };
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
