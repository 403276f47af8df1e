/** The settings of a `connector: salesforce` connection. */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { isBareOrigin, isHttpsOrLoopback, readPem, tokenText } from '../../src/connector/index.ts';
import { parseCondition } from './soql.ts';

const text = z.string().min(1, 'must not be empty');

const clientCredentials = z.strictObject({
  flow: z.literal('clientCredentials'),
  clientId: tokenText().describe("The External Client App's consumer key"),
  clientSecret: tokenText(),
});

const jwtBearer = z.strictObject({
  flow: z.literal('jwtBearer'),
  clientId: tokenText(),
  username: text.describe('The user the bridge acts as, approved for the app beforehand'),
  privateKey: text
    .transform(readPem)
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
  clientId: tokenText(),
  clientSecret: tokenText().optional(),
  refreshToken: tokenText(),
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
  .describe('API names of fields; false: never request these records');

const fields = z.strictObject({
  contact: fieldNames,
  account: fieldNames,
  lead: optionalObject,
  opportunity: optionalObject,
  case: optionalObject,
});

const ownFieldName = z
  .string()
  .max(120)
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected the API name of a field, such as Work_Email__c');
const emailFieldNames = z
  .array(ownFieldName)
  .min(1, 'expected at least one field')
  .max(10)
  .refine(
    (names) => new Set(names.map((name) => name.toLowerCase())).size === names.length,
    'expected each field once',
  )
  .default(['Email'])
  .describe('API names of the fields that may hold the address');
const emailFields = z.strictObject({ contact: emailFieldNames, lead: emailFieldNames });

const condition = z
  .string()
  .max(2000)
  .transform((text, context) => {
    try {
      return parseCondition(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      context.addIssue(`expected a SOQL condition such as IsActive__c = true: ${error.message}`);
      return z.NEVER;
    }
  })
  .optional()
  .describe('A further SOQL condition, such as IsActive__c = true');
const where = z.strictObject({
  contact: condition,
  account: condition,
  lead: condition,
  opportunity: condition,
  case: condition,
});

export const settings = z
  .strictObject({
    loginUrl: z
      .string()
      .superRefine((value, context) => {
        const message = loginUrlProblem(value);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .describe("The org's My Domain address, https://NAME.my.salesforce.com"),
    apiVersion: z
      .string({ error: 'expected a version in quotes, such as "67.0"' })
      .regex(/^[1-9][0-9]{1,2}\.0$/, 'expected a version such as "67.0"')
      .default('67.0'),
    auth: z.discriminatedUnion('flow', [clientCredentials, jwtBearer, refreshToken], {
      error: 'expected flow: clientCredentials, jwtBearer or refreshToken',
    }),
    fields: fields.prefault({}),
    emailFields: emailFields.prefault({}),
    where: where.prefault({}),
  })
  .superRefine(({ loginUrl, auth }, context) => {
    if (auth.flow !== 'clientCredentials' || !SHARED_HOSTS.has(URL.parse(loginUrl)?.hostname ?? ''))
      return;
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
export type Conditions = Settings['where'];

/** Sign-in pages for every org; Salesforce gives no client credentials tokens there. */
const SHARED_HOSTS: ReadonlySet<string> = new Set(['login.salesforce.com', 'test.salesforce.com']);

/** @returns the API's address that belongs to a page of the Lightning interface, if it is one. */
export function apiHostOf(hostname: string): string | undefined {
  const pages = /^(.+)\.(?:lightning\.force|my\.salesforce-setup)\.com$/.exec(hostname);
  return pages?.[1] === undefined ? undefined : `${pages[1]}.my.salesforce.com`;
}

function loginUrlProblem(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null) return 'expected an address such as https://NAME.my.salesforce.com';
  const apiHost = apiHostOf(url.hostname);
  if (apiHost !== undefined) {
    return `this is where the pages are; the API is at https://${apiHost} (Setup > My Domain)`;
  }
  if (!isHttpsOrLoopback(url)) return 'expected https:// (http:// only on this machine, 127.0.0.1)';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  return isBareOrigin(url) ? undefined : `expected the bare address ${url.origin}, without a path`;
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
