import type { ContactRecord } from './responses.ts';
import type { Associated } from './responses.ts';
import { hasNext } from './requests.ts';
import type { AssociatedRecords } from './requests.ts';

/** The parts of a profile beside the contact, each of which may be out of reach without harm to the rest. */
import type { ConnectorContext, ConnectorErrorKind } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import type { ObjectType } from './responses.ts';

export type Section = 'company' | 'deals' | 'tickets';

export const sectionTypes = {
  company: 'companies',
  deals: 'deals',
  tickets: 'tickets',
} as const satisfies Record<Section, ObjectType>;

export const sections: readonly Section[] = ['company', 'deals', 'tickets'];

/** How long a section is left out after a 403, in milliseconds: scopes are given by people. */
const WITHHELD = 60 * 60_000;

export class Sections {
  readonly #context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>;
  readonly #withheldUntil = new Map<Section, number>();
  /** Sections that failed last time. */
  readonly #unwell = new Set<Section>();

  constructor(context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>) {
    this.#context = context;
  }

  /** @returns the sections to ask for. */
  readable(): readonly Section[] {
    const now = this.#context.clock.now();
    return sections.filter((section) => now >= (this.#withheldUntil.get(section) ?? 0));
  }

  /**
   * Reads a section.
   * @returns `undefined` when it can't be had: without permission, or because only this part of HubSpot is
   *   unwell; one more try is made for the latter.
   * @throws {HubSpotError} for what concerns the whole lookup: no time left, a limit, a refused token.
   */
  async read<T>(section: Section, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work().catch((error: unknown) => {
        if (isPassing(error)) return work();
        throw error;
      });
      this.#permit(section);
      return result;
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error;
      if (error.scopes !== undefined) {
        this.disable(section, error.scopes);
        return undefined;
      }
      if (!concernsOneSection.has(error.kind)) throw error;
      const { log, setNotice: notice } = this.#context;
      if (!this.#unwell.has(section))
        log.warn('HubSpot does not give a section', { section, kind: error.kind });
      this.#unwell.add(section);
      notice(section, `${section} can't be had at present: ${error.message}`);
      return undefined;
    }
  }

  /** @returns the sections that a 403 for the contact is about; none if it is about the contact itself. */
  sectionsForScopes(error: unknown): readonly Section[] {
    const scopes = error instanceof HubSpotError ? (error.scopes ?? []) : [];
    if (scopes.some((scope) => scope.includes('contacts'))) return [];
    return sections.filter((section) =>
      scopes.some((scope) => scope.includes(sectionTypes[section])),
    );
  }

  /** Leaves a section out for an hour, and tells the operator once. */
  disable(section: Section, scopes: readonly string[]): void {
    const { clock, log, setNotice: notice } = this.#context;
    const message = `the token may not read ${sectionTypes[section]}: add the scope ${scopes.join(' or ') || 'for them'}`;
    if (!this.#withheldUntil.has(section)) log.warn(message, { section });
    this.#withheldUntil.set(section, clock.now() + WITHHELD);
    notice(section, message);
  }

  #permit(section: Section): void {
    this.#withheldUntil.delete(section);
    this.#unwell.delete(section);
    this.#context.setNotice(section, undefined);
  }
}

const concernsOneSection: ReadonlySet<ConnectorErrorKind> = new Set([
  'unavailable',
  'bad_response',
  'misconfigured',
]);

/** A failure that may be gone at once; 423 and others say when to come again. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof HubSpotError &&
    error.kind === 'unavailable' &&
    error.retryAfterMs === undefined
  );
}

/** What belongs to one contact, ids only. */
export interface AssociatedIds {
  readonly ids: readonly string[];
  /** There are more than `ids`. */
  readonly more: boolean;
}

export const NONE: AssociatedIds = { ids: [], more: false };

/** The association that marks a contact's primary company, in either form HubSpot uses. */
const PRIMARY = { type: 'contact_to_company', typeId: 1, label: 'Primary' };

/**
 * The company to show: the primary one; where no label says so, the one with the lowest id, so that it is
 * the same every time. All other labels are the tenant's own and decide nothing.
 */
export function chooseCompany(
  candidates: readonly { id: string; primary: boolean }[],
): AssociatedIds {
  const byAge = candidates.toSorted((a, b) => compareIds(a.id, b.id));
  const company = byAge.find(({ primary }) => primary) ?? byAge[0];
  return company === undefined ? NONE : { ids: [company.id], more: false };
}

/** From the contact's own read: a company appears once per label. */
export function companyOfContact(contact: ContactRecord): AssociatedIds {
  const results = contact.associations?.['companies']?.results ?? [];
  return chooseCompany(results.map(({ id, type }) => ({ id, primary: type === PRIMARY.type })));
}

/** From a batch of associations. */
export function companyOfBatch(associated: AssociatedRecords | undefined): AssociatedIds {
  return chooseCompany(
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
export function distribute<K>(
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
