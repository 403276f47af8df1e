/** `check --live`: signs in, asks for an address that does not exist, and says what came back. */
import type { CheckResult } from '../../src/connector/index.ts';
import type { Scope } from './expressions.ts';
import type { CompiledRequest, Exchange } from './request.ts';
import type { RequestName, RequestSettings } from './settings.ts';
import { unquotedValues } from './unquoted.ts';

const DOMAIN = 'crm-bridge-check.invalid';
const EMAIL = `unknown@${DOMAIN}`;
const SCOPE: Scope = {
  email: EMAIL,
  emails: [EMAIL],
  domain: DOMAIN,
  contact: { id: '0', email: EMAIL, fields: {} },
  company: { id: '0', fields: {} },
};

export async function checkRequests(
  requests: readonly CompiledRequest[],
  settings: Partial<Readonly<Record<RequestName, RequestSettings>>>,
  exchange: (request: CompiledRequest, scope: Scope) => Promise<Exchange>,
): Promise<readonly CheckResult[]> {
  const unquoted = requests.flatMap(({ name }) => {
    const places = settings[name] === undefined ? [] : unquotedValues(settings[name]);
    return places.map((place): CheckResult => ({
      level: 'warning',
      message: `${name}.${place}: ${UNQUOTED}`,
    }));
  });
  const answers = await Promise.all(
    requests.map(async (request): Promise<CheckResult> => {
      try {
        return describe(request, await exchange(request, SCOPE));
      } catch (error) {
        // Ids are made up here: an API may well refuse them.
        const isMadeUp = ['deals', 'tickets', 'companyById'].includes(request.name);
        const said = `${request.name}: ${(error as Error).message}`;
        return isMadeUp
          ? { level: 'warning', message: `${said}; it was asked for the made-up id 0` }
          : { level: 'error', message: said };
      }
    }),
  );
  return [...answers, ...unquoted];
}

const WRONG_PATH = '; a wrong path may be answered so, too: look up a person you know';
const UNQUOTED =
  'a value stands inside of other text without quotes of its language, and may change what is asked; use "| odata", "| quoted" or "| guid"';

function describe({ name, words }: CompiledRequest, { status, rows }: Exchange): CheckResult {
  const asked = `${name}: asked for an address that does not exist, the API answered ${status}`;
  if (rows === undefined)
    return { level: 'ok', message: `${asked}, which means that there is nothing${WRONG_PATH}` };
  if (rows.length === 0) return { level: 'ok', message: `${asked} with an empty list` };
  const empty = words.filter((word) => rows.every((row) => !row.words.includes(word)));
  const list = `${asked} with ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} of others`;
  if (empty.length === 0) return { level: 'ok', message: `${list}, all words of "map" among them` };
  return { level: 'warning', message: `${list}; no row has a value for ${empty.join(', ')}` };
}
