/** Which of the associated records are read. */
import type { ContactRecord, Associated } from './shapes.ts';
import { hasNext, type AssociatedRecords } from './requests.ts';

/** What belongs to one contact, ids only. */
export interface AssociatedIds {
  readonly ids: readonly string[];
  /** There are more than `ids`. */
  readonly more: boolean;
}

export const nothing: AssociatedIds = { ids: [], more: false };

/** The association that marks a contact's primary company, in either form HubSpot uses. */
const PRIMARY = { type: 'contact_to_company', typeId: 1, label: 'Primary' };

/**
 * The company to show: the primary one; where no label says so, the one with the lowest id, so that it is
 * the same every time. All other labels are the tenant's own and decide nothing.
 */
export function companyOf(candidates: readonly { id: string; primary: boolean }[]): AssociatedIds {
  const byAge = candidates.toSorted((a, b) => compareIds(a.id, b.id));
  const company = byAge.find(({ primary }) => primary) ?? byAge[0];
  return company === undefined ? nothing : { ids: [company.id], more: false };
}

/** From the contact's own read: a company appears once per label. */
export function companyOfContact(contact: ContactRecord): AssociatedIds {
  const results = contact.associations?.['companies']?.results ?? [];
  return companyOf(results.map(({ id, type }) => ({ id, primary: type === PRIMARY.type })));
}

/** From a batch of associations. */
export function companyOfBatch(associated: AssociatedRecords | undefined): AssociatedIds {
  return companyOf(
    (associated?.to ?? []).map((to) => ({ id: to.toObjectId, primary: isPrimary(to) })),
  );
}

/** From the contact's own read. */
export function idsOfContact(contact: ContactRecord, type: 'deals' | 'tickets'): AssociatedIds {
  const { results = [], paging } = contact.associations?.[type] ?? {};
  return { ids: unique(results.map(({ id }) => id)), more: hasNext(paging) };
}

/** From a batch of associations. */
export function idsOfBatch(associated: AssociatedRecords | undefined): AssociatedIds {
  return {
    ids: unique((associated?.to ?? []).map(({ toObjectId }) => toObjectId)),
    more: associated?.more ?? false,
  };
}

/**
 * Shares a number of places among people: whoever has few records keeps all of them, the others get equally
 * many. The newest are kept (ids grow), being the most likely to be open.
 */
export function shareFairly<K>(
  wanted: ReadonlyMap<K, AssociatedIds>,
  places: number,
): ReadonlyMap<K, AssociatedIds> {
  const bySize = [...wanted].toSorted(([, a], [, b]) => a.ids.length - b.ids.length);
  let left = places;
  return new Map(
    bySize.map(([key, { ids, more }], i) => {
      const share = Math.floor(left / (bySize.length - i));
      const kept = ids.toSorted((a, b) => compareIds(b, a)).slice(0, share);
      left -= kept.length;
      return [key, { ids: kept, more: more || kept.length < ids.length }];
    }),
  );
}

function isPrimary(to: Associated): boolean {
  return to.associationTypes.some(
    ({ category, typeId, label }) =>
      // The tenant's own labels have numbers, and names, of their own.
      category !== 'USER_DEFINED' && (typeId === PRIMARY.typeId || label === PRIMARY.label),
  );
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}

/** For `Array.sort`: by number, without leaving the texts, as ids may be longer than numbers are exact. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
