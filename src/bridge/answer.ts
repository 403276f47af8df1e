/** What a request is answered with, and the way from the visitor's parameters to it. */
import type { LookupResult } from '../lookup/resolve.ts';
import { toIsoString, type Clock } from '../model/clock.ts';
import { normalizeEmail, type Email } from '../model/email.ts';
import { NO_SOURCE, type CacheStatus, type Outcome, type Source } from '../model/outcome.ts';
import type { Company, Profile } from '../model/profile.ts';
import { sanitizeText } from '../model/sanitize.ts';
import type { TemplateContext, Visitor } from '../render/template-set.ts';
import type { Log } from '../telemetry/log.ts';
import { beginStep } from '../telemetry/spans.ts';
import { currentTrace, type NewStep } from '../telemetry/trace.ts';
import type { Tenant } from './tenant.ts';

/** The parameters SnapEngage sends, decoded; only `email` must be there, and it may be empty. */
export interface LookupRequest {
  readonly email: string;
  readonly ip: string | undefined;
  readonly url: string | undefined;
  readonly caseId: string | undefined;
}

export interface LookupAnswer {
  readonly outcome: Outcome;
  readonly text: string;
  /** With `not_found` at most the company, with `no_email` and `unavailable` nothing. */
  readonly profile: Profile | { readonly company?: Company };
  readonly source: Source;
  readonly cache: CacheStatus | undefined;
  /** Milliseconds spent waiting for connections, and rendering. */
  readonly crmMs: number;
  readonly renderMs: number;
  /** The address to log a hash of; `undefined` when there was none to look up. */
  readonly normalizedEmail: string | undefined;
  /** What the template read; `undefined` when the bridge itself failed. */
  readonly context: TemplateContext | undefined;
}

/** There is no address to look up. */
const NO_EMAIL: LookupResult = {
  outcome: 'no_email',
  profile: null,
  company: null,
  source: NO_SOURCE,
  cache: undefined,
};

/** What an agent reads when the bridge itself failed. */
export const FALLBACK_ANSWER: LookupAnswer = {
  ...NO_EMAIL,
  outcome: 'unavailable',
  text: 'CRM data is not available right now. Please look the visitor up by hand.',
  profile: {},
  crmMs: 0,
  renderMs: 0,
  normalizedEmail: undefined,
  context: undefined,
};

export interface AnswerContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly lookup: (email: Email) => Promise<LookupResult>;
}

/** Normalises the e-mail, looks it up, and renders the tenant's template. */
export async function answerRequest(
  { configuration, ignores }: Tenant,
  request: LookupRequest,
  { clock, log, lookup }: AnswerContext,
): Promise<LookupAnswer> {
  const start = performance.now();
  const email = normalizeEmail(request.email);
  const ignored = email !== undefined && ignores(email);
  currentTrace()?.add({ step: 'normalise', address: email?.normalized ?? null, ignored });
  const result = email === undefined || ignored ? NO_EMAIL : await lookup(email);
  const resolved = performance.now();
  currentTrace()?.add(answerStep(result));
  const step = beginStep('render', {});
  const context = templateContextFor(result, request, email, configuration, clock.now());
  const cacheKey = result.profile ?? result.company ?? undefined;
  const { text, failure } = configuration.templates.render(context, configuration, cacheKey);
  const rendered = performance.now();
  step?.end({ outcome: result.outcome }, { failedAt: failure });
  if (failure !== undefined) {
    const fields = { tenant: configuration.id, at: failure };
    log.warn('template failed, the built-in text was used', fields);
  }
  return {
    outcome: result.outcome,
    text,
    profile: profileOf(result),
    source: result.source,
    cache: result.cache,
    crmMs: resolved - start,
    renderMs: rendered - resolved,
    normalizedEmail: email?.normalized,
    context,
  };
}

/** What the template sees. What the visitor sent is sanitized like CRM strings. */
function templateContextFor(
  result: LookupResult,
  request: LookupRequest,
  email: Email | undefined,
  tenant: { readonly id: string; readonly name: string },
  now: number,
): TemplateContext {
  return {
    outcome: result.outcome,
    contact: result.profile?.contact ?? null,
    company: result.profile?.company ?? result.company,
    deals: result.profile?.deals ?? [],
    tickets: result.profile?.tickets ?? [],
    others: result.profile?.others ?? [],
    moreDeals: result.profile?.moreDeals ?? false,
    moreTickets: result.profile?.moreTickets ?? false,
    moreOthers: result.profile?.moreOthers ?? false,
    source: result.source,
    visitor: visitorOf(request, email),
    caseId: sanitizeText(request.caseId ?? ''),
    tenant: { id: tenant.id, name: tenant.name },
    now: toIsoString(now),
  };
}

/** The `profile` of a JSON answer. */
function profileOf({ profile, company }: LookupResult): LookupAnswer['profile'] {
  if (profile !== null) return profile;
  return company === null ? {} : { company };
}

/** What the lookups have led to, and which connections the answer is from. */
function answerStep({ outcome, source }: LookupResult): NewStep {
  const { connection, stale, ageSeconds, missing } = source;
  return {
    step: 'answer',
    outcome,
    from: connection ?? undefined,
    stale,
    ageSeconds: ageSeconds ?? undefined,
    missing: missing.length === 0 ? undefined : missing.join(', '),
  };
}

function visitorOf(request: LookupRequest, email: Email | undefined): Visitor {
  const url = sanitizeText(request.url ?? '');
  return {
    email: sanitizeText(email?.address ?? request.email),
    ip: sanitizeText(request.ip ?? ''),
    url,
    host: URL.parse(url ?? '')?.host || null,
  };
}
