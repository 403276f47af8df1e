/** `check --live`: signs in and says what the org does not have or hides, and whether a lookup works. */
import { ConnectorError, type CheckResult } from '../../src/connector/index.ts';
import { visibleFields } from './describe.ts';
import { fieldsOf, type ReadObject } from './fields.ts';
import { findPeople, type PeopleOptions } from './people.ts';

/** Nobody can have it: the top-level domain is reserved (RFC 2606). */
const NOBODY = 'crm-bridge-check@nobody.invalid';

/** @throws {ConnectorError} when signing in fails, or the CRM can't be asked at all. */
export async function check(
  options: PeopleOptions,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const version = await checkVersion(options, signal);
  if (version.level === 'error') return [SIGNED_IN, version];
  const objects: CheckResult[] = [];
  for (const object of wantedObjects(options)) {
    objects.push(...(await checkObject(options, object, signal)));
  }
  const lookup = await checkLookup(options, signal);
  return [SIGNED_IN, version, ...objects, lookup, ...quotaOf(options)];
}

const SIGNED_IN: CheckResult = { level: 'ok', message: 'signed in' };

async function checkVersion({ asker }: PeopleOptions, signal: AbortSignal): Promise<CheckResult> {
  const { body } = await asker.session.request(
    { operation: 'versions', path: '/services/data' },
    signal,
  );
  const versions = Array.isArray(body)
    ? body.map((entry: unknown) => (Object(entry) as { version?: unknown }).version)
    : [];
  if (versions.includes(asker.apiVersion)) {
    return { level: 'ok', message: `API version ${asker.apiVersion} is served` };
  }
  const newest = versions.findLast((version) => typeof version === 'string');
  return {
    level: 'error',
    message: `API version ${asker.apiVersion} is not served by this org; the newest is ${newest ?? 'unknown'}: set apiVersion`,
  };
}

function wantedObjects({ wanted: { fields } }: PeopleOptions): readonly ReadObject[] {
  return [
    'Contact',
    'Account',
    ...(fields.lead === false ? [] : (['Lead'] as const)),
    ...(fields.opportunity === false ? [] : (['Opportunity'] as const)),
    ...(fields.case === false ? [] : (['Case'] as const)),
  ];
}

async function checkObject(
  { asker, wanted }: PeopleOptions,
  object: ReadObject,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const visible = await describe({ asker, wanted }, object, signal);
  if (visible === undefined) {
    // Without contacts nobody is ever found; the rest only makes answers poorer.
    const level = object === 'Contact' ? 'error' : 'warning';
    return [
      { level, message: `${object}: the Run-As user may not read it: ${howToGrant(object)}` },
    ];
  }
  const asked = fieldsOf(object, wanted.fields, asker.features.present);
  const hidden = asked.filter(({ path }) => !visible.has(firstPart(path)));
  const needed = hidden.filter((field) => field.needed);
  if (hidden.length === 0) {
    return [{ level: 'ok', message: `${object}: all ${asked.length} fields can be read` }];
  }
  return [
    {
      level: needed.length > 0 ? 'error' : 'warning',
      message: `${object}: not there, or hidden from the Run-As user: ${hidden
        .map(({ path }) => path)
        .join(', ')} (check the spelling, and the permission set's field permissions)`,
    },
  ];
}

/** @returns `undefined` when the user may not read the object. */
async function describe(
  { asker }: PeopleOptions,
  object: ReadObject,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const { body } = await asker.session.request(
      { operation: 'describe', path: `/sobjects/${object}/describe` },
      signal,
    );
    const visible = visibleFields(body);
    if (visible !== undefined) return visible;
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'misconfigured') return undefined;
    throw error;
  }
  throw new ConnectorError('bad_response', `Salesforce, ${object}: no description`);
}

async function checkLookup(options: PeopleOptions, signal: AbortSignal): Promise<CheckResult> {
  try {
    await findPeople(options, [NOBODY], signal);
    return { level: 'ok', message: 'a lookup works' };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { level: 'error', message: `a lookup fails: ${error.message}` };
  }
}

function quotaOf({ asker }: PeopleOptions): readonly CheckResult[] {
  const { quota } = asker.session;
  if (quota === undefined) return [];
  return [
    { level: 'ok', message: `API calls within 24 hours: ${quota.used} of ${quota.limit} used` },
  ];
}

function howToGrant(object: ReadObject): string {
  const optional = { Lead: 'lead', Opportunity: 'opportunity', Case: 'case' } as const;
  const grant = 'give its permission set Read on the object';
  return object in optional
    ? `${grant}, or set fields.${optional[object as keyof typeof optional]}: false`
    : grant;
}

function firstPart(path: string): string {
  return (path.split('.')[0] ?? '').toLowerCase();
}
