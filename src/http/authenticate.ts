/** Checks tenant and key, and limits wrong keys by client address. */
import { isIPv6 } from 'node:net';
import type { Request } from 'express';
import type { Snapshot } from '../bridge/snapshot.ts';
import type { Tenant } from '../bridge/tenant.ts';
import { readKey } from '../auth/key-store.ts';
import type { CreateLimiter, Limiter } from '../limits/limiter.ts';
import type { MonotonicClock } from '../model/clock.ts';
import type { ContactPath } from './contact-path.ts';

export type Access =
  | Caller
  | { readonly tenant: undefined }
  /** Seconds. */
  | { readonly retryAfterSeconds: number };

/** The sender of a right key. */
export interface Caller {
  readonly tenant: Tenant;
  /** Which of the tenant's keys, the first being 1. */
  readonly key: number;
}

/** Counts wrong keys per client address; a changed rule starts from zero. */
export class FailedAuthLimiter {
  #rule = { attempts: 0, per: 0 };
  #limiter: Limiter | undefined;
  readonly #clock: MonotonicClock;
  readonly #createLimiter: CreateLimiter;
  readonly #listener: string;

  /** @param listener whose wrong keys are counted. */
  constructor(clock: MonotonicClock, createLimiter: CreateLimiter, listener: 'server' | 'ops') {
    this.#clock = clock;
    this.#createLimiter = createLimiter;
    this.#listener = listener;
  }

  limiter({ attempts, per }: { readonly attempts: number; readonly per: number }): Limiter {
    if (this.#limiter === undefined || attempts !== this.#rule.attempts || per !== this.#rule.per) {
      this.#rule = { attempts, per };
      this.#limiter = this.#createLimiter(`wrong keys ${this.#listener} ${attempts} ${per}`, {
        maxEvents: attempts,
        windowMs: per,
        clock: this.#clock,
      });
    }
    return this.#limiter;
  }
}

/**
 * An unknown tenant, a wrong key and an address outside `allowFrom` have the same result: no tenant, and
 * after too many of them from one address `retryAfterSeconds`. A right key always passes: SnapEngage calls for all
 * tenants from shared addresses, so one mistyped URL must not lock out the others.
 */
export function authenticate(
  request: Request,
  { tenant: id, key: pathKey }: ContactPath,
  query: ReadonlyMap<string, string>,
  snapshot: Snapshot,
  wrongKeys: FailedAuthLimiter,
): Access | Promise<Access> {
  const key = readKey({
    pathKey,
    authorization: request.headers.authorization,
    queryKey: query.get('key'),
  });
  const verified = snapshot.keys.verify(id, key);
  const tenant = verified && snapshot.tenants.get(verified.id);
  if (
    verified &&
    tenant &&
    (tenant.network.allowsAll || tenant.network.allows(addressOf(request)))
  ) {
    return { tenant, key: verified.position };
  }
  return reject(request, wrongKeys.limiter(snapshot.configuration.server.wrongKeys));
}

function addressOf(request: Request): string {
  return clientAddress(request.ip ?? '');
}

async function reject(request: Request, attempts: Limiter): Promise<Access> {
  const retryAfterSeconds = await limitFailedAuth(request, attempts);
  return retryAfterSeconds === undefined ? { tenant: undefined } : { retryAfterSeconds };
}

/** Counts a wrong key for the client's address. @returns seconds to wait, when there were too many. */
export async function limitFailedAuth(
  request: Request,
  attempts: Limiter,
): Promise<number | undefined> {
  const { retryAfterSeconds } = await attempts.consume(subnetKey(addressOf(request)));
  return retryAfterSeconds;
}

/** Some gateways write a port into X-Forwarded-For: `203.0.113.7:5555`, `[2001:db8::1]:5555`. */
function clientAddress(forwarded: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(forwarded) ?? [];
  const [, v4] = /^(\d+(?:\.\d+){3}):\d+$/.exec(forwarded) ?? [];
  return bracketed ?? v4 ?? forwarded;
}

/** One client has at least a /64 of IPv6: a limit for each single address would be void. */
function subnetKey(address: string): string {
  const bare = address.replace(/%.*$/s, '');
  const [, mapped] = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(bare) ?? [];
  if (mapped !== undefined || !isIPv6(bare)) return mapped ?? bare;
  const [head = '', tail = ''] = bare.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = bare.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
