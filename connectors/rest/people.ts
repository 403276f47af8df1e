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
} from '../../src/connector/index.ts';
import type { IsKept, Row } from './answer.ts';
import type { Scope } from './expressions.ts';
import { MissingValueError, type CompiledRequest } from './request.ts';
import type { RequestName } from './settings.ts';

export type Requests = Partial<Readonly<Record<RequestName, CompiledRequest>>> &
  Pick<ConnectorContext, 'isPublicMailDomain'>;
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
    if (records.length > 0) return complete(email, records, requests, ask, options);
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
  const completed = [...found].map(async ([email, records]) => {
    return [email, await complete(email, records, requests, ask, options)] as const;
  });
  return new Map(await Promise.all(completed));
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
 * Deals, tickets and a company that the person's row lacks, side by side; what fails, or does not come in time, is
 * `missing`.
 */
async function complete(
  email: string,
  records: readonly RawRecord[],
  requests: Requests,
  ask: Ask,
  { signal, onPartial }: LookupOptions,
): Promise<PersonRecord> {
  const { contact, company, others } = choosePerson(email, records);
  const domain = domainOf(email);
  const parts: { company?: RawRecord; deals?: RawRecord[]; tickets?: RawRecord[] } = {
    ...(company === undefined ? {} : { company }),
  };
  const missing = new Set<'company' | 'deals' | 'tickets'>();
  const known = (): PersonRecord => ({ contact, others, ...parts, missing: [...missing] });
  /** @param read gives `undefined` for what there is not. */
  const add = async <Name extends keyof typeof parts>(
    name: Name,
    read: () => Promise<(typeof parts)[Name] | undefined>,
  ): Promise<void> => {
    missing.add(name);
    try {
      const part = await read();
      if (part !== undefined) parts[name] = part;
      missing.delete(name);
    } catch {
      // It stays missing.
    }
  };
  const scope = { email, domain, contact, company: company ?? {} };
  const list = async (request: CompiledRequest): Promise<RawRecord[] | undefined> => {
    let isOfCompany = false;
    const own = {
      ...scope,
      get company() {
        isOfCompany = true;
        return company ?? {};
      },
    };
    const rows = await ask(request, own, signal).catch((error: unknown) => {
      // Who has no company has no deals of one.
      if (error instanceof MissingValueError && company === undefined && isOfCompany) return [];
      throw error;
    });
    return rows?.map(({ record }) => record);
  };
  const { company: byDomain, companyById: byId, deals, tickets } = requests;
  const reads = [];
  if (deals !== undefined) reads.push(add('deals', () => list(deals)));
  if (tickets !== undefined) reads.push(add('tickets', () => list(tickets)));
  if (byId !== undefined && company?.['id'] !== undefined && company['name'] === undefined) {
    const named = async () => {
      const [row] = (await ask(byId, scope, signal)) ?? [];
      return { ...company, ...row?.record };
    };
    reads.push(add('company', named));
  } else if (
    company === undefined &&
    byDomain !== undefined &&
    !requests.isPublicMailDomain(domain)
  ) {
    reads.push(add('company', () => findCompany(domain, byDomain, ask, signal)));
  }
  if (reads.length > 0) onPartial?.(email, known);
  await Promise.all(reads);
  return known();
}

/** An address without a domain does not come here. */
function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}
