/** `check --live`: tries every kind of request a lookup makes, with an id that need not exist. */
import type { CallOptions, CheckResult } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import type { PropertyNames, Requests } from './requests.ts';
import { objectTypes, type ObjectType } from './responses.ts';

const PROBE_ID = '1';

/** @returns what works and what is missing. @throws {HubSpotError} when every request would fail the same way. */
export async function checkAccess(
  requests: Requests,
  fields: PropertyNames,
  options: CallOptions,
): Promise<readonly CheckResult[]> {
  const probe = async (
    what: string,
    consequence: string,
    work: () => Promise<unknown>,
    level: 'warning' | 'error' = 'warning',
  ): Promise<CheckResult> => {
    try {
      await work();
      return { level: 'ok', message: what };
    } catch (error) {
      if (!(error instanceof HubSpotError) || !error.isRequestSpecific) throw error;
      return { level, message: `${what}: ${error.message}; ${consequence}` };
    }
  };
  const probeSection = (type: ObjectType) =>
    probe(`${type} can be read`, `answers will lack ${type}`, async () => {
      await requests.associations(type, [PROBE_ID], options);
      await requests.read(type, [PROBE_ID], options);
    });
  const stages = 'stages are shown by id';

  const readContacts = () => requests.read('contacts', [PROBE_ID], options);
  const contacts = await probe(
    'contacts can be read',
    'no person can be found',
    readContacts,
    'error',
  );
  const others = await Promise.all([
    probeSection('companies'),
    probeSection('deals'),
    probeSection('tickets'),
    probe('owners have names', 'owners are shown by id', () => requests.owners(false, options)),
    probe('deal stages have names', stages, () => requests.pipelines('deals', options)),
    probe('ticket stages have names', stages, () => requests.pipelines('tickets', options)),
    probe('the account is known', 'links are taken from the records', () =>
      requests.account(options),
    ),
    ...(Object.keys(objectTypes) as ObjectType[])
      .filter((type) => fields[type].length > 0)
      .map((type) => checkFields(type, fields[type], requests, options)),
  ]);
  return [contacts, ...others];
}

async function checkFields(
  type: ObjectType,
  names: readonly string[],
  requests: Requests,
  options: CallOptions,
): Promise<CheckResult> {
  const known = new Set((await requests.properties(type, options)).map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length === 0) return { level: 'ok', message: `the fields of ${type} exist` };
  const message = `${type} have no property ${unknown.join(', ')}, or the token may not see it; check fields`;
  return { level: 'warning', message };
}
