/** `check --live`: the requests that lookups make, for a person, a record and a domain that do not exist. */
import { ConnectorError, type CallOptions, type CheckResult } from '../../src/connector/index.ts';
import { HubSpotError, isRequestSpecific } from './errors.ts';
import type { PropertyNames, Requests } from './requests.ts';
import { objectTypes, type ObjectType } from './responses.ts';
import { sections, sectionTypes } from './sections.ts';

const PROBE_ID = '1';
const PROBE_DOMAIN = 'crm-bridge-check.example';
const PROBE_EMAIL = `check@${PROBE_DOMAIN}`;

/** What to print about one thing to try. */
type Sentences = readonly [works: string, fails: string, consequence: string];

/** @returns what works and what is missing. @throws {ConnectorError} when every request would fail the same way. */
export async function checkAccess(
  requests: Requests,
  fields: PropertyNames,
  options: CallOptions,
): Promise<readonly CheckResult[]> {
  const contacts = await checkContacts(requests, options);
  const section = (type: ObjectType) =>
    probe(
      [`${type} can be read`, `${type} cannot be read`, `answers will lack ${type}`],
      options,
      async () => {
        if (contacts.level === 'ok') await requests.contact(PROBE_EMAIL, 'email', [type], options);
        await requests.associations(type, [PROBE_ID], options);
        await requests.read(type, [PROBE_ID], options);
      },
    );
  const names = (what: string, run: () => Promise<unknown>) =>
    probe([`${what} have names`, `${what} have no names`, 'they are shown by id'], options, run);
  const others = await Promise.all([
    ...sections.map((each) => section(sectionTypes[each])),
    probe(
      [
        'companies can be searched by domain',
        'companies cannot be searched by domain',
        'an unknown person has no company',
      ],
      options,
      () => requests.companiesByDomain([PROBE_DOMAIN], options),
    ),
    names('owners', async () => {
      await requests.owners(false, options);
      await requests.owners(true, options);
    }),
    names('deal stages', () => requests.pipelines('deals', options)),
    names('ticket stages', () => requests.pipelines('tickets', options)),
    probe(
      [
        'the account is known',
        'the account is not known',
        'amounts that name no currency, and days, may be shown otherwise than in HubSpot',
      ],
      options,
      () => requests.account(options),
    ),
    ...(Object.keys(objectTypes) as ObjectType[]).map((type) =>
      checkProperties(type, fields[type], requests, options),
    ),
  ]);
  return [contacts, ...others];
}

/**
 * @throws {ConnectorError} for what concerns every request, such as a refused token or a host that is not reached: the
 *   others are not tried.
 */
async function checkContacts(requests: Requests, options: CallOptions): Promise<CheckResult> {
  try {
    await requests.contact(PROBE_EMAIL, 'email', [], options);
    await requests.contactsByEmail([PROBE_EMAIL], options);
    return { level: 'ok', message: 'contacts can be found by e-mail address' };
  } catch (error) {
    if (!(error instanceof HubSpotError) || !isRequestSpecific(error, options.signal)) throw error;
    const message = `contacts cannot be found by e-mail address: ${error.message}; no person can be found`;
    return { level: 'error', message };
  }
}

function checkProperties(
  type: ObjectType,
  names: readonly string[],
  requests: Requests,
  options: CallOptions,
): Promise<CheckResult> {
  return probe(
    [
      names.length > 0 ? `the fields of ${type} exist` : `the properties of ${type} are known`,
      `the properties of ${type} are not known`,
      'fields are not checked, and options are shown by their codes',
    ],
    options,
    async () => {
      const known = await requests.properties(type, options);
      const unknown = names.filter((name) => !known.has(name));
      if (unknown.length === 0) return undefined;
      return `${type} have no property ${unknown.join(', ')}, or the token may not see it; check fields`;
    },
  );
}

/** @param run may return a warning. */
async function probe(
  [works, fails, consequence]: Sentences,
  { signal }: CallOptions,
  run: () => Promise<unknown>,
): Promise<CheckResult> {
  try {
    const warning = await run();
    return typeof warning === 'string'
      ? { level: 'warning', message: warning }
      : { level: 'ok', message: works };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    // An error of every request in the middle of the check: what else was found is still reported.
    return {
      level: isRequestSpecific(error, signal) ? 'warning' : 'error',
      message: `${fails}: ${error.message}; ${consequence}`,
    };
  }
}
