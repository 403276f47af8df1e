import { hash, randomBytes } from 'node:crypto';

/** An e-mail's key → 12 hex digits that stand for the person. */
export type PersonHash = (key: string) => string;

/**
 * @returns a function that gives 12 hex digits for an e-mail's key: within one run of the process the same
 *   person has the same digits, so log lines about one visitor can be found; nobody can tell from them, or
 *   by trying addresses, who it was, because the secret is random and never leaves the process. (An HMAC
 *   costs thirty times as much here; with most of the digest left out, a prefix is as good as a key.)
 */
export function createEmailHash(): PersonHash {
  const secret = randomBytes(32).toString('hex');
  return (key) => hash('sha256', secret + key).slice(0, 12);
}
