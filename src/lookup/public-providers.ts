/** Mail providers where anybody has an address: their domain says nothing about a company. */
import domains from 'email-providers';

const PROVIDERS: ReadonlySet<string> = new Set(domains);

/** @param domain lower case, ASCII. */
export function isPublicProvider(domain: string): boolean {
  return PROVIDERS.has(domain);
}
