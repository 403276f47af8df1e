/** Everything a template may read (contract, section 4), besides the profile's own words. */
import type { Company, Profile } from '../profile.ts';

export type Outcome = 'found' | 'not_found' | 'no_email' | 'unavailable';

/** Where an answer came from. With no answer from any connection, what cannot be said is `null`. */
export interface Source {
  /** The connection's name; with `merge` the names of all that contributed, apart by `, `. */
  readonly connection: string | null;
  readonly connector: string | null;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string | null;
  readonly stale: boolean;
  readonly ageSeconds: number | null;
  /** Something could not be had; `missing` names it. */
  readonly partial: boolean;
  /** Names of connections that did not answer, and of sections such as `deals`. */
  readonly missing: readonly string[];
}

/** Cleaned like CRM strings; `email` as the visitor wrote it, repaired. `host` is that of `url`. */
export interface Visitor {
  readonly email: string | null;
  readonly ip: string | null;
  readonly url: string | null;
  readonly host: string | null;
}

/** Outside `found` there is no contact and the lists are empty; `company` may be known with `not_found`. */
export interface View extends Omit<Profile, 'contact' | 'company'> {
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
