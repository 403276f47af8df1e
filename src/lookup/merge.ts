/**
 * `strategy: merge`: one person out of several connections. Per field the first connection that has a
 * value wins; deals, tickets and further records are put together.
 */
import type { Company, Contact, Fields, Profile } from '../model/profile.ts';
import type { Details } from '../telemetry/trace.ts';

/** @param profiles in the order of the tenant's connections; at least one. Lists are not yet sorted. */
export function mergeProfiles(profiles: readonly [Profile, ...Profile[]]): Profile {
  return profiles.reduce((first, next) => ({
    contact: {
      ...firstValues(first.contact, next.contact),
      fields: firstFields(first.contact.fields, next.contact.fields),
    },
    company: mergeCompanies(first.company, next.company),
    deals: [...first.deals, ...next.deals],
    tickets: [...first.tickets, ...next.tickets],
    others: [...first.others, ...next.others],
    moreDeals: first.moreDeals || next.moreDeals,
    moreTickets: first.moreTickets || next.moreTickets,
    moreOpenDeals: first.moreOpenDeals || next.moreOpenDeals,
    moreOpenTickets: first.moreOpenTickets || next.moreOpenTickets,
    moreOthers: first.moreOthers || next.moreOthers,
  }));
}

/**
 * @param profiles in the order in which they are merged.
 * @returns for each of them which words it provides, namely those that none before it has, and how many
 *   deals and tickets come from it.
 */
export function mergeTrace(profiles: readonly Profile[]): readonly Details[] {
  const provided = new Set<string>();
  return profiles.map(({ contact, company, deals, tickets }) => {
    const words = [...wordsOf('contact', contact), ...wordsOf('company', company)];
    const added = words.filter((word) => !provided.has(word));
    for (const word of added) provided.add(word);
    return { provides: added.join(' '), deals: deals.length, tickets: tickets.length };
  });
}

function wordsOf(name: string, record: Contact | Company | null): readonly string[] {
  if (record === null) return [];
  const { fields, ...words } = record;
  const filled = (values: object) =>
    Object.entries(values).flatMap(([word, value]) => (value === null ? [] : word));
  return [
    ...filled(words).map((word) => `${name}.${word}`),
    ...filled(fields).map((word) => `${name}.fields.${word}`),
  ];
}

function mergeCompanies(first: Company | null, next: Company | null): Company | null {
  if (first === null || next === null) return first ?? next;
  const merged = firstValues(first, next);
  const withRevenue = [first, next].find(({ annualRevenue }) => annualRevenue !== null);
  return {
    ...merged,
    // An amount in another CRM's currency would be another amount.
    currency: (withRevenue ?? merged).currency,
    fields: firstFields(first.fields, next.fields),
  };
}

function firstValues<T extends object>(first: T, next: T): T {
  return Object.fromEntries(
    Object.entries(first).map(([word, value]) => [
      word,
      (value as unknown) ?? (next as Readonly<Record<string, unknown>>)[word],
    ]),
  ) as T;
}

function firstFields(first: Fields, next: Fields): Fields {
  return { ...next, ...Object.fromEntries(Object.entries(first).filter(([, v]) => v !== null)) };
}
