/** From a normalised e-mail to what the template shows: which outcome, whose data, how old, what is missing. */
import type { CacheStatus } from '../model/outcome.ts';
import { NO_SOURCE } from '../model/outcome.ts';
import type { Email } from '../model/email.ts';
import { currentTrace } from '../telemetry/trace.ts';
import type { Company, Profile } from '../model/profile.ts';
import type { Source } from '../model/outcome.ts';
import type { LookupCache, CacheRead } from '../cache/lookup-cache.ts';
import { sortAndLimit } from '../model/sort.ts';
import { findCompany } from './company.ts';
import type { Connection, PersonResult } from '../upstream/connection.ts';
import { mergeTrace } from './merge-trace.ts';
import { mergeProfiles } from './merge.ts';
import { isPublicMailDomain } from './public-mail-domains.ts';
import type { UnknownLookupLimiter } from '../limits/unknown-lookup-limiter.ts';
import {
  lookupInParallel,
  lookupSequentially,
  entryOf,
  type Deadline,
  type PendingResult,
} from './strategies.ts';

export interface LookupPlan {
  /** In the tenant's order; at least one. */
  readonly connections: readonly Connection[];
  readonly strategy: 'first' | 'merge';
  readonly companyByDomain: boolean;
}

export interface PersonResolution {
  readonly outcome: 'found' | 'not_found' | 'unavailable';
  readonly profile: Profile | null;
  /** With `not_found`: the company by the e-mail's domain. */
  readonly company: Company | null;
  readonly source: Source;
  readonly cache: CacheStatus;
}

/**
 * @param now milliseconds since 1970, for the age of what is shown.
 * @param strangers counts, for each CRM, whom it does not know; beyond the limit only the cache answers.
 * @returns always; errors of a CRM end up in `source.missing` or as `unavailable`.
 */
export async function resolvePerson(
  plan: LookupPlan,
  email: Email,
  answers: LookupCache,
  deadline: Deadline,
  now: () => number,
  strangers?: (connection: string) => UnknownLookupLimiter,
): Promise<PersonResolution> {
  const { connections, strategy } = plan;
  const askOf = (connection: Connection) =>
    answers.person(connection, email.normalized, strangers?.(connection.name));
  const [first] = connections;
  const asked = first && askOf(first);
  if (strategy === 'first' || connections.length === 1) {
    const cached = asked && fromCache(first, asked, now());
    if (cached !== undefined) return cached;
  }
  const askAbout = strategy === 'merge' ? lookupInParallel : lookupSequentially;
  const ask = (connection: Connection) =>
    asked !== undefined && connection === first ? asked : askOf(connection);
  const questions = await askAbout(connections, ask, deadline);
  const [winner, ...others] = selectHits(strategy, questions);
  if (winner !== undefined) return found(strategy, [winner, ...others], questions, now());
  const unanswered = questions.filter((question) => entryOf(question) === undefined);
  for (const { connection, answer } of unanswered) {
    const result = answer === undefined ? 'no answer in time' : 'failed';
    currentTrace()?.add({ step: 'missing', connection: connection.name, result });
  }
  if (unanswered.length > 0) return unavailable(unanswered, questions);
  return notFound(plan, questions, email.domain, answers, deadline, now);
}

/** What most requests come down to, without detours: whoever is asked first has the person in the cache. */
function fromCache(
  { name, configuration }: Connection,
  asked: CacheRead<PersonResult>,
  now: number,
): PersonResolution | undefined {
  if (asked.state === 'miss' || asked.entry.value === undefined) return undefined;
  const { profile, missing } = asked.entry.value;
  return {
    outcome: 'found',
    profile,
    company: null,
    source: {
      connection: name,
      connector: configuration.connector,
      ...age(asked.entry.fetchedAt, now),
      stale: asked.state === 'stale',
      ...missingInfo(missing),
    },
    cache: { hit: true, ttl: wholeSeconds(asked.ttl) },
  };
}

/** A connection that knows the person. */
interface Hit {
  readonly question: PendingResult;
  readonly fetchedAt: number;
  readonly known: PersonResult;
}

/** Those that know the person: the first in order, or all of them. */
function selectHits(strategy: LookupPlan['strategy'], questions: readonly PendingResult[]): Hit[] {
  const knowing = questions.flatMap((question) => {
    const entry = entryOf(question);
    return entry?.value === undefined
      ? []
      : [{ question, fetchedAt: entry.fetchedAt, known: entry.value }];
  });
  return strategy === 'merge' ? knowing : knowing.slice(0, 1);
}

function found(
  strategy: LookupPlan['strategy'],
  winners: readonly [Hit, ...Hit[]],
  questions: readonly PendingResult[],
  now: number,
): PersonResolution {
  const [first, ...rest] = winners;
  // With `first`, what comes behind the winner was not needed.
  const needed =
    strategy === 'merge' ? questions : questions.slice(0, questions.indexOf(first.question));
  const unanswered = needed.filter((question) => entryOf(question) === undefined);
  const merged = () =>
    mergeProfiles([first.known.profile, ...rest.map(({ known }) => known.profile)]);
  if (rest.length > 0) traceMerge(winners);
  return {
    outcome: 'found',
    profile: rest.length === 0 ? first.known.profile : sortAndLimit(merged(), NO_LIMITS),
    company: null,
    source: {
      ...sourceNames(winners.map(({ question }) => question)),
      ...age(Math.min(...winners.map(({ fetchedAt }) => fetchedAt)), now),
      stale: winners.some(({ question }) => question.asked.state === 'stale'),
      ...missingInfo([...names(unanswered), ...winners.flatMap(({ known }) => known.missing)]),
    },
    cache: cacheUse(questions.map(({ asked }) => asked)),
  };
}

function traceMerge(winners: readonly Hit[]): void {
  const trace = currentTrace();
  if (trace === undefined) return;
  const decided = mergeTrace(winners.map(({ known }) => known.profile));
  for (const [index, { question }] of winners.entries()) {
    trace.add({ step: 'merge', connection: question.connection.name, ...decided[index] });
  }
}

/** Somebody did not answer, and nobody knows the person: that is not the same as an unknown person. */
function unavailable(
  unanswered: readonly PendingResult[],
  questions: readonly PendingResult[],
): PersonResolution {
  return {
    outcome: 'unavailable',
    profile: null,
    company: null,
    source: { ...NO_SOURCE, ...missingInfo(names(unanswered)) },
    cache: cacheUse(questions.map(({ asked }) => asked)),
  };
}

async function notFound(
  plan: LookupPlan,
  questions: readonly PendingResult[],
  domain: string,
  answers: LookupCache,
  deadline: Deadline,
  now: () => number,
): Promise<PersonResolution> {
  const searched = plan.companyByDomain && !isPublicMailDomain(domain);
  const search = await findCompany(searched ? plan.connections : [], domain, answers, deadline);
  const shown = search.asked.flatMap((one) => (one.state === 'miss' ? [] : one.entry.fetchedAt));
  const fetchedAt = questions.flatMap((question) => entryOf(question)?.fetchedAt ?? []);
  return {
    outcome: 'not_found',
    profile: null,
    company: search.company,
    source: {
      ...sourceNames(questions),
      ...age(Math.min(...fetchedAt, ...shown), now()),
      stale: search.asked.some(({ state }) => state === 'stale'),
      ...missingInfo(search.failed ? ['company'] : []),
    },
    cache: cacheUse([...questions.map(({ asked }) => asked), ...search.asked]),
  };
}

const NO_LIMITS = { deals: Infinity, tickets: Infinity };

function sourceNames(
  questions: readonly PendingResult[],
): Pick<Source, 'connection' | 'connector'> {
  const connectors = questions.map(({ connection }) => connection.configuration.connector);
  return {
    connection: names(questions).join(', '),
    connector: [...new Set(connectors)].join(', '),
  };
}

function names(questions: readonly PendingResult[]): string[] {
  return questions.map(({ connection }) => connection.name);
}

function age(fetchedAt: number, now: number): Pick<Source, 'fetchedAt' | 'ageSeconds'> {
  return {
    fetchedAt: new Date(fetchedAt).toISOString(),
    ageSeconds: Math.max(0, Math.round((now - fetchedAt) / 1000)),
  };
}

function missingInfo(missing: readonly string[]): Pick<Source, 'partial' | 'missing'> {
  const unique = [...new Set(missing)];
  return { partial: unique.length > 0, missing: unique };
}

function cacheUse(asked: readonly CacheRead<unknown>[]): CacheStatus {
  const misses = asked.filter((one) => one.state === 'miss');
  if (misses.length > 0) return { hit: false, collapsed: misses.every((one) => one.collapsed) };
  const seconds = asked.map((one) => (one.state === 'miss' ? 0 : wholeSeconds(one.ttl)));
  return { hit: true, ttl: Math.min(...seconds) };
}

/** Fresh entries have at least a second left, stale ones at least one behind them. */
function wholeSeconds(ms: number): number {
  return ms > 0 ? Math.ceil(ms / 1000) : Math.min(-1, Math.floor(ms / 1000));
}
