/** Who may ask: tenant and key, from an address that has not tried too many wrong keys. */
import type { Request } from 'express';
import type { Generation } from '../bridge.ts';
import type { Tenant } from '../tenant.ts';
import { readKey } from './credentials.ts';
import { createLimiter, type Limiter } from './limit.ts';

export type Access =
  | { readonly tenant: Tenant | undefined }
  /** Seconds. */
  | { readonly retryAfter: number };

/** Counts wrong keys per client address; a changed rule starts counting anew. */
export class WrongKeys {
  #rule = { attempts: 0, per: 0 };
  #limiter: Limiter | undefined;

  limiter({ attempts, per }: { readonly attempts: number; readonly per: number }): Limiter {
    if (this.#limiter === undefined || attempts !== this.#rule.attempts || per !== this.#rule.per) {
      this.#rule = { attempts, per };
      this.#limiter = createLimiter({ requests: attempts, per });
    }
    return this.#limiter;
  }
}

/**
 * An unknown tenant, a wrong key and an address outside `allowFrom` are the same: no tenant. After too many
 * of these from one address, nothing from there is looked at for a while.
 */
export async function authenticate(
  request: Request,
  query: ReadonlyMap<string, string>,
  generation: Generation,
  wrongKeys: WrongKeys,
): Promise<Access> {
  const address = request.ip ?? '';
  const attempts = wrongKeys.limiter(generation.configuration.server.wrongKeys);
  const blocked = await attempts.blocked(address);
  if (blocked !== undefined) return { retryAfter: blocked };

  const { tenant: id, key: pathKey } = request.params;
  const key = readKey({
    pathKey: single(pathKey),
    authorization: request.headers.authorization,
    queryKey: query.get('key'),
  });
  const known = generation.keys.tenantFor(single(id) ?? '', key);
  const tenant = known === undefined ? undefined : generation.tenants.get(known);
  if (tenant?.network.allows(address)) return { tenant };

  const over = await attempts.take(address);
  return over === undefined ? { tenant: undefined } : { retryAfter: over };
}

function single(parameter: string | string[] | undefined): string | undefined {
  return typeof parameter === 'string' ? parameter : undefined;
}
