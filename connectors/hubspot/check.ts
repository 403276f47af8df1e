/** What `check --live` tries: every kind of request a lookup makes, with ids that nobody has. */
import type { CallOptions, CheckResult } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import type { Requests } from './requests.ts';
import { objectTypes, type ObjectType } from './responses.ts';

/** An id as HubSpot writes them; whether it exists does not matter. */
const ANY_ID = '1';

/** @returns what works and what is missing. @throws {HubSpotError} when there is no use in going on. */
export async function checkAccess(
  requests: Requests,
  fields: Readonly<Record<ObjectType, readonly string[]>>,
  options: CallOptions,
): Promise<readonly CheckResult[]> {
  const attempt = async (
    what: string,
    consequence: string,
    level: 'warning' | 'error',
    work: () => Promise<unknown>,
  ): Promise<CheckResult> => {
    try {
      await work();
      return { level: 'ok', message: what };
    } catch (error) {
      if (!(error instanceof HubSpotError) || isHopeless(error)) throw error;
      return { level, message: `${what}: ${error.message}; ${consequence}` };
    }
  };

  const contacts = await attempt('contacts can be read', 'nobody can be found', 'error', () =>
    requests.read('contacts', [ANY_ID], options),
  );
  const sections = (['companies', 'deals', 'tickets'] as const).map((type) =>
    attempt(`${type} can be read`, `answers will lack ${type}`, 'warning', async () => {
      await requests.associations(type, [ANY_ID], options);
      await requests.read(type, [ANY_ID], options);
    }),
  );
  const names = [
    attempt('owners have names', 'owners are shown by id', 'warning', () =>
      requests.owners(false, options),
    ),
    attempt('deal stages have names', 'stages are shown by id', 'warning', () =>
      requests.pipelines('deals', options),
    ),
    attempt('ticket stages have names', 'stages are shown by id', 'warning', () =>
      requests.pipelines('tickets', options),
    ),
    attempt('the account is known', 'links are those of the records', 'warning', () =>
      requests.account(options),
    ),
  ];
  const own = (Object.keys(objectTypes) as ObjectType[])
    .filter((type) => fields[type].length > 0)
    .map((type) => checkFields(type, fields[type], requests, options));
  return [contacts, ...(await Promise.all([...sections, ...names, ...own]))];
}

async function checkFields(
  type: ObjectType,
  names: readonly string[],
  requests: Requests,
  options: CallOptions,
): Promise<CheckResult> {
  const known = new Set((await requests.properties(type, options)).map(({ name }) => name));
  const absent = names.filter((name) => !known.has(name));
  return absent.length === 0
    ? { level: 'ok', message: `the fields of ${type} exist` }
    : {
        level: 'warning',
        message: `${type} have no property ${absent.join(', ')}, or the token may not see it; check fields`,
      };
}

/** Every further request would end the same way. */
function isHopeless({ kind }: HubSpotError): boolean {
  return kind === 'auth' || kind === 'timeout' || kind === 'rate_limited' || kind === 'quota';
}
