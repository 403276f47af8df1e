/** The settings of a HubSpot connection. */
import { z } from 'zod';
import { isBareOrigin, isHttpsOrLoopback, tokenText } from '../../src/connector/index.ts';
import { API_VERSIONS } from './hubspot-api.ts';

const secret = tokenText();

const names = z
  .array(z.string().regex(/^[A-Za-z][\w-]*$/, 'expected the internal name of a HubSpot property'))
  .default([])
  .describe('Internal names of properties; templates find them under `fields`.');

export const settings = z
  .strictObject({
    accessToken: secret
      .optional()
      .describe('A service key, or the token of a private app (`pat-…`). This or `auth`.'),
    auth: z
      .strictObject({ clientId: secret, clientSecret: secret, refreshToken: secret })
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

export type Settings = z.infer<typeof settings>;
