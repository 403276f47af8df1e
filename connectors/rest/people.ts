/** People and what belongs to them, out of the configured requests. */
import {
  choosePerson,
  emailForms,
  normalizeDomain,
  normalizeEmail,
  type ConnectorContext,
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
  signal: AbortSignal,
): Promise<PersonRecord | undefined> {
  for (const form of emailForms(email)) {
    // A search may be fuzzy: a row counts only for the very address.
    const isKept: IsKept = (keys) => keys.some((key) => normalizeEmail(key) === email);
    const rows = await ask(person, { email: form, domain: domainOf(form) }, signal, isKept);
    const records = (rows ?? []).map(({ record }) => record);
    if (records.length > 0) return complete(email, records, requests, ask, signal);
  }
  return undefined;
}

/** The same for many people in one request. */
export async function findPeople(
  emails: readonly string[],
  { people, ...requests }: Requests & { readonly people: CompiledRequest },
  ask: Ask,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PersonRecord>> {
  const asked = new Set<string | undefined>(emails);
  const isKept: IsKept = (keys) => keys.some((key) => asked.has(normalizeEmail(key)));
  const rows = (await ask(people, { emails: emails.flatMap(emailForms) }, signal, isKept)) ?? [];
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
    return [email, await complete(email, records, requests, ask, signal)] as const;
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

/** Deals, tickets and a company that the person's row lacks, side by side; what fails is `missing`. */
async function complete(
  email: string,
  records: readonly RawRecord[],
  requests: Requests,
  ask: Ask,
  signal: AbortSignal,
): Promise<PersonRecord> {
  const { contact, company, others } = choosePerson(email, records);
  const domain = domainOf(email);
  const missing: string[] = [];
  const optional = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      missing.push(name);
      return undefined;
    }
  };
  const scope = { email, domain, contact, company: company ?? {} };
  const list = async (name: 'deals' | 'tickets') => {
    const request = requests[name];
    if (request === undefined) return undefined;
    let isOfCompany = false;
    const own = {
      ...scope,
      get company() {
        isOfCompany = true;
        return company ?? {};
      },
    };
    const rows = await optional(name, () =>
      ask(request, own, signal).catch((error: unknown) => {
        // Who has no company has no deals of one.
        if (error instanceof MissingValueError && company === undefined && isOfCompany) return [];
        throw error;
      }),
    );
    return rows?.map(({ record }) => record);
  };
  const ownCompany = async () => {
    const { company: request, companyById: byId } = requests;
    if (byId !== undefined && company?.['id'] !== undefined && company['name'] === undefined) {
      const [row] = (await optional('company', () => ask(byId, scope, signal))) ?? [];
      return { ...company, ...row?.record };
    }
    if (company !== undefined || request === undefined || requests.isPublicMailDomain(domain))
      return company;
    return optional('company', () => findCompany(domain, request, ask, signal));
  };
  const [deals = [], tickets = [], shown] = await Promise.all([
    list('deals'),
    list('tickets'),
    ownCompany(),
  ]);
  return { contact, company: shown, others, missing, deals, tickets };
}

/** An address without a domain does not come here. */
function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}
