/** Where the product's own connectors and templates are, in the sources and in `dist/` alike. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** `connectors/`, compiled beside this file's own tree. */
export function ownConnectorsDir(): string {
  return join(import.meta.dirname, '..', '..', 'connectors');
}

/** `templates/` of the package; `dist/` has none of its own. */
export function ownTemplatesDir(): string {
  const beside = join(import.meta.dirname, '..', '..', 'templates');
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', '..', '..', 'templates');
}
