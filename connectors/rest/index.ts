/** People, deals, tickets and companies from any HTTP API that answers with JSON, by configuration alone. */
import {
  choosePerson,
  ConnectorError,
  emailForms,
  normalizeDomain,
  normalizeEmail,
  openHttpPool,
  type CallOptions,
  type ConnectorModule,
  type PersonRecord,
  type RawRecord,
} from '../../src/connector/index.ts';
import { checkRequests } from './check.ts';
import { openLanguage, type Scope } from './expressions.ts';
import { compileRequest, send, type CompiledRequest, type Row } from './request.ts';
import { settings, type RequestName, type Settings } from './settings.ts';
import { createSignIn } from './sign-in.ts';

const connector: ConnectorModule<Settings> = {
  settings,
  async open(given, context) {
    const language = await openLanguage();
    const http = await openHttpPool(context);
    const signIn = createSignIn(given.auth, http, context);
    const requests: Partial<Record<RequestName, CompiledRequest>> = {};
    for (const name of ['person', 'people', 'deals', 'tickets', 'company'] as const) {
      const one = given[name];
      if (one !== undefined) requests[name] = compileRequest(name, one, given.baseUrl, language);
    }

    /** @returns the rows; `undefined` for a status of `notFound`. A token that expired is replaced once. */
    async function ask(
      request: CompiledRequest,
      scope: Scope,
      signal: AbortSignal,
    ): Promise<readonly Row[] | undefined> {
      const { url: plain, ...built } = request.build(scope);
      for (let attempt = 1; ; attempt += 1) {
        const used = await signIn.credentials(signal);
        const url = new URL(plain);
        for (const [name, value] of Object.entries(used.query)) url.searchParams.set(name, value);
        const headers = { ...given.headers, ...built.headers, ...used.headers };
        try {
          const rows = await send(
            request,
            http,
            { ...built, url: url.href, headers, signal },
            context.clock.now(),
          );
          signIn.accept(used);
          return rows;
        } catch (error) {
          const isRefused = error instanceof ConnectorError && error.kind === 'auth';
          if (!isRefused || !signIn.refuse(used) || attempt > 1) throw error;
        }
      }
    }

    /** @returns the record of a person with what belongs to it; a part that cannot be had is `missing`. */
    async function complete(
      email: string,
      records: readonly RawRecord[],
      signal: AbortSignal,
    ): Promise<PersonRecord> {
      const { contact, company, others } = choosePerson(email, records);
      const domain = email.slice(email.lastIndexOf('@') + 1);
      const missing: string[] = [];
      const section = async (
        name: 'deals' | 'tickets',
      ): Promise<readonly RawRecord[] | undefined> => {
        const request = requests[name];
        if (request === undefined) return undefined;
        try {
          const rows = await ask(
            request,
            { email, domain, contact, company: company ?? {} },
            signal,
          );
          return rows?.map(({ record }) => record) ?? [];
        } catch (error) {
          if (signal.aborted) throw error;
          missing.push(name);
          return undefined;
        }
      };
      const [deals, tickets] = await Promise.all([section('deals'), section('tickets')]);
      return {
        contact,
        company,
        others,
        missing,
        ...(deals && { deals }),
        ...(tickets && { tickets }),
      };
    }

    async function lookup(
      email: string,
      { signal }: CallOptions,
    ): Promise<PersonRecord | undefined> {
      const { person } = requests;
      if (person === undefined) return undefined;
      const domain = email.slice(email.lastIndexOf('@') + 1);
      const records: RawRecord[] = [];
      for (const form of emailForms(email)) {
        const rows = (await ask(person, { email: form, domain }, signal)) ?? [];
        // A search may be fuzzy: a row counts only for the very address.
        records.push(
          ...rows
            .filter(({ keys }) => keys.some((key) => normalizeEmail(key) === email))
            .map(({ record }) => record),
        );
        if (records.length > 0) break;
      }
      return records.length === 0 ? undefined : await complete(email, records, signal);
    }

    const { people, company } = requests;
    return {
      lookup,
      ...(people === undefined
        ? {}
        : {
            async lookupMany(emails: readonly string[], { signal }: CallOptions) {
              const rows =
                (await ask(people, { emails: emails.flatMap(emailForms) }, signal)) ?? [];
              const found = new Map<string, RawRecord[]>();
              for (const { keys, record } of rows) {
                for (const key of new Set(keys.map(normalizeEmail))) {
                  if (key === undefined || !emails.includes(key)) continue;
                  found.set(key, [...(found.get(key) ?? []), record]);
                }
              }
              return new Map(
                await Promise.all(
                  [...found].map(
                    async ([email, records]) =>
                      [email, await complete(email, records, signal)] as const,
                  ),
                ),
              );
            },
          }),
      ...(company === undefined
        ? {}
        : {
            async findCompany(domain: string, { signal }: CallOptions) {
              const rows = (await ask(company, { domain }, signal)) ?? [];
              return rows.find(({ keys }) => keys.some((key) => normalizeDomain(key) === domain))
                ?.record;
            },
          }),
      check: ({ signal }) =>
        checkRequests(requests, (request, scope) => ask(request, scope, signal)),
      close: () => http.close(),
    };
  },
};

export default connector;
