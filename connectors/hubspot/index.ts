/** HubSpot: people, companies, deals and tickets through `@hubspot/api-client`. Set-up: docs/hubspot.md. */
import { z } from 'zod';
import {
  emailForms,
  isBareOrigin,
  isHttpsOrLoopback,
  openHttpPool,
  tokenText,
  type Connector,
  type ConnectorContext,
  type ConnectorModule,
  type LookupOptions,
  type PersonRecord,
} from '../../src/connector/index.ts';
import { fixedToken, openAccessTokens } from './access-token.ts';
import { checkAccess } from './check.ts';
import { createClient } from './client.ts';
import { API_VERSIONS } from './hubspot-api.ts';
import { Labels } from './labels.ts';
import { PersonLookup, type FindOptions } from './person-lookup.ts';
import { ProfileMapper, requestedProperties, type RawPerson } from './profile.ts';
import { RateLimiter, realTime, type Time } from './rate-limiter.ts';
import { createRequests, MAX_BATCH } from './requests.ts';
import { companyOfDomain, Sections } from './sections.ts';

const names = z
  .array(z.string().regex(/^[A-Za-z][\w-]*$/, 'expected the internal name of a HubSpot property'))
  .default([])
  .describe('Internal names of properties; templates find them under `fields`.');

const settings = z
  .strictObject({
    accessToken: tokenText()
      .optional()
      .describe('A service key, or the token of a private app (`pat-…`). This or `auth`.'),
    auth: z
      .strictObject({
        clientId: tokenText(),
        clientSecret: tokenText(),
        refreshToken: tokenText(),
      })
      .optional()
      .describe('An OAuth app. This or `accessToken`.'),
    baseUrl: z
      .string()
      .refine(
        (url) => isBareOrigin(url) && isHttpsOrLoopback(url),
        'expected https://… without a path (http:// on this machine only)',
      )
      .default('https://api.hubapi.com'),
    apiVersion: z
      .string()
      .regex(API_VERSIONS, 'expected a release such as 2026-09, or v3')
      .default('2026-09')
      .describe('A release of the HubSpot API, or `v3` for the paths that end in September 2027.'),
    fields: z
      .strictObject({ contact: names, company: names, deal: names, ticket: names })
      .prefault({}),
  })
  .refine(({ accessToken, auth }) => (accessToken === undefined) !== (auth === undefined), {
    message: 'expected either accessToken or auth',
    path: ['accessToken'],
  });

type Settings = z.infer<typeof settings>;

/** @param time that of a test. */
async function open(
  { accessToken = '', auth, apiVersion, ...options }: Settings,
  context: ConnectorContext,
  time: Time = realTime,
): Promise<Connector> {
  const { clock } = context;
  const baseUrl = options.baseUrl.replace(/\/$/, '');
  const fields = {
    contacts: options.fields.contact,
    companies: options.fields.company,
    deals: options.fields.deal,
    tickets: options.fields.ticket,
  };
  // Called during requests only, when `labels` below is there: labels need the client, and the client the midnight.
  const midnight = (): number | undefined => labels.account?.zone?.midnightAfter(clock.now());

  // HubSpot's support finds a request by this id.
  const pool = await openHttpPool(context, { correlationHeader: 'x-hubspot-correlation-id' });
  const tokenEndpoint = { url: `${baseUrl}/oauth/${apiVersion}/token`, pool };
  const tokens =
    auth === undefined ? fixedToken(accessToken) : openAccessTokens(auth, tokenEndpoint, context);
  const rateLimiter = new RateLimiter(time);
  const server = { baseUrl, apiVersion, tokens, pool };
  const client = await createClient({ ...server, rateLimiter, clock, midnight });
  const requests = createRequests(client, { apiVersion, properties: requestedProperties(fields) });
  const labels = new Labels(requests, fields, context, time);
  const profiles = new ProfileMapper(labels, fields);
  const people = new PersonLookup(requests, new Sections(context), context.limits);
  labels.refresh();

  async function shownPerson(person: RawPerson): Promise<PersonRecord> {
    await labels.waitForFirstLoad();
    return withLabels(person);
  }

  function withLabels(person: RawPerson): PersonRecord {
    const { mapped, isProvisional, missing } = labels.track(() => profiles.person(person));
    return {
      ...mapped,
      missing: [...person.missing, ...missing],
      ...(isProvisional ? { provisional: true } : {}),
    };
  }

  const rawOptions = ({ signal, onPartial }: LookupOptions): FindOptions => ({
    signal,
    onPartial: (email, read) =>
      onPartial?.(email, () => {
        const raw = read();
        return raw && withLabels(raw);
      }),
  });

  return {
    maxBatch: MAX_BATCH,
    pauseMs: () => rateLimiter.pauseMs(),
    async lookup(email, options) {
      labels.refresh();
      const person = await people.findOne(email, rawOptions(options));
      return person && (await shownPerson(person));
    },
    async lookupMany(emails, options) {
      labels.refresh();
      const found = await people.findMany(emails, rawOptions(options));
      const shown = [...found].map(
        async ([email, person]) =>
          [email, person instanceof Error ? person : await shownPerson(person)] as const,
      );
      return new Map(await Promise.all(shown));
    },
    async findCompany(domain, { signal }) {
      labels.refresh();
      const companies = await requests.companiesByDomain(emailForms(domain), { signal });
      const found = companyOfDomain(companies, domain);
      if (found === undefined) return undefined;
      await labels.waitForFirstLoad();
      const { mapped, isProvisional } = labels.track(() => profiles.company(found));
      return isProvisional ? { ...mapped, provisional: true } : mapped;
    },
    ready: ({ signal }) => labels.ready({ signal }),
    check: ({ signal }) => checkAccess(requests, fields, { signal }),
    quota: () => rateLimiter.quota(midnight()),
    async close() {
      labels.close();
      await pool.close();
    },
  };
}

export default { settings, open } satisfies ConnectorModule<Settings>;
