/** `check --live`: tries every kind of request a lookup makes, with an id that need not exist. */
import type { CallOptions, CheckResult } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import type { Requests } from './requests.ts';
import { objectTypes, type ObjectType } from './responses.ts';

const PROBE_ID = '1';

/** @returns what works and what is missing. @throws {HubSpotError} when every request would fail the same way. */
export async function checkAccess(
  requests: Requests,
  fields: Readonly<Record<ObjectType, readonly string[]>>,
  options: CallOptions,
): Promise<readonly CheckResult[]> {
  const probe = async (
    what: string,
    consequence: string,
    level: 'warning' | 'error',
    work: () => Promise<unknown>,
  ): Promise<CheckResult> => {
    try {
      await work();
      return { level: 'ok', message: what };
    } catch (error) {
      if (!(error instanceof HubSpotError) || concernsEveryRequest(error)) throw error;
      return { level, message: `${what}: ${error.message}; ${consequence}` };
    }
  };

  const contacts = await probe('contacts can be read', 'no person can be found', 'error', () =>
    requests.read('contacts', [PROBE_ID], options),
  );
  const sections = (['companies', 'deals', 'tickets'] as const).map((type) =>
    probe(`${type} can be read`, `answers will lack ${type}`, 'warning', async () => {
      await requests.associations(type, [PROBE_ID], options);
      await requests.read(type, [PROBE_ID], options);
    }),
  );
  const names = [
    probe('owners have names', 'owners are shown by id', 'warning', () =>
      requests.owners(false, options),
    ),
    probe('deal stages have names', 'stages are shown by id', 'warning', () =>
      requests.pipelines('deals', options),
    ),
    probe('ticket stages have names', 'stages are shown by id', 'warning', () =>
      requests.pipelines('tickets', options),
    ),
    probe('the account is known', 'links are taken from the records', 'warning', () =>
      requests.account(options),
    ),
  ];
  const fieldChecks = (Object.keys(objectTypes) as ObjectType[])
    .filter((type) => fields[type].length > 0)
    .map((type) => checkFields(type, fields[type], requests, options));
  return [contacts, ...(await Promise.all([...sections, ...names, ...fieldChecks]))];
}

async function checkFields(
  type: ObjectType,
  names: readonly string[],
  requests: Requests,
  options: CallOptions,
): Promise<CheckResult> {
  const known = new Set((await requests.properties(type, options)).map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  return unknown.length === 0
    ? { level: 'ok', message: `the fields of ${type} exist` }
    : {
        level: 'warning',
        message: `${type} have no property ${unknown.join(', ')}, or the token may not see it; check fields`,
      };
}

function concernsEveryRequest({ kind }: HubSpotError): boolean {
  return kind === 'auth' || kind === 'timeout' || kind === 'rate_limited' || kind === 'quota';
}
