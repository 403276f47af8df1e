import { createHmac, randomBytes } from 'node:crypto';

/** An e-mail's key → 12 hex digits that stand for the person. */
export type PersonHash = (key: string) => string;

/**
 * @returns a function that gives 12 hex digits for an e-mail's key: within one run of the process the same
 *   person has the same digits, so log lines about one visitor can be found; nobody can tell from them, or
 *   by trying addresses, who it was, because the HMAC's key is random and never leaves the process.
 */
export function createPersonHash(): PersonHash {
  const secret = randomBytes(32);
  return (key) => createHmac('sha256', secret).update(key).digest('hex').slice(0, 12);
}
