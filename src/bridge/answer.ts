/** What a request is answered with, and the way from the visitor's parameters to it. */
import { NO_DATA, type LookupData, type LookupResult } from '../lookup/resolve.ts';
import { toIsoString, type Clock } from '../model/clock.ts';
import { normalizeEmail, whyNoEmail, type Email } from '../model/email.ts';
import { NO_SOURCE, type CacheStatus, type Outcome, type Source } from '../model/outcome.ts';
import { toHttpUrl } from '../model/http-url.ts';
import type { Company, Profile } from '../model/profile.ts';
import { sanitizeText } from '../model/sanitize.ts';
import type { RenderCache } from '../render/render-cache.ts';
import type { RequestContext, TemplateContext, Visitor } from '../render/template-set.ts';
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
  readonly readProfile: () => Profile | { readonly company?: Company };
  readonly source: Source;
  readonly cache: CacheStatus | undefined;
  /** Milliseconds spent waiting for connections, and rendering. */
  readonly crmMs: number;
  readonly renderMs: number;
  /** The address to log a hash of; `undefined` when there was none to look up. */
  readonly normalizedEmail: string | undefined;
  /** What the template reads; `undefined` when the bridge itself failed. */
  readonly createContext: (() => TemplateContext) | undefined;
}

/** There is no address to look up. */
const NO_EMAIL: LookupResult = {
  outcome: 'no_email',
  data: NO_DATA,
  source: NO_SOURCE,
  cache: undefined,
};

/** What an agent reads when the bridge itself failed. */
export const FALLBACK_ANSWER: LookupAnswer = {
  outcome: 'unavailable',
  source: NO_SOURCE,
  cache: undefined,
  text: 'CRM data is not available right now. Please look the visitor up by hand.',
  readProfile: () => ({}),
  crmMs: 0,
  renderMs: 0,
  normalizedEmail: undefined,
  createContext: undefined,
};

export interface AnswerContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly texts: RenderCache;
  readonly lookup: (email: Email) => Promise<LookupResult>;
}

/** Normalises the e-mail, looks it up, and renders the tenant's template. */
export async function answerRequest(
  { configuration, ignores }: Tenant,
  request: LookupRequest,
  { clock, log, texts, lookup }: AnswerContext,
): Promise<LookupAnswer> {
  const start = performance.now();
  const email = normalizeEmail(request.email);
  const ignored = email !== undefined && ignores(email);
  currentTrace()?.add({
    ...{ step: 'normalise', address: email?.normalized ?? null, ignored },
    ...(email === undefined && { reason: whyNoEmail(request.email) }),
    ...(ignored && { reason: 'on the ignore list' }),
  });
  const result = email === undefined || ignored ? NO_EMAIL : await lookup(email);
  const resolved = performance.now();
  currentTrace()?.add(answerStep(result));
  const step = beginStep('render', {});
  const now = clock.now();
  const about = new RequestWords(request, email, result, now);
  const createContext = () => templateContext(about, result.data, configuration);
  const { key } = result.data;
  const { text, failure } = texts.render(configuration, about, createContext, key, now);
  const rendered = performance.now();
  step?.end({ outcome: result.outcome }, { failedAt: failure });
  if (failure !== undefined) {
    const fields = { tenant: configuration.id, at: failure };
    log.warn('template failed, the built-in text was used', fields);
  }
  return {
    outcome: result.outcome,
    text,
    readProfile: () => profileOf(result.data),
    source: result.source,
    cache: result.cache,
    crmMs: resolved - start,
    renderMs: rendered - resolved,
    normalizedEmail: email?.normalized,
    createContext,
  };
}

/** Computes a word when it is read: most texts read few of them. */
class RequestWords implements RequestContext {
  readonly outcome: Outcome;
  readonly source: Source;
  readonly visitor: Visitor;
  readonly #caseId: string | undefined;
  readonly #now: number;

  constructor(
    request: LookupRequest,
    email: Email | undefined,
    { outcome, source }: LookupResult,
    now: number,
  ) {
    this.outcome = outcome;
    this.source = source;
    this.visitor = new VisitorWords(request, email);
    this.#caseId = request.caseId;
    this.#now = now;
  }

  get caseId(): string | null {
    return sanitizeText(this.#caseId ?? '');
  }

  get now(): string {
    return toIsoString(this.#now);
  }
}

/** What the visitor sent is sanitized like CRM strings. */
class VisitorWords implements Visitor {
  readonly #request: LookupRequest;
  readonly #email: Email | undefined;

  constructor(request: LookupRequest, email: Email | undefined) {
    this.#request = request;
    this.#email = email;
  }

  get email(): string | null {
    return sanitizeText(this.#email?.address ?? this.#request.email);
  }

  get ip(): string | null {
    return sanitizeText(this.#request.ip ?? '');
  }

  get url(): string | null {
    return toHttpUrl(this.#request.url ?? '');
  }

  get host(): string | null {
    return URL.parse(sanitizeText(this.#request.url ?? '') ?? '')?.host || null;
  }
}

/** What the template sees. */
function templateContext(
  { outcome, source, visitor: { email, ip, url, host }, caseId, now }: RequestContext,
  data: LookupData,
  tenant: { readonly id: string; readonly name: string },
): TemplateContext {
  const profile = data.readProfile();
  return {
    ...{ outcome, source, visitor: { email, ip, url, host }, caseId, now },
    contact: profile?.contact ?? null,
    company: profile?.company ?? data.readCompany(),
    deals: profile?.deals ?? [],
    tickets: profile?.tickets ?? [],
    others: profile?.others ?? [],
    moreDeals: profile?.moreDeals ?? false,
    moreTickets: profile?.moreTickets ?? false,
    moreOpenDeals: profile?.moreOpenDeals ?? false,
    moreOpenTickets: profile?.moreOpenTickets ?? false,
    moreOthers: profile?.moreOthers ?? false,
    tenant: { id: tenant.id, name: tenant.name },
  };
}

/** The `profile` of a JSON answer. */
function profileOf(data: LookupData): ReturnType<LookupAnswer['readProfile']> {
  const profile = data.readProfile();
  if (profile !== null) {
    const { contact, company, deals, tickets, others } = profile;
    const { moreDeals, moreTickets, moreOpenDeals, moreOpenTickets, moreOthers } = profile;
    return {
      ...{ contact, company, deals, tickets, others },
      ...{ moreDeals, moreTickets, moreOpenDeals, moreOpenTickets, moreOthers },
    };
  }
  const company = data.readCompany();
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
