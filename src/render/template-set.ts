/** A tenant's compiled templates, and everything they may read. */
import type { Outcome, Source } from '../model/outcome.ts';
import type { Company, Profile } from '../model/profile.ts';
import type { SetSources } from './template-sources.ts';

/** Those that a set has a template for. */
export const OUTCOMES = [
  'found',
  'not_found',
  'no_email',
  'unavailable',
] as const satisfies Outcome[];

/** Sanitized like CRM strings; `email` as the visitor wrote it, repaired. `host` is that of `url`. */
export interface Visitor {
  readonly email: string | null;
  readonly ip: string | null;
  readonly url: string | null;
  readonly host: string | null;
}

/** What of a context may change though the CRM data is the same. */
export interface RequestContext {
  readonly outcome: Outcome;
  readonly source: Source;
  readonly visitor: Visitor;
  readonly caseId: string | null;
  /** ISO 8601, UTC. */
  readonly now: string;
}

/** Outside `found` there is no contact and the lists are empty; `company` may be known with `not_found`. */
export interface TemplateContext extends RequestContext, Omit<Profile, 'contact' | 'company'> {
  readonly contact: Profile['contact'] | null;
  readonly company: Company | null;
  readonly tenant: { readonly id: string; readonly name: string };
}

export interface TemplateSet {
  readonly name: string;
  /** What it was compiled from. */
  readonly sources: SetSources;
  /**
   * The text an agent sees. Never throws: a template that fails or exceeds a limit is replaced by the
   * built-in text, and the failure is returned beside it.
   */
  render(context: TemplateContext, style: RenderOptions): Rendered;
  /** What the template of an outcome reads of the request and the source. */
  wordsRead(outcome: Outcome): readonly RequestWord[];
}

/** A word whose value can change though the CRM data is the same, such as `['visitor', 'host']`. */
export type RequestWord = readonly [root: Exclude<keyof RequestContext, 'outcome'>, name?: string];

export interface Rendered {
  readonly text: string;
  /** Milliseconds since 1970, when a filter that looks at the clock may print something else; none has if left out. */
  readonly validUntil?: number;
  /** Why the tenant's own template was not used: file, line and column, without values of the context. */
  readonly failure?: string;
}

/** How a tenant wants values and text to look. */
export interface RenderOptions {
  /** BCP 47, such as `en-GB`. */
  readonly locale: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** ISO 4217, for amounts that name no currency; without it they are shown without one. */
  readonly currency?: string | undefined;
  /** Characters of the whole text. */
  readonly maxLength: number;
  readonly lineSeparator: string;
}
