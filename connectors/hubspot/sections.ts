/** The parts of a profile beside the contact, each of which may be out of reach without harm to the rest. */
import type { ConnectorContext, ConnectorErrorKind } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import type { ObjectType } from './shapes.ts';

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
        this.withhold(section, error.scopes);
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
  blamed(error: unknown): readonly Section[] {
    const scopes = error instanceof HubSpotError ? (error.scopes ?? []) : [];
    if (scopes.some((scope) => scope.includes('contacts'))) return [];
    return sections.filter((section) =>
      scopes.some((scope) => scope.includes(sectionTypes[section])),
    );
  }

  /** Leaves a section out for an hour, and tells the operator once. */
  withhold(section: Section, scopes: readonly string[]): void {
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
