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

/** Outside `found` there is no contact and the lists are empty; `company` may be known with `not_found`. */
export interface TemplateContext extends Omit<Profile, 'contact' | 'company'> {
  readonly outcome: Outcome;
  readonly contact: Profile['contact'] | null;
  readonly company: Company | null;
  readonly source: Source;
  readonly visitor: Visitor;
  readonly caseId: string | null;
  readonly tenant: { readonly id: string; readonly name: string };
  /** ISO 8601, UTC. */
  readonly now: string;
}

export interface TemplateSet {
  readonly name: string;
  /** What it was compiled from. */
  readonly sources: SetSources;
  /**
   * The text an agent sees. Never throws: a template that fails or exceeds a limit is replaced by the
   * built-in text, and the failure is returned beside it.
   * @param cacheKey what all CRM data of the context belongs to, such as the profile: as long as it is the same
   *   object, a text may be returned again. Without it, every text is rendered.
   */
  render(context: TemplateContext, style: RenderOptions, cacheKey?: object): Rendered;
}

export interface Rendered {
  readonly text: string;
  /** Why the tenant's own template was not used: file, line and column, without values of the context. */
  readonly failure?: string;
}

/** How a tenant wants values and text to look. */
export interface RenderOptions {
  /** BCP 47, such as `en-GB`. */
  readonly locale: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** ISO 4217, for amounts that name no currency. */
  readonly currency: string;
  /** Characters of the whole text. */
  readonly maxLength: number;
  readonly lineSeparator: string;
}
