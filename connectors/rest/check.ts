/** `check --live`: signs in, asks for an address that does not exist, and says what came back. */
import type { CheckResult } from '../../src/connector/index.ts';
import type { Scope } from './expressions.ts';
import type { CompiledRequest, Row } from './request.ts';
import type { RequestName } from './settings.ts';

const ADDRESS = 'crm-bridge-check@example.invalid';
const SCOPE: Scope = {
  email: ADDRESS,
  emails: [ADDRESS],
  domain: 'crm-bridge-check.invalid',
  contact: { id: '0' },
  company: { id: '0' },
};

export async function checkRequests(
  requests: Partial<Readonly<Record<RequestName, CompiledRequest>>>,
  ask: (request: CompiledRequest, scope: Scope) => Promise<readonly Row[] | undefined>,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [name, request] of Object.entries(requests)) {
    try {
      const rows = await ask(request, SCOPE);
      const came = rows === undefined ? 'a status of "notFound"' : `${rows.length} rows`;
      results.push({
        level: 'ok',
        message: `${name}: answered with ${came} for an address that does not exist`,
      });
    } catch (error) {
      const { message } = error as Error;
      results.push({ level: 'error', message: `${name}: ${message}` });
    }
  }
  return results;
}
