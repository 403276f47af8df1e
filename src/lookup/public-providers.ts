/** Mail providers where anybody has an address: their domain says nothing about a company. */
import { domainToASCII } from 'node:url';
import domains from 'email-providers';

/** In the list because many type them, but nobody's mailbox: who tries the bridge out may own them. */
const PLACEHOLDERS = ['example.com', 'test.com'];
const PROVIDERS: ReadonlySet<string> = new Set(
  domains.filter((domain) => !PLACEHOLDERS.includes(domain)).map(domainToASCII),
);

/** @param domain lower case, ASCII. */
export function isPublicProvider(domain: string): boolean {
  return PROVIDERS.has(domain);
}
