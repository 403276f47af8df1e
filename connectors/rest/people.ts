/** People and what belongs to them, out of the configured requests. */
import {
  choosePerson,
  emailForms,
  normalizeDomain,
  normalizeEmail,
  type ConnectorContext,
  type LookupOptions,
  type PersonRecord,
  type RawRecord,
  type SectionHealth,
} from '../../src/connector/index.ts';
import type { IsKept, Row } from './answer.ts';
import type { Scope } from './expressions.ts';
import { MissingValueError, UnsendableError, type CompiledRequest } from './request.ts';
import type { RequestName } from './settings.ts';

export type Requests = Partial<Readonly<Record<RequestName, CompiledRequest>>> &
  Pick<ConnectorContext, 'isPublicMailDomain'> & {
    readonly sections: Pick<SectionHealth, 'failed'>;
  };
/** Sends a request. @returns its rows; `undefined` for a status that means that there is nothing. */
export type Ask = (
  request: CompiledRequest,
  scope: Scope,
  signal: AbortSignal,
  isKept?: IsKept,
) => Promise<readonly Row[] | undefined>;

/** @throws {ConnectorError} */
export async function findPerson(
  email: string,
  { person, ...requests }: Requests & { readonly person: CompiledRequest },
  ask: Ask,
  options: LookupOptions,
): Promise<PersonRecord | undefined> {
  for (const form of emailForms(email)) {
    // A search may be fuzzy: a row counts only for the very address.
    const isKept: IsKept = (keys) => keys.some((key) => normalizeEmail(key) === email);
    const scope = { email: form, domain: domainOf(form) };
    const rows = await ask(person, scope, options.signal, isKept);
    const records = (rows ?? []).map(({ record }) => record);
    if (records.length === 0) continue;
    const found = await complete([email], new Map([[email, records]]), requests, ask, options);
    return found.get(email);
  }
  return undefined;
}

/** The same for many people in one request. */
export async function findPeople(
  emails: readonly string[],
  { people, ...requests }: Requests & { readonly people: CompiledRequest },
  ask: Ask,
  options: LookupOptions,
): Promise<ReadonlyMap<string, PersonRecord>> {
  const asked = new Set<string | undefined>(emails);
  const isKept: IsKept = (keys) => keys.some((key) => asked.has(normalizeEmail(key)));
  const scope = { emails: emails.flatMap(emailForms) };
  const rows = (await ask(people, scope, options.signal, isKept)) ?? [];
  const found = new Map<string, RawRecord[]>();
  for (const { keys, record } of rows) {
    for (const email of new Set(keys.map(normalizeEmail))) {
      if (email === undefined || !asked.has(email)) continue;
      const records = found.get(email);
      if (records === undefined) found.set(email, [record]);
      else records.push(record);
    }
  }
  return await complete(emails, found, requests, ask, options);
}

/** @param domain lower case, ASCII. */
export async function findCompany(
  domain: string,
  company: CompiledRequest,
  ask: Ask,
  signal: AbortSignal,
): Promise<RawRecord | undefined> {
  const isKept: IsKept = (keys) => keys.some((key) => normalizeDomain(key) === domain);
  const [first] = (await ask(company, { domain }, signal, isKept)) ?? [];
  return first?.record;
}

/**
 * Deals, tickets and a company that the person's row lacks, of all people side by side; a section that fails for
 * itself is `missing`.
 * @param emails all that were asked for. @param found the rows of those who are known.
 * @throws {ConnectorError} the API's limit, or when the signal aborts; no further request is sent then.
 */
async function complete(
  emails: readonly string[],
  found: ReadonlyMap<string, readonly RawRecord[]>,
  requests: Requests,
  ask: Ask,
  { signal, onPartial }: LookupOptions,
): Promise<ReadonlyMap<string, PersonRecord>> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const people = new Map(
    [...found].map(([email, records]) => {
      return [email, personOf(email, records, requests, ask, either)] as const;
    }),
  );
  const reads = [...people.values()].flatMap((person) => person.reads);
  if (reads.length > 0) {
    // Those who are complete, or unknown, need not wait for the others.
    for (const email of emails) onPartial?.(email, () => people.get(email)?.known());
  }
  try {
    await Promise.all(reads.map((read) => read()));
  } finally {
    stop.abort();
  }
  return new Map([...people].map(([email, { known }]) => [email, known()]));
}

interface Person {
  /** @returns what is known by now. */
  readonly known: () => PersonRecord;
  /** Each reads a section. */
  readonly reads: readonly (() => Promise<void>)[];
}

/** A row of the API, or several with one address. */
function personOf(
  email: string,
  records: readonly RawRecord[],
  requests: Requests,
  ask: Ask,
  signal: AbortSignal,
): Person {
  const { contact, company, others } = choosePerson(email, records);
  const domain = domainOf(email);
  const scope = { email, domain, contact, company: company ?? {} };
  const parts: { company?: RawRecord; deals?: RawRecord[]; tickets?: RawRecord[] } = {
    ...(company === undefined ? {} : { company }),
  };
  const missing = new Set<keyof typeof parts>();
  const reads: (() => Promise<void>)[] = [];
  /** @param request whose failure is reported. @param read gives `undefined` for what there is not. */
  const add = <Name extends keyof typeof parts>(
    name: Name,
    request: CompiledRequest,
    read: () => Promise<(typeof parts)[Name] | undefined>,
  ): void => {
    missing.add(name);
    reads.push(async () => {
      try {
        const part = await read();
        if (part !== undefined) parts[name] = part;
        missing.delete(name);
      } catch (error) {
        if (!(error instanceof UnsendableError))
          requests.sections.failed(request.name, error, signal);
      }
    });
  };
  const addList = (name: 'deals' | 'tickets', request: CompiledRequest | undefined): void => {
    if (request === undefined) return;
    let isOfCompany = false;
    const own = {
      ...scope,
      get company() {
        isOfCompany = true;
        return company ?? {};
      },
    };
    add(name, request, async () => {
      const rows = await ask(request, own, signal).catch((error: unknown) => {
        // Who has no company has no deals of one.
        if (error instanceof MissingValueError && company === undefined && isOfCompany) return [];
        throw error;
      });
      return rows?.map(({ record }) => record);
    });
  };
  const { company: byDomain, companyById: byId } = requests;
  addList('deals', requests.deals);
  addList('tickets', requests.tickets);
  if (byId !== undefined && company?.['id'] !== undefined && company['name'] === undefined) {
    add('company', byId, async () => {
      const [row] = (await ask(byId, scope, signal)) ?? [];
      return { ...company, ...row?.record };
    });
  } else if (company === undefined && byDomain && !requests.isPublicMailDomain(domain)) {
    add('company', byDomain, () => findCompany(domain, byDomain, ask, signal));
  }
  return { known: () => ({ contact, others, ...parts, missing: [...missing] }), reads };
}

/** An address without a domain does not come here. */
function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}
