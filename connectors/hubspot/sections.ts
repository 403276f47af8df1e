/** The parts of a profile beside the contact: which may be read, and which records belong to each. */
import {
  ConnectorError,
  normalizeDomain,
  Omissions,
  SectionHealth,
  splitEmails,
  type ConnectorContext,
} from '../../src/connector/index.ts';
import { HubSpotError, isRequestSpecific } from './errors.ts';
import type { Associated, HubSpotRecord, ObjectType } from './responses.ts';

export const sections = ['company', 'deals', 'tickets'] as const;
export type Section = (typeof sections)[number];

export const sectionTypes = {
  company: 'companies',
  deals: 'deals',
  tickets: 'tickets',
} as const satisfies Record<Section, ObjectType>;

/** The scope to add when HubSpot names none. */
const sectionScopes: Readonly<Record<Section, string>> = {
  company: 'crm.objects.companies.read',
  deals: 'crm.objects.deals.read',
  tickets: 'tickets',
};

export class Sections {
  /** Those that the token may not read. */
  readonly #forbidden: Readonly<Record<Section, Omissions>>;
  readonly #health: SectionHealth;

  constructor(context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>) {
    this.#health = new SectionHealth(context);
    const forbidden = (section: Section): Omissions =>
      new Omissions(context, {
        notice: section,
        message: ([scopes]) =>
          `the token may not read ${sectionTypes[section]}: add the scope ${scopes}`,
      });
    this.#forbidden = {
      company: forbidden('company'),
      deals: forbidden('deals'),
      tickets: forbidden('tickets'),
    };
  }

  /** @returns the sections to ask for. */
  readable(): readonly Section[] {
    return sections.filter((section) => !this.#forbidden[section].has(section));
  }

  /**
   * Reads a section; a transient failure is tried once more.
   * @param signal of the lookup.
   * @returns `undefined` when it cannot be read: without permission, or because only this part fails.
   * @throws {ConnectorError} for what concerns the whole lookup: a limit, a refused token, the end of its time.
   */
  async read<T>(
    section: Section,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const result = await work().catch((error: unknown) => {
        if (isTransient(error)) return work();
        throw error;
      });
      this.#forbidden[section].restore(section);
      this.#health.succeeded(section);
      return result;
    } catch (error) {
      if (!isRequestSpecific(error, signal)) throw error;
      const scopes = missingScopes(error);
      if (scopes !== undefined) {
        this.#disable(section, scopes);
        return undefined;
      }
      // The notice about this failure takes the place of one about permission.
      this.#forbidden[section].restore(section);
      this.#health.failed(section, error, signal);
      return undefined;
    }
  }

  /**
   * Leaves out the sections that a 403 for the contact is about, for an hour; none if it is about the contact.
   * @param asked the sections whose ids were asked for. @returns whether the contact can be read without them.
   */
  disableForScopes(error: unknown, asked: readonly Section[]): boolean {
    const scopes = missingScopes(error) ?? [];
    if (scopes.some((scope) => scope.includes('contacts'))) return false;
    const forbidden = asked.filter((section) =>
      scopes.some((scope) => scope.includes(sectionTypes[section])),
    );
    for (const section of forbidden) this.#disable(section, scopes);
    return forbidden.length > 0;
  }

  #disable(section: Section, scopes: readonly string[]): void {
    this.#forbidden[section].add(section, scopes.join(' or ') || sectionScopes[section]);
  }
}

/** A failure that may be gone at once; 423 and others say when to try again. */
function isTransient(error: unknown): boolean {
  return (
    error instanceof ConnectorError &&
    error.kind === 'unavailable' &&
    error.retryAfterMs === undefined
  );
}

function missingScopes(error: unknown): readonly string[] | undefined {
  return error instanceof HubSpotError ? error.response.scopes : undefined;
}

/** Which of the associated records are read. */
export interface AssociatedIds {
  readonly ids: readonly string[];
  /** There are more than `ids`. */
  readonly more: boolean;
}

export const NONE: AssociatedIds = { ids: [], more: false };

/** @returns the ids of one contact's section; a company appears once per label. */
export function idsOf(section: Section, associated: Associated | undefined): AssociatedIds {
  if (associated === undefined) return NONE;
  if (section === 'company') return chooseCompany(associated.records);
  return { ids: [...new Set(associated.records.map(({ id }) => id))], more: associated.more };
}

/**
 * The company to show: the primary one, or without a primary one that with the lowest id, so that it is the
 * same every time. The tenant's other labels decide nothing.
 */
export function chooseCompany(candidates: Associated['records']): AssociatedIds {
  const byAge = candidates.toSorted((a, b) => compareIds(a.id, b.id));
  const company = byAge.find(({ isPrimary }) => isPrimary) ?? byAge[0];
  return company === undefined ? NONE : { ids: [company.id], more: false };
}

/**
 * @param candidates from HubSpot's search, which also finds similar domains.
 * @returns the company with this main domain, else with this additional one; the oldest of several.
 */
export function companyOfDomain(
  candidates: readonly HubSpotRecord[],
  domain: string,
): HubSpotRecord | undefined {
  const byAge = candidates.toSorted((a, b) => compareIds(a.id, b.id));
  const domains = (name: string) => (company: HubSpotRecord) =>
    splitEmails(company.properties[name] ?? '').some((one) => normalizeDomain(one) === domain);
  return byAge.find(domains('domain')) ?? byAge.find(domains('hs_additional_domains'));
}

/**
 * Distributes a number of places among people: those with few records keep all of them, the others get equally
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

/** For `Array.sort`: by number, though ids may be longer than numbers are exact. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
