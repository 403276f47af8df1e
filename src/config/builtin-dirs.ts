/** Where the product's own connectors and templates are, in the sources and in `dist/` alike. */
import { join } from 'node:path';
import { packageRoot } from '../model/package-info.ts';

/** Beside `src/`: the sources, or in `dist/` what was compiled from them. */
export function ownConnectorsDir(): string {
  return join(import.meta.dirname, '..', '..', 'connectors');
}

/** `templates/` of the package; `dist/` has none of its own. */
export function ownTemplatesDir(): string {
  return join(packageRoot(), 'templates');
}
