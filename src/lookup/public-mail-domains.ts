/** Mail providers open to everyone: their domain says nothing about a company. */
import domains from 'email-providers/common.json' with { type: 'json' };

/** In the list because many people type them, but without mailboxes. Demos use them for companies. */
const PLACEHOLDERS = ['example.com', 'test.com'];
/** The common ones only: among thousands of small ones are names that are companies as well. */
const PROVIDERS: ReadonlySet<string> = new Set(
  domains.filter((domain) => !PLACEHOLDERS.includes(domain)),
);

/** @param domain lower case, ASCII. */
export function isPublicMailDomain(domain: string): boolean {
  return PROVIDERS.has(domain);
}
