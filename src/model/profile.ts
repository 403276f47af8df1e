/**
 * What is known about a person, in the words that templates use.
 * A profile is plain JSON: every word is always there, `null` when nothing is known.
 */

/** A JSON value under `fields`: a CRM's own field. Several values of one field are one text. */
export type FieldValue = string | number | boolean | null;

/** The CRM's own field names and the values the tenant asked for. */
export type Fields = Readonly<Record<string, FieldValue>>;

/** The colleague who looks after a record. */
export interface Owner {
  readonly name: string | null;
  readonly email: string | null;
}

/**
 * Dates and times are ISO 8601: `2026-11-24` or `2026-11-24T09:40:00.000Z`. Amounts are numbers. Each `url` is of http or
 * https: another one is not shown.
 */
export interface Contact {
  readonly kind: 'contact' | 'lead';
  readonly id: string | null;
  readonly name: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly title: string | null;
  readonly department: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly mobilePhone: string | null;
  readonly city: string | null;
  readonly country: string | null;
  readonly lifecycleStage: string | null;
  readonly leadStatus: string | null;
  readonly leadSource: string | null;
  readonly createdAt: string | null;
  readonly lastActivityAt: string | null;
  readonly url: string | null;
  readonly owner: Owner | null;
  readonly fields: Fields;
}

export interface Company {
  readonly id: string | null;
  readonly name: string | null;
  readonly domain: string | null;
  readonly type: string | null;
  readonly industry: string | null;
  readonly employees: number | null;
  readonly annualRevenue: number | null;
  /** ISO 4217: `XXX` for one that is not known at present; `null` where the tenant's holds. */
  readonly currency: string | null;
  readonly city: string | null;
  readonly country: string | null;
  readonly url: string | null;
  readonly owner: Owner | null;
  readonly fields: Fields;
}

export interface Deal {
  readonly id: string | null;
  readonly name: string | null;
  readonly stage: string | null;
  readonly pipeline: string | null;
  readonly amount: number | null;
  /** ISO 4217: `XXX` for one that is not known at present; `null` where the tenant's holds. */
  readonly currency: string | null;
  readonly closeDate: string | null;
  readonly open: boolean | null;
  readonly won: boolean | null;
  /** Percent, 0 to 100. */
  readonly probability: number | null;
  readonly url: string | null;
  readonly owner: Owner | null;
  readonly fields: Fields;
}

export interface Ticket {
  readonly id: string | null;
  readonly number: string | null;
  readonly subject: string | null;
  readonly status: string | null;
  readonly priority: string | null;
  readonly open: boolean | null;
  readonly createdAt: string | null;
  readonly url: string | null;
  readonly owner: Owner | null;
  readonly fields: Fields;
}

/** A further record with the same address. */
export interface OtherMatch {
  readonly kind: 'contact' | 'lead';
  readonly name: string | null;
  readonly company: string | null;
  readonly url: string | null;
}

/** By what a purge finds a record that is listed in {@link Profile.others}; not shown. */
export type RecordKey = Pick<Contact, 'kind' | 'id' | 'email'>;

/** A known person, complete and cleaned, as the `profile` of a JSON answer has it. */
export interface Profile {
  readonly contact: Contact;
  readonly company: Company | null;
  /** Open first, nearest close date first; at most `limits.deals`. */
  readonly deals: readonly Deal[];
  /** Open first, newest first; at most `limits.tickets`. */
  readonly tickets: readonly Ticket[];
  readonly others: readonly OtherMatch[];
  /** The CRM has more deals than are listed here: numbers and sums are of those listed. */
  readonly moreDeals: boolean;
  readonly moreTickets: boolean;
  /** Open deals may be among those that are not listed: with `moreDeals` and without this, all open ones are listed. */
  readonly moreOpenDeals: boolean;
  readonly moreOpenTickets: boolean;
  readonly moreOthers: boolean;
}
