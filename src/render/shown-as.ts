/** A template's context at another time, or as another outcome: for authors of templates. */
import { toIsoString } from '../model/clock.ts';
import { NO_SOURCE, type Source } from '../model/outcome.ts';
import type { TemplateContext } from './template-set.ts';

/** What a template can be looked at with: `stale` is `found` with data of the cache, older than it should be. */
export const SHOWN_AS = ['found', 'stale', 'not_found', 'no_email', 'unavailable'] as const;
export type ShownAs = (typeof SHOWN_AS)[number];

const STALE_SECONDS = 20 * 60;

/**
 * The data is as old at that time as it is now.
 * @param at milliseconds since 1970. @param connections that did not answer, when shown as `unavailable`.
 * @returns `undefined` for a person who is not known, shown as `found` or `stale`.
 */
export function contextAs(
  context: TemplateContext,
  as: ShownAs,
  at: number,
  connections: readonly string[] = [context.source.connection ?? 'crm'],
): TemplateContext | undefined {
  const { source } = context;
  const moved = { ...context, now: toIsoString(at), source: sourceAt(source, at) };
  switch (as) {
    case 'found':
      return context.outcome === 'found' ? moved : undefined;
    case 'stale': {
      const ageSeconds = Math.max(source.ageSeconds ?? 0, STALE_SECONDS);
      const stale = sourceAt({ ...source, stale: true, ageSeconds }, at);
      return context.outcome === 'found' ? { ...moved, source: stale } : undefined;
    }
    case 'not_found':
      return { ...moved, ...NO_PERSON, outcome: as };
    case 'no_email': {
      const visitor = { ...context.visitor, email: null };
      return { ...moved, ...NO_PERSON, outcome: as, company: null, source: NO_SOURCE, visitor };
    }
    case 'unavailable': {
      const failed = { ...NO_SOURCE, partial: true, missing: connections };
      return { ...moved, ...NO_PERSON, outcome: as, company: null, source: failed };
    }
  }
}

/** The company stays: it may be known by its domain. */
const NO_PERSON = {
  contact: null,
  deals: [],
  tickets: [],
  others: [],
  moreDeals: false,
  moreTickets: false,
  moreOpenDeals: false,
  moreOpenTickets: false,
  moreOthers: false,
};

function sourceAt(source: Source, at: number): Source {
  const { fetchedAt, ageSeconds } = source;
  if (fetchedAt === null) return source;
  return { ...source, fetchedAt: toIsoString(at - (ageSeconds ?? 0) * 1000) };
}
