/** Everything a template may read (contract, section 4), besides the profile's own words. */
import type { Outcome } from '../model/outcome.ts';
import type { Source } from '../model/outcome.ts';
import type { Company, Profile } from '../model/profile.ts';

/** Cleaned like CRM strings; `email` as the visitor wrote it, repaired. `host` is that of `url`. */
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
