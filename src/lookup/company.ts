/** No connection knows the person: perhaps one knows the company by the e-mail's domain. */
import type { CacheRead, LookupCache } from '../cache/lookup-cache.ts';
import type { Entry } from '../cache/store.ts';
import type { Company } from '../model/profile.ts';
import type { Connection } from '../upstream/connection.ts';
import { Notifier, type Deadline } from './strategies.ts';

export interface CompanyResult {
  readonly reads: readonly CacheRead<Company>[];
  readonly company: Company | null;
  /** A connection did not answer, so the company may still be known. */
  readonly failed: boolean;
}

/** Asks one connection after the other until one knows the domain. */
export async function findCompany(
  connections: readonly Connection[],
  domain: string,
  cache: LookupCache,
  deadline: Deadline,
): Promise<CompanyResult> {
  const reads: CacheRead<Company>[] = [];
  let failed = false;
  for (const connection of connections.filter(({ findsCompanies }) => findsCompanies)) {
    const read = cache.company(connection, domain);
    reads.push(read);
    const entry = read.state === 'miss' ? await beforeDeadline(read.entry, deadline) : read.entry;
    if (entry?.found === true) return { reads, company: entry.value, failed: false };
    failed ||= entry === undefined;
  }
  return { reads, company: null, failed };
}

/** @returns `undefined` when it fails or the deadline comes first. */
async function beforeDeadline<T>(
  pending: Promise<Entry<T>>,
  deadline: Deadline,
): Promise<Entry<T> | undefined> {
  const settled = new Notifier();
  let result: { readonly entry: Entry<T> | undefined } | undefined;
  const settle = (entry: Entry<T> | undefined) => {
    result = { entry };
    settled.notify();
  };
  pending.then(settle, () => settle(undefined));
  await settled.waitUntil(() => result !== undefined, deadline.left(), deadline.signal);
  return result?.entry;
}
