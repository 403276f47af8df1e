/** What a request is answered with, and the way from the visitor's parameters to it. */
import type { Email } from '../model/email.ts';
import { toIsoString } from '../model/clock.ts';
import { sanitizeText } from '../model/sanitize.ts';
import { type PersonResolution } from '../lookup/resolve.ts';
import { NO_SOURCE, type CacheStatus } from '../model/outcome.ts';
import type { Company, Profile } from '../model/profile.ts';
import type { TemplateContext, Visitor } from '../render/template-context.ts';
import type { Outcome, Source } from '../model/outcome.ts';

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
  /** `undefined`: no connection was asked (`no_email`). */
  readonly cache: CacheStatus | undefined;
  /** Milliseconds spent waiting for connections, and rendering. */
  readonly crmMs: number;
  readonly renderMs: number;
  /** The address to log a hash of; `undefined` when there was none to look up. */
  readonly normalizedEmail: string | undefined;
}

/** A resolution, or that there was no address to look up. */
export type LookupResult = PersonResolution | typeof NO_EMAIL;

export const NO_EMAIL = {
  outcome: 'no_email',
  profile: null,
  company: null,
  source: NO_SOURCE,
  cache: undefined,
} as const;

/** What the template sees. What the visitor sent is cleaned like CRM strings, once it is read. */
export function templateContextFor(
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
    source: result.source,
    visitor: new RequestVisitor(request, email),
    caseId: sanitizeText(request.caseId ?? ''),
    tenant: { id: tenant.id, name: tenant.name },
    now: toIsoString(now),
  };
}

/** The `profile` of a JSON answer (contract, section 8). */
export function profileOf(result: LookupResult): LookupAnswer['profile'] {
  if (result.profile !== null) return result.profile;
  return result.company === null ? {} : { company: result.company };
}

class RequestVisitor implements Visitor {
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
    return sanitizeText(this.#request.url ?? '');
  }

  get host(): string | null {
    return URL.parse(this.url ?? '')?.host || null;
  }
}
