/** Who may ask: tenant and key, from an address that has not tried too many wrong keys. */
import type { Request } from 'express';
import type { Snapshot } from '../bridge/snapshot.ts';
import type { Tenant } from '../bridge/tenant.ts';
import { subnetKey, clientAddress } from './client-address.ts';
import { readKey } from '../auth/key-store.ts';
import type { Limiter } from '../limits/limiter.ts';
import { createMemoryLimiter } from '../limits/memory-limiter.ts';

export type Access =
  | Caller
  | { readonly tenant: undefined }
  /** Seconds. */
  | { readonly retryAfter: number };

/** Who showed a right key. */
export interface Caller {
  readonly tenant: Tenant;
  /** Which of the tenant's keys, the first being 1. */
  readonly key: number;
}

/** Counts wrong keys per client address; a changed rule starts counting anew. */
export class FailedAuthLimiter {
  #rule = { attempts: 0, per: 0 };
  #limiter: Limiter | undefined;

  limiter({ attempts, per }: { readonly attempts: number; readonly per: number }): Limiter {
    if (this.#limiter === undefined || attempts !== this.#rule.attempts || per !== this.#rule.per) {
      this.#rule = { attempts, per };
      this.#limiter = createMemoryLimiter({ maxEvents: attempts, windowMs: per });
    }
    return this.#limiter;
  }
}

/**
 * An unknown tenant, a wrong key and an address outside `allowFrom` are the same: no tenant, and after too
 * many of these from one address a while of refusals. A right key is always let in: SnapEngage calls for
 * all tenants from addresses they share, so one mistyped URL must not lock the others out.
 */
export function authenticate(
  request: Request,
  query: ReadonlyMap<string, string>,
  generation: Snapshot,
  wrongKeys: FailedAuthLimiter,
): Access | Promise<Access> {
  const { tenant: id, key: pathKey } = request.params;
  const key = readKey({
    pathKey: firstParam(pathKey),
    authorization: request.headers.authorization,
    queryKey: query.get('key'),
  });
  const opened = generation.keys.verify(firstParam(id) ?? '', key);
  const tenant = opened && generation.tenants.get(opened.id);
  if (opened && tenant && (tenant.network.allowsAll || tenant.network.allows(addressOf(request)))) {
    return { tenant, key: opened.position };
  }
  return reject(addressOf(request), wrongKeys.limiter(generation.configuration.server.wrongKeys));
}

function addressOf(request: Request): string {
  return clientAddress(request.ip ?? '');
}

async function reject(address: string, attempts: Limiter): Promise<Access> {
  const { retryAfter } = await attempts.consume(subnetKey(address));
  return retryAfter === undefined ? { tenant: undefined } : { retryAfter };
}

function firstParam(parameter: string | string[] | undefined): string | undefined {
  return typeof parameter === 'string' ? parameter : undefined;
}
