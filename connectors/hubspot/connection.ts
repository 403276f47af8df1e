/** One open connection to a HubSpot account: the parts, put together. */
import type { Connector, ConnectorContext } from '../../src/connector/index.ts';
import { parseJsonResponse } from './responses.ts';
import { compareIds } from './sections.ts';
import { checkAccess } from './check.ts';
import { createClient, openTransport, type Transport } from './client.ts';
import { Labels } from './labels.ts';
import { RateLimiter } from './rate-limiter.ts';
import { PersonLookup } from './person-lookup.ts';
import { ProfileMapper, requestedProperties } from './profile.ts';
import { createRequests } from './requests.ts';
import { Sections } from './sections.ts';
import type { Settings } from './settings.ts';
import type { Time } from './time.ts';
import { OAuthTokens, staticToken, type AccessTokens } from './access-token.ts';

/** Addresses of one batch read. */
const BATCH = 100;
/** Lookups that wait in one line for their turn: with more, the last would wait beyond any deadline. */
const CALLERS = 4;
/** A sign-in is shared by many lookups, so it has a time limit of its own, in milliseconds. */
const SIGN_IN_MS = 10_000;

/** @param time passes by itself, or, in tests, as it is told. */
export async function openConnection(
  settings: Settings,
  context: ConnectorContext,
  time: Time,
): Promise<Connector> {
  const { apiVersion } = settings;
  const baseUrl = settings.baseUrl.replace(/\/$/, '');
  const fields = {
    contacts: settings.fields.contact,
    companies: settings.fields.company,
    deals: settings.fields.deal,
    tickets: settings.fields.ticket,
  };
  const transport = await openTransport(context);
  const rateLimiter = new RateLimiter(time, Math.min(context.limits.concurrency, CALLERS));
  const midnight = (): number | undefined =>
    labels.account?.zone?.midnightAfter(context.clock.now());
  const client = await createClient({
    baseUrl,
    apiVersion,
    tokens: tokensOf(settings, `${baseUrl}/oauth/${apiVersion}/token`, transport, context),
    transport,
    rateLimiter,
    clock: context.clock,
    untilMidnightMs: () => {
      const at = midnight();
      return at === undefined ? undefined : at - context.clock.now();
    },
  });
  const requests = createRequests(client, { apiVersion, wanted: requestedProperties(fields) });
  const labels = new Labels(requests, { context, time, fields });
  const profiles = new ProfileMapper(labels, fields);
  const plan = new PersonLookup(requests, new Sections(context), context.limits);
  labels.refresh();

  return {
    maxBatch: BATCH,
    async lookup(email, options) {
      labels.refresh();
      const found = await plan.findOne(email, options);
      if (found === undefined) return undefined;
      await labels.waitForFirstLoad();
      return profiles.person(found);
    },
    async lookupMany(emails, options) {
      labels.refresh();
      const found = await plan.findMany(emails, options);
      if (found.size > 0) await labels.waitForFirstLoad();
      return new Map([...found].map(([email, person]) => [email, profiles.person(person)]));
    },
    async findCompany(domain, options) {
      labels.refresh();
      const companies = await requests.companiesByDomain(domain, options);
      const [oldest] = companies
        .filter(({ properties }) => properties['domain']?.toLowerCase() === domain)
        .sort((a, b) => compareIds(a.id, b.id));
      if (oldest === undefined) return undefined;
      await labels.waitForFirstLoad();
      return profiles.company(oldest);
    },
    check: (options) => checkAccess(requests, fields, options),
    quota: () => rateLimiter.quota(midnight()),
    async close() {
      labels.close();
      await transport.close();
    },
  };
}

function tokensOf(
  { accessToken, auth }: Settings,
  tokenUrl: string,
  transport: Transport,
  { clock, log }: ConnectorContext,
): AccessTokens {
  if (auth === undefined) return staticToken(accessToken ?? '');
  return new OAuthTokens({
    ...auth,
    clock,
    log,
    signIn: async (form) => {
      const headers = {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      };
      const request = { method: 'POST', url: tokenUrl, headers, body: form.toString() };
      const answer = await transport.send(request, 'token', AbortSignal.timeout(SIGN_IN_MS));
      const circumstances = { untilMidnightMs: undefined, retryable: false };
      return parseJsonResponse('token', answer, { now: clock.now(), ...circumstances });
    },
  });
}
