/** The settings of a `connector: salesforce` connection. */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';

const text = z.string().min(1, 'must not be empty');

const clientCredentials = z.strictObject({
  flow: z.literal('clientCredentials'),
  clientId: text.describe("The External Client App's consumer key"),
  clientSecret: text,
});

const jwtBearer = z.strictObject({
  flow: z.literal('jwtBearer'),
  clientId: text,
  username: text.describe('The user the bridge acts as, approved for the app beforehand'),
  privateKey: text
    .refine(
      isRsaKey,
      'expected an RSA private key in PEM form, without a pass phrase; from a file: ${file:PATH}',
    )
    .describe('The key whose certificate the app holds, as PEM'),
  audience: text
    .optional()
    .describe('https://login.salesforce.com or https://test.salesforce.com, chosen by loginUrl'),
});

const refreshToken = z.strictObject({
  flow: z.literal('refreshToken'),
  clientId: text,
  clientSecret: text.optional(),
  refreshToken: text,
  tokenFile: text
    .optional()
    .describe('Where the newest refresh token is kept when the app rotates them'),
});

const fieldName = z
  .string()
  .max(120)
  .regex(
    /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)?$/,
    'expected the API name of a field, such as Loyalty_Tier__c, or of a parent’s field, such as Region__r.Name',
  );
const fieldNames = z.array(fieldName).max(100).default([]);
const optionalObject = z
  .union([fieldNames, z.literal(false)])
  .default([])
  .describe('API names of fields; false: never ask for these records');

const fields = z.strictObject({
  contact: fieldNames,
  account: fieldNames,
  lead: optionalObject,
  opportunity: optionalObject,
  case: optionalObject,
});

export const settings = z
  .strictObject({
    loginUrl: z
      .string()
      .superRefine(checkLoginUrl)
      .describe("The org's My Domain address, https://NAME.my.salesforce.com"),
    apiVersion: z
      .string({ error: 'expected a version in quotes, such as "67.0"' })
      .regex(/^[1-9][0-9]{1,2}\.0$/, 'expected a version such as "67.0"')
      .default('67.0'),
    auth: z.discriminatedUnion('flow', [clientCredentials, jwtBearer, refreshToken], {
      error: 'expected flow: clientCredentials, jwtBearer or refreshToken',
    }),
    fields: fields.prefault({}),
  })
  .superRefine(({ loginUrl, auth }, context) => {
    if (auth.flow !== 'clientCredentials' || !SHARED_HOSTS.has(host(loginUrl))) return;
    context.addIssue({
      code: 'custom',
      path: ['loginUrl'],
      message:
        "clientCredentials works only on the org's own address, https://NAME.my.salesforce.com (Setup > My Domain)",
    });
  });

export type Settings = z.output<typeof settings>;
export type Auth = Settings['auth'];
export type FieldLists = Settings['fields'];

/** Sign-in pages for every org; Salesforce gives no client credentials tokens there. */
const SHARED_HOSTS: ReadonlySet<string> = new Set(['login.salesforce.com', 'test.salesforce.com']);

/** `http:` only where nobody can listen: on this machine. */
export function isSafeOrigin(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** @returns the API's address that belongs to a page of the Lightning interface, if it is one. */
export function apiHostOf(hostname: string): string | undefined {
  const pages = /^(.+)\.(?:lightning\.force|my\.salesforce-setup)\.com$/.exec(hostname);
  return pages?.[1] === undefined ? undefined : `${pages[1]}.my.salesforce.com`;
}

function checkLoginUrl(value: string, context: z.RefinementCtx): void {
  const problem = loginUrlProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
}

function loginUrlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return 'expected an address such as https://NAME.my.salesforce.com';
  const url = new URL(value);
  const apiHost = apiHostOf(url.hostname);
  if (apiHost !== undefined) {
    return `this is where the pages are; the API is at https://${apiHost} (Setup > My Domain)`;
  }
  if (!isSafeOrigin(url)) return 'expected https:// (http:// only on this machine, 127.0.0.1)';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return `expected the bare address ${url.origin}, without a path`;
  }
  return undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function host(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
