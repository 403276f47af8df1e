/**
 * Keys that other programs have for what is called otherwise here. They are plain words, so that a message may quote
 * them wherever they stand.
 */
const SYNONYMS: Readonly<Record<string, string>> = {
  language: 'locale',
  timeout: 'deadline',
  timeLimit: 'deadline',
  description: 'name',
  displayName: 'name',
  whitelist: 'allowFrom',
  allowlist: 'allowFrom',
  allowedAddresses: 'allowFrom',
  ignoreList: 'ignoreEmails',
  blacklist: 'ignoreEmails',
  blocklist: 'ignoreEmails',
  separator: 'lineSeparator',
  lineBreak: 'lineSeparator',
  maximumLength: 'maxLength',
  throttle: 'rateLimit',
  provider: 'connector',
  integration: 'connector',
  database: 'url',
  connectionString: 'url',
  endpoint: 'baseUrl',
  hostname: 'host',
  listenAddress: 'host',
  lifetime: 'ttl',
  expiry: 'ttl',
  expiration: 'ttl',
  verbosity: 'level',
};

/** Whether a key is one of these words. */
export function isKeySynonym(key: string): boolean {
  return Object.hasOwn(SYNONYMS, key);
}

/** `did you mean "locale"?`, when what an unknown key most likely means is among the known ones. */
export function synonymHint(key: string, known: readonly string[]): string | undefined {
  const meant = isKeySynonym(key) ? SYNONYMS[key] : undefined;
  return meant !== undefined && known.includes(meant)
    ? `did you mean ${JSON.stringify(meant)}?`
    : undefined;
}
