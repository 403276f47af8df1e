/**
 * Order of a person's records, the same for every connector and every time. Deals: open
 * first, then the nearest close date. Tickets: open first, then the newest. Of several people with one
 * address the one to show: contact before lead, then latest activity, latest change, id.
 */
import type { Deal, Profile, Ticket } from './profile.ts';

/** How many deals and tickets of one person an agent sees. */
export interface ListLimits {
  readonly deals: number;
  readonly tickets: number;
}

/**
 * @returns the profile with its lists sorted and cut to `limits`; `more…` is true when some were left out, `moreOpen…`
 *   when open ones may be among them.
 */
export function sortAndLimit(profile: Profile, limits: ListLimits): Profile {
  const deals = profile.deals.toSorted(byCloseDate);
  const tickets = profile.tickets.toSorted(byCreatedAt);
  const moreDeals = profile.moreDeals || deals.length > limits.deals;
  const moreTickets = profile.moreTickets || tickets.length > limits.tickets;
  return {
    ...profile,
    deals: deals.slice(0, limits.deals),
    tickets: tickets.slice(0, limits.tickets),
    moreDeals,
    moreTickets,
    // The first one that is left out: open ones come first.
    moreOpenDeals: moreDeals && (profile.moreOpenDeals || mayBeOpen(deals[limits.deals])),
    moreOpenTickets: moreTickets && (profile.moreOpenTickets || mayBeOpen(tickets[limits.tickets])),
  };
}

function mayBeOpen(record: Deal | Ticket | undefined): boolean {
  return record !== undefined && record.open !== false;
}

/** Open deals: the next to close first. Closed ones: the latest first. */
function byCloseDate(a: Deal, b: Deal): number {
  const soonest = a.open === false ? -1 : 1;
  return (
    openRank(a) - openRank(b) ||
    byDate(a.closeDate, b.closeDate, soonest) ||
    byText(a.id, b.id) ||
    byText(a.name, b.name) ||
    byContent(a, b)
  );
}

function byCreatedAt(a: Ticket, b: Ticket): number {
  return (
    openRank(a) - openRank(b) ||
    byDate(a.createdAt, b.createdAt, -1) ||
    byText(a.id, b.id) ||
    byText(a.number, b.number) ||
    byContent(a, b)
  );
}

/**
 * The first of a list that is too long to be read whole, as the CRM sent it: by whether they are open and by date.
 * @returns `count` of them at most.
 */
export function firstOf<T>(kind: 'deal' | 'ticket', records: readonly T[], count: number): T[] {
  const keyed = records.map((record) => {
    const { open, closeDate, createdAt } = Object(record) as Readonly<Record<string, unknown>>;
    const isOpen = open === true || open === 'true';
    const isClosed = open === false || open === 'false';
    const date = kind === 'deal' ? closeDate : createdAt;
    const ms = parse(date instanceof Date ? date.toJSON() : typeof date === 'string' ? date : null);
    const isSoonestFirst = kind === 'deal' && !isClosed;
    return {
      record,
      openRank: isOpen ? 0 : isClosed ? 2 : 1,
      time: Number.isNaN(ms) ? Infinity : isSoonestFirst ? ms : -ms,
    };
  });
  // Without a date comes last; a stable sort keeps the rest in the CRM's order.
  keyed.sort((a, b) => a.openRank - b.openRank || a.time - b.time || 0);
  return keyed.slice(0, count).map(({ record }) => record);
}

/** Open, then unknown, then closed. */
function openRank(record: { readonly open: boolean | null }): number {
  return record.open === true ? 0 : record.open === null ? 1 : 2;
}

/** Records without a date come last in either direction. */
function byDate(a: string | null, b: string | null, direction: 1 | -1): number {
  const [left, right] = [parse(a), parse(b)];
  if (Number.isNaN(left) || Number.isNaN(right)) {
    return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  }
  return (left - right) * direction;
}

function byText(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : 0;
}

/** Records without an id still come in the same order every time. */
function byContent(a: Deal | Ticket, b: Deal | Ticket): number {
  return byText(JSON.stringify(a), JSON.stringify(b));
}

/**
 * Which of several records with one address is shown: contact before lead, then latest activity, then
 * latest change, then id. It does not depend on the CRM's order.
 */
export interface Match {
  readonly kind: 'contact' | 'lead';
  readonly id: string;
  /** ISO 8601; a bare date counts as its first millisecond. */
  readonly lastActivityAt?: string | null | undefined;
  readonly updatedAt?: string | null | undefined;
}

/** For `Array.sort`: the record to show comes first. */
export function compareMatches(a: Match, b: Match): number {
  return (
    Number(a.kind === 'lead') - Number(b.kind === 'lead') ||
    time(b.lastActivityAt) - time(a.lastActivityAt) ||
    time(b.updatedAt) - time(a.updatedAt) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

function time(iso: string | null | undefined): number {
  const ms = parse(iso);
  return Number.isNaN(ms) ? 0 : ms;
}

/** @returns NaN also for `03.04.2027` and `3/4/27`, whose day and month Date would guess. */
function parse(date: string | null | undefined): number {
  return /^\s*\d{4}-|\p{L}{3}/u.test(date ?? '') ? Date.parse(date ?? '') : NaN;
}
