/** One open connection to a HubSpot account: the parts, put together. */
import { emailForms, type Connector, type ConnectorContext } from '../../src/connector/index.ts';
import type { PersonRecord } from '../../src/connector/index.ts';
import { openAccessTokens } from './access-token.ts';
import { checkAccess } from './check.ts';
import { createClient, openTransport } from './client.ts';
import { Labels } from './labels.ts';
import { PersonLookup } from './person-lookup.ts';
import { ProfileMapper, requestedProperties, type RawPerson } from './profile.ts';
import { RateLimiter } from './rate-limiter.ts';
import { createRequests, MAX_BATCH } from './requests.ts';
import { parseJsonResponse } from './responses.ts';
import { companyOfDomain, Sections } from './sections.ts';
import type { Settings } from './settings.ts';
import type { Time } from './time.ts';

/** Many lookups share a sign-in, so none of their signals ends it. */
const SIGN_IN_TIMEOUT_MS = 10_000;

/** @param time real, or advanced by a test. */
export async function openConnection(
  settings: Settings,
  context: ConnectorContext,
  time: Time,
): Promise<Connector> {
  const { clock, limits } = context;
  const { apiVersion } = settings;
  const baseUrl = settings.baseUrl.replace(/\/$/, '');
  const fields = {
    contacts: settings.fields.contact,
    companies: settings.fields.company,
    deals: settings.fields.deal,
    tickets: settings.fields.ticket,
  };
  // Called during requests only, when `labels` below is there: labels need the client, and the client the midnight.
  const midnight = (): number | undefined => labels.account?.zone?.midnightAfter(clock.now());

  const transport = await openTransport(context);
  const tokens = openAccessTokens(settings, context, async (form) => {
    const headers = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const url = `${baseUrl}/oauth/${apiVersion}/token`;
    const request = { method: 'POST', url, headers, body: form.toString() };
    const response = await transport.send(
      request,
      'token',
      AbortSignal.timeout(SIGN_IN_TIMEOUT_MS),
    );
    const errorContext = { now: clock.now(), midnight: undefined, canRenewToken: false };
    return parseJsonResponse('token', response, errorContext);
  });
  const rateLimiter = new RateLimiter(time);
  const server = { baseUrl, apiVersion, tokens, transport };
  const client = await createClient({ ...server, rateLimiter, clock, midnight });
  const requests = createRequests(client, { apiVersion, properties: requestedProperties(fields) });
  const labels = new Labels(requests, { context, time, fields });
  const profiles = new ProfileMapper(labels, fields);
  const people = new PersonLookup(requests, new Sections(context), limits);
  labels.refresh();

  async function shownPerson(person: RawPerson): Promise<PersonRecord> {
    await labels.waitForFirstLoad();
    const { mapped, isProvisional, isIncomplete } = labels.track(() => profiles.person(person));
    return {
      ...mapped,
      missing: isIncomplete ? [...person.missing, 'labels'] : person.missing,
      ...(isProvisional ? { provisional: true } : {}),
    };
  }

  return {
    maxBatch: MAX_BATCH,
    pauseMs: () => rateLimiter.pauseMs(),
    async lookup(email, options) {
      labels.refresh();
      const person = await people.findOne(email, options);
      if (person === undefined) return undefined;
      return await shownPerson(person);
    },
    async lookupMany(emails, options) {
      labels.refresh();
      const found = await people.findMany(emails, options);
      const shown = [...found].map(
        async ([email, person]) => [email, await shownPerson(person)] as const,
      );
      return new Map(await Promise.all(shown));
    },
    async findCompany(domain, options) {
      labels.refresh();
      const companies = await requests.companiesByDomain(emailForms(domain), options);
      const found = companyOfDomain(companies, domain);
      if (found === undefined) return undefined;
      await labels.waitForFirstLoad();
      const { mapped, isProvisional } = labels.track(() => profiles.company(found));
      return isProvisional ? { ...mapped, provisional: true } : mapped;
    },
    ready: (options) => labels.ready(options),
    check: (options) => checkAccess(requests, fields, options),
    quota: () => rateLimiter.quota(midnight()),
    async close() {
      labels.close();
      await transport.close();
    },
  };
}
