/** `check --live`: signs in and reports what the org lacks or hides, and whether a lookup works. */
import { ConnectorError, type CheckResult } from '../../src/connector/index.ts';
import { describeRequest, fieldsOf, visibleFields, type Field, type ReadObject } from './fields.ts';
import { findPeople } from './people.ts';
import type { QueryContext } from './query.ts';

/** Unknown everywhere: the top-level domain is reserved (RFC 2606). */
const UNKNOWN_EMAIL = 'crm-bridge-check@nobody.invalid';

/** @throws {ConnectorError} when signing in fails, or Salesforce cannot be reached. */
export async function check(
  context: QueryContext,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const { session } = context;
  const signedIn = { level: 'ok', message: 'signed in' } as const;
  const version = await checkVersion(context, signal);
  if (version.level === 'error') return [signedIn, version];
  const requested = READ_OBJECTS.filter((object) => isRead(context, object)).flatMap((object) =>
    requestedOf(context, object),
  );
  const objects = new Set<string>(requested.map(({ root }) => root));
  const results: CheckResult[] = [];
  try {
    for (const object of objects) {
      results.push(await checkObject(context, object, requested, signal));
      // A description names the objects behind relationships: these are described after it.
      for (const parent of context.hiddenFields.objectsOf(requested)) objects.add(parent);
    }
  } catch (error) {
    // The API as a whole is refused: each object would only repeat it.
    if (!(error instanceof ConnectorError) || error.kind !== 'misconfigured') throw error;
    return [signedIn, version, { level: 'error', message: error.message }];
  }
  context.hiddenFields.publish();
  results.push(await checkLookup(context, signal));
  if (session.quota !== undefined) {
    const { used, limit } = session.quota;
    results.push({ level: 'ok', message: `API calls within 24 hours: ${used} of ${limit} used` });
  }
  return [signedIn, version, ...results];
}

async function checkVersion({ session }: QueryContext, signal: AbortSignal): Promise<CheckResult> {
  const { apiVersion } = session;
  const request = { operation: 'versions', path: '/services/data' };
  const { body } = await session.request(request, signal);
  const versions = Array.isArray(body)
    ? body.map((entry: unknown) => (Object(entry) as { version?: unknown }).version)
    : [];
  if (versions.includes(apiVersion)) {
    return { level: 'ok', message: `API version ${apiVersion} is served` };
  }
  const newest = versions.findLast((version) => typeof version === 'string');
  return {
    level: 'error',
    message: `API version ${apiVersion} is not served by this org; the newest is ${newest ?? 'unknown'}: set apiVersion`,
  };
}

/** @param requested the fields of all objects. */
async function checkObject(
  context: QueryContext,
  object: string,
  requested: readonly RequestedField[],
  signal: AbortSignal,
): Promise<CheckResult> {
  const visible = await describe(context, object, requested, signal);
  if (visible === undefined) {
    // Without contacts every lookup fails; the others only make profiles poorer.
    const level = object === 'Contact' ? 'error' : 'warning';
    return { level, message: `${object}: the Run-As user may not read it: ${howToGrant(object)}` };
  }
  const ofRoot = requested.filter(({ root }) => root === object);
  const isParent = ofRoot.length === 0;
  const own = isParent ? context.hiddenFields.fieldsOn(object, requested) : ofRoot;
  const hidden = own.filter(({ path }) => {
    const [first, last] = [path.split('.')[0], path.split('.').at(-1)];
    return !visible.has(((isParent ? last : first) ?? '').toLowerCase());
  });
  if (hidden.length === 0) {
    return { level: 'ok', message: `${object}: all ${own.length} fields can be read` };
  }
  const names = hidden.map(({ root, path }) => (isParent ? `${root}.${path}` : path));
  return {
    level: hidden.some(({ needed }) => needed) ? 'error' : 'warning',
    message: `${object}: not there, or hidden from the Run-As user: ${names.join(
      ', ',
    )} (check the spelling, and the permission set's field permissions)`,
  };
}

const READ_OBJECTS: readonly ReadObject[] = ['Contact', 'Account', 'Lead', 'Opportunity', 'Case'];

function isRead({ fields }: QueryContext, object: ReadObject): boolean {
  return fields[object.toLowerCase() as Lowercase<ReadObject>] !== false;
}

interface RequestedField extends Field {
  /** The object that the path starts from. */
  readonly root: ReadObject;
}

/** The fields to read and those of conditions, which cannot be omitted. */
function requestedOf(context: QueryContext, root: ReadObject): readonly RequestedField[] {
  const fields = fieldsOf(root, { ...context, features: context.features.present });
  const condition = context.where[root.toLowerCase() as Lowercase<ReadObject>];
  const paths = [...(condition?.fields ?? []), ...(root === 'Lead' ? ['IsConverted'] : [])];
  const needed = new Set(paths.map((path) => path.toLowerCase()));
  const optional = fields.filter(({ path }) => !needed.has(path.toLowerCase()));
  const unique = new Map(paths.map((path) => [path.toLowerCase(), path]));
  const conditions = [...unique.values()].map((path) => ({ path, object: root, needed: true }));
  return [...optional, ...conditions].map((field) => ({ ...field, root }));
}

/** What it learns, lookups need not find out. @returns `undefined` when the user may not read the object. */
async function describe(
  { session, hiddenFields }: QueryContext,
  object: string,
  requested: readonly Field[],
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const request = describeRequest(object);
  const { results } = await session.composite([request], signal);
  const result = results.get(request.name);
  if (result?.ok !== true) {
    if (result?.error.kind === 'misconfigured' || result === undefined) return undefined;
    throw result.error;
  }
  const visible = visibleFields(result.body);
  hiddenFields.recordUnlisted(object, result.body, requested);
  hiddenFields.restoreListed(object, result.body);
  if (visible !== undefined) return visible;
  throw new ConnectorError('bad_response', `Salesforce, ${object}: the description is not valid`);
}

async function checkLookup(context: QueryContext, signal: AbortSignal): Promise<CheckResult> {
  try {
    await findPeople(context, [UNKNOWN_EMAIL], signal);
    return { level: 'ok', message: 'a lookup works' };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { level: 'error', message: `a lookup fails: ${error.message}` };
  }
}

function howToGrant(object: string): string {
  const isOptional = ['Lead', 'Opportunity', 'Case'].includes(object);
  const omit = isOptional ? `, or set fields.${object.toLowerCase()}: false` : '';
  return `give its permission set Read on the object${omit}`;
}
