/**
 * The key of a request and the tenant it belongs to. Every comparison does the same work, so its duration
 * reveals neither which tenants exist nor how a key begins.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface KeySources {
  /** The last segment of the path, decoded. */
  readonly pathKey?: string | undefined;
  /** The header `Authorization`: Bearer, or Basic with the key as password (the user name is ignored). */
  readonly authorization?: string | undefined;
  /** The parameter `key`. */
  readonly queryKey?: string | undefined;
}

/** @returns the key; of several the path's wins, then the header's. An empty one counts as none. */
export function readKey({ pathKey, authorization, queryKey }: KeySources): string | undefined {
  return [pathKey, readAuthorization(authorization ?? ''), queryKey].find((key) => key);
}

function readAuthorization(header: string): string | undefined {
  const [, scheme, token] = /^(bearer|basic) +(\S+) *$/i.exec(header) ?? [];
  if (scheme === undefined || token === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return token;
  // RFC 7617: user name and password in UTF-8; the user name has no colon, the password may.
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(token, 'base64').toString('utf8')) ?? [];
  return password;
}

/** Compares one key in constant time. */
export function keysEqual(expected: string, given: string): boolean {
  return timingSafeEqual(sha256(expected), sha256(given));
}

export interface KeyStore {
  /** @returns `undefined` for an unknown tenant as for a wrong key. */
  verify(id: string, key: string | undefined): VerifiedKey | undefined;
}

export interface VerifiedKey {
  /** The tenant's id. */
  readonly id: string;
  /** Which of the tenant's keys, the first being 1: the log shows by it when an old one is out of use. */
  readonly position: number;
}

export interface TenantKeys {
  readonly id: string;
  /** Plain, or `sha256:` and the 64 hex digits of the key's digest. */
  readonly keys: readonly string[];
}

const DIGEST_PREFIX = 'sha256:';

/** @param key as the configuration has it. @returns whether only its digest is known. */
export function isKeyDigest(key: string): boolean {
  return key.startsWith(DIGEST_PREFIX);
}

/** @throws {Error} for a key that starts with `sha256:` but has no digest after it. */
export function createKeyStore(tenants: Iterable<TenantKeys>): KeyStore {
  const digests = new Map<string, Buffer[]>();
  let slotCount = 1;
  for (const { id, keys } of tenants) {
    const own = keys.map((key) => readDigest(id, key));
    digests.set(id, own);
    slotCount = Math.max(slotCount, own.length);
  }
  const decoys = Array.from({ length: slotCount }, () => randomBytes(32));
  for (const own of digests.values()) own.push(...decoys.slice(own.length));

  return {
    verify(id, key) {
      const given = sha256(key ?? '');
      const own = digests.get(id) ?? decoys;
      const hits = own.map((digest) => timingSafeEqual(digest, given));
      const position = hits.indexOf(true) + 1;
      return position > 0 && key ? { id, position } : undefined;
    },
  };
}

/** @param key as the configuration has it, checked. @returns 64 hex digits, the same for a key and for its digest. */
export function digestOf(key: string): string {
  return isKeyDigest(key)
    ? key.slice(DIGEST_PREFIX.length).toLowerCase()
    : sha256(key).toString('hex');
}

function readDigest(id: string, key: string): Buffer {
  if (!isKeyDigest(key)) return sha256(key);
  const hex = key.slice(DIGEST_PREFIX.length);
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new Error(
      `tenant ${id}: a key that starts with sha256: must be followed by 64 hex digits; make one with \`crm-bridge key\``,
    );
  }
  return Buffer.from(hex, 'hex');
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
