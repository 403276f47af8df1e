/** Mail providers where anybody has an address: their domain says nothing about a company. */
import domains from 'email-providers/common.json' with { type: 'json' };

/** In the list because many type them, but nobody's mailbox: who tries the bridge out may own them. */
const PLACEHOLDERS = ['example.com', 'test.com'];
/** The common ones only: among thousands of small ones are names that are companies as well. */
const PROVIDERS: ReadonlySet<string> = new Set(
  domains.filter((domain) => !PLACEHOLDERS.includes(domain)),
);

/** @param domain lower case, ASCII. */
export function isPublicMailDomain(domain: string): boolean {
  return PROVIDERS.has(domain);
}
