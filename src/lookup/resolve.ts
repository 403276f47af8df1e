/** From a normalised e-mail to what the template shows: which outcome, whose data, how old, what is missing. */
import type { Entry } from '../cache/entry.ts';
import type { CacheRead, LookupCache } from '../cache/lookup-cache.ts';
import type { Limiter } from '../limits/limiter.ts';
import { toIsoString } from '../model/clock.ts';
import type { Email } from '../model/email.ts';
import { NO_SOURCE, type CacheStatus, type Outcome, type Source } from '../model/outcome.ts';
import type { Company, Profile } from '../model/profile.ts';
import { isPublicMailDomain } from '../model/public-mail-domains.ts';
import { sortAndLimit } from '../model/sort.ts';
import { currentTrace } from '../telemetry/trace.ts';
import type { Connection, PersonResult } from '../upstream/connection.ts';
import { mergeProfiles, mergeTrace } from './merge.ts';
import {
  lookupInParallel,
  lookupSequentially,
  type Deadline,
  type PendingResult,
} from './strategies.ts';

export interface LookupPlan {
  /** In the tenant's order; at least one. */
  readonly connections: readonly Connection[];
  readonly strategy: 'first' | 'merge';
  readonly companyByDomain: boolean;
  /** Further domains that belong to no company. */
  readonly publicMailDomains: readonly string[];
  /** Limits, by a connection's name, lookups of people it does not know; above it only the cache answers. */
  readonly unknownLookups: Limiter;
}

export interface LookupContext {
  readonly cache: LookupCache;
  readonly deadline: Deadline;
  /** Asks the CRM whatever is cached. */
  readonly pastCache?: boolean | undefined;
}

export interface LookupResult {
  readonly outcome: Outcome;
  readonly data: LookupData;
  readonly source: Source;
  /** `undefined`: no connection was asked (`no_email`). */
  readonly cache: CacheStatus | undefined;
}

/** What the CRM knows. It is unpacked when it is read: an answer may do without. */
export interface LookupData {
  /** The same object as long as the data is the same; `undefined`: it may not come again. */
  readonly key: object | undefined;
  readonly readProfile: () => Profile | null;
  /** With `not_found`: the company by the e-mail's domain. */
  readonly readCompany: () => Company | null;
}

const nothing = () => null;
export const NO_DATA: LookupData = {
  key: undefined,
  readProfile: nothing,
  readCompany: nothing,
};

/** @returns always; errors of a CRM end up in `source.missing` or as `unavailable`. */
export async function resolvePerson(
  plan: LookupPlan,
  email: Email,
  context: LookupContext,
): Promise<LookupResult> {
  const { connections, strategy, unknownLookups } = plan;
  const { cache, deadline, pastCache } = context;
  const lookUp = strategy === 'merge' ? lookupInParallel : lookupSequentially;
  const read = (connection: Connection) =>
    cache.person(connection, email.normalized, { unknownLookups, pastCache });
  const inTime = await lookUp(connections, read, deadline);
  const isEnough = strategy === 'first' && inTime.some(({ entry }) => entry?.found === true);
  const results = isEnough ? inTime : inTime.map(withPartial);
  const [first, ...others] = selectHits(strategy, results);
  if (first !== undefined) return found(strategy, [first, ...others], results);
  const unanswered = results.filter(({ entry }) => entry === undefined);
  for (const { connection, error } of unanswered) {
    const result = error === undefined ? 'no answer in time' : 'failed';
    currentTrace()?.add({ step: 'missing', connection: connection.name, result });
  }
  // That is not the same as an unknown person.
  if (unanswered.length > 0) {
    const source = { ...NO_SOURCE, partial: true, missing: names(unanswered) };
    return { outcome: 'unavailable', data: NO_DATA, source, cache: cacheStatus(results) };
  }
  return notFound(plan, results, email.domain, context);
}

/** A person that is known when the time is over, though not all of it. */
function withPartial(result: PersonLookup): PersonLookup {
  const { read, entry } = result;
  return entry === undefined && read.state === 'miss'
    ? { ...result, entry: read.partial() }
    : result;
}

const NO_LIMITS = { deals: Infinity, tickets: Infinity };

type PersonLookup = PendingResult<PersonResult>;

/** A connection that knows the person. */
interface Hit {
  readonly connection: Connection;
  readonly isStale: boolean;
  readonly fetched: Fetched;
  /** Found. */
  readonly entry: Entry<PersonResult>;
}

/** The first connection in order that knows the person, or all of them. */
function selectHits(strategy: LookupPlan['strategy'], results: readonly PersonLookup[]): Hit[] {
  const hits = results.flatMap(({ connection, read, entry }) => {
    if (entry?.found !== true) return [];
    const fetched = whenFetched(read, entry);
    return [{ connection, isStale: read.state === 'stale', fetched, entry }];
  });
  return strategy === 'merge' ? hits : hits.slice(0, 1);
}

function found(
  strategy: LookupPlan['strategy'],
  hits: readonly [Hit, ...Hit[]],
  results: readonly PersonLookup[],
): LookupResult {
  const [first, ...others] = hits;
  const firstIndex = results.findIndex(({ connection }) => connection === first.connection);
  // With `first`, connections after the one that knows the person are not needed.
  const needed = strategy === 'merge' ? results : results.slice(0, firstIndex);
  const unanswered = needed.filter(({ entry }) => entry === undefined);
  return {
    outcome: 'found',
    data: others.length === 0 ? personData(first) : mergedData(hits),
    source: sourceOf(hits, {
      fetched: hits.map(({ fetched }) => fetched),
      stale: hits.some(({ isStale }) => isStale),
      missing: [...names(unanswered), ...hits.flatMap(missingSections)],
    }),
    cache: cacheStatus(results),
  };
}

function personData({ entry }: Hit): LookupData {
  return { ...NO_DATA, key: entry.kept, readProfile: () => entry.value.profile };
}

function companyData(entry: Entry<Company>): LookupData {
  return { ...NO_DATA, key: entry.kept, readCompany: () => entry.value };
}

function mergedData(hits: readonly [Hit, ...Hit[]]): LookupData {
  const [first, ...others] = hits;
  const profiles = [
    first.entry.value.profile,
    ...others.map(({ entry }) => entry.value.profile),
  ] as const;
  const trace = currentTrace();
  const details = trace === undefined ? [] : mergeTrace(profiles);
  for (const [index, detail] of details.entries()) {
    trace?.add({ step: 'merge', connection: hits[index]?.connection.name, ...detail });
  }
  const merged = sortAndLimit(mergeProfiles(profiles), NO_LIMITS);
  return { ...NO_DATA, readProfile: () => merged };
}

function missingSections({ entry }: Hit): readonly string[] {
  return entry.partial ? entry.value.missing : [];
}

async function notFound(
  plan: LookupPlan,
  results: readonly PersonLookup[],
  domain: string,
  { cache, deadline, pastCache }: LookupContext,
): Promise<LookupResult> {
  const isPublic = isPublicMailDomain(domain, plan.publicMailDomains);
  const isSearched = plan.companyByDomain && !isPublic;
  const companies = await lookupSequentially(
    isSearched ? plan.connections.filter(({ findsCompanies }) => findsCompanies) : [],
    (connection) => cache.company(connection, domain, { pastCache }),
    deadline,
  );
  const company = companies.flatMap(({ entry }) => (entry?.found ? entry : []))[0];
  const isIncomplete = company === undefined && companies.some(({ entry }) => entry === undefined);
  const all = [...results, ...companies];
  return {
    outcome: 'not_found',
    data: company === undefined ? NO_DATA : companyData(company),
    source: sourceOf(results, {
      fetched: all.flatMap(({ read, entry }) => (entry ? whenFetched(read, entry) : [])),
      stale: companies.some(({ read }) => read.state === 'stale'),
      missing: isIncomplete ? ['company'] : [],
    }),
    cache: cacheStatus(all),
  };
}

type OfConnection = Pick<PersonLookup, 'connection'>;

/** @param fetched at least one. */
function sourceOf(
  results: readonly OfConnection[],
  {
    fetched,
    stale,
    missing,
  }: Pick<Source, 'stale' | 'missing'> & { readonly fetched: readonly Fetched[] },
): Source {
  const { at, ageMs } = fetched.reduce((old, one) => (one.ageMs > old.ageMs ? one : old));
  const connectors = results.map(({ connection }) => connection.configuration.connector);
  return {
    connection: joined(names(results)),
    connector: joined(connectors),
    fetchedAt: toIsoString(at),
    ageSeconds: Math.round(ageMs / 1000),
    stale,
    partial: missing.length > 0,
    missing: unique(missing),
  };
}

function joined(words: readonly string[]): string {
  return unique(words).join(', ');
}

function unique(words: readonly string[]): readonly string[] {
  return words.length < 2 ? words : [...new Set(words)];
}

function names(results: readonly OfConnection[]): string[] {
  return results.map(({ connection }) => connection.name);
}

/** When something was fetched: shown by the wall clock, its age by one that does not step. */
interface Fetched {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ageMs: number;
}

function whenFetched(read: CacheRead<unknown>, { fetchedAt }: Entry<unknown>): Fetched {
  return { at: fetchedAt, ageMs: read.state === 'miss' ? 0 : read.ageMs };
}

function cacheStatus(results: readonly PendingResult<unknown>[]): CacheStatus {
  let [isHit, collapsed, ttlMs] = [true, true, Infinity];
  for (const { read } of results) {
    if (read.state !== 'miss') ttlMs = Math.min(ttlMs, read.ttlMs);
    else [isHit, collapsed] = [false, collapsed && read.collapsed];
  }
  return isHit ? { hit: true, ttlSeconds: wholeSeconds(ttlMs) } : { hit: false, collapsed };
}

/** Fresh entries have at least a second left, stale ones have expired at least a second ago. */
function wholeSeconds(ms: number): number {
  return ms > 0 ? Math.ceil(ms / 1000) : Math.min(-1, Math.floor(ms / 1000));
}
