/** No connection knows the person: perhaps one knows the company by the e-mail's domain. */
import type { Company } from '../model/profile.ts';
import type { LookupCache, CacheRead } from '../cache/lookup-cache.ts';
import { Notifier } from './notifier.ts';
import type { Entry } from '../cache/memory-store.ts';
import type { Connection } from '../upstream/connection.ts';
import type { Deadline } from './strategies.ts';

export interface CompanySearch {
  readonly asked: readonly CacheRead<Company>[];
  readonly company: Company | null;
  /** A connection did not answer, so the company may be known all the same. */
  readonly failed: boolean;
}

/** Asks one connection after the other until one knows the domain. */
export async function findCompany(
  connections: readonly Connection[],
  domain: string,
  answers: LookupCache,
  deadline: Deadline,
): Promise<CompanySearch> {
  const asked: CacheRead<Company>[] = [];
  let failed = false;
  for (const connection of connections.filter(({ findsCompanies }) => findsCompanies)) {
    const question = answers.company(connection, domain);
    asked.push(question);
    const entry =
      question.state === 'miss' ? await beforeDeadline(question.entry, deadline) : question.entry;
    if (entry?.value !== undefined) return { asked, company: entry.value, failed: false };
    failed ||= entry === undefined;
  }
  return { asked, company: null, failed };
}

/** @returns `undefined` when it fails or the deadline comes first. */
async function beforeDeadline(
  answer: Promise<Entry<Company>>,
  deadline: Deadline,
): Promise<Entry<Company> | undefined> {
  const settled = new Notifier();
  let result: { readonly entry: Entry<Company> | undefined } | undefined;
  const settle = (entry: Entry<Company> | undefined) => {
    result = { entry };
    settled.notify();
  };
  answer.then(settle, () => settle(undefined));
  await settled.wait(deadline.left(), deadline.signal, () => result !== undefined);
  return result?.entry;
}
