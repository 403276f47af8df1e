/** The whole service over every connector the product has: both emulated CRMs and a CSV file. */
import { hubspotYaml, salesforceYaml } from './crm-yaml.ts';
import { startHubSpotEmulator, type HubSpotEmulator } from './hubspot/emulator.ts';
import { people } from './hubspot/people.ts';
import {
  startSalesforceEmulator,
  type EmulatorOptions,
  type SalesforceEmulator,
} from './salesforce/emulator.ts';
import { bridgeYaml, startService, type Service } from './service.ts';

/** A known person of each tenant; a tenant is named after its connection. */
export const KNOWN = {
  sales: 'jane.doe@acme.example',
  marketing: people.maria,
  directory: 'jane.doe@acme.example',
} as const;
export type Crm = keyof typeof KNOWN;

/** Leaving its scope (`await using`) ends all of it. */
export interface AllCrms extends AsyncDisposable {
  readonly service: Service;
  readonly salesforce: SalesforceEmulator;
  readonly hubspot: HubSpotEmulator;
  /** Asks as SnapEngage does, by default for a person in the CRM. @returns the outcome. */
  ask(tenant: Crm, email?: string): Promise<string>;
  /** Asks the ops listener. */
  ops(path: string): Promise<{ readonly type: string; readonly text: string }>;
}

export interface AllCrmsOptions extends EmulatorOptions {
  readonly opsKey?: string;
}

export async function startAllCrms({ opsKey, ...org }: AllCrmsOptions = {}): Promise<AllCrms> {
  await using started = new AsyncDisposableStack();
  const salesforce = started.adopt(await startSalesforceEmulator(org), (one) => one.close());
  const hubspot = started.adopt(await startHubSpotEmulator(), (one) => one.close());
  const service = started.adopt(
    await startService({ files: configuration(salesforce, hubspot, opsKey) }),
    (one) => one.close(),
  );
  const authorization = opsKey === undefined ? {} : { authorization: `Bearer ${opsKey}` };
  const stack = started.move();
  return {
    service,
    salesforce,
    hubspot,
    async ask(name, email = KNOWN[name]) {
      const url = `${service.url}/v1/${name}/contact/${keyOf(name)}?email=${encodeURIComponent(email)}`;
      const answer = await fetch(url);
      await answer.text();
      return answer.headers.get('x-lookup-outcome') ?? `status ${answer.status}`;
    },
    async ops(path) {
      const answer = await fetch(`${service.opsUrl}${path}`, { headers: authorization });
      return { type: answer.headers.get('content-type') ?? '', text: await answer.text() };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function configuration(
  salesforce: SalesforceEmulator,
  hubspot: HubSpotEmulator,
  opsKey: string | undefined,
) {
  const tenant = (name: Crm) =>
    `  ${name}: { keys: [${keyOf(name)}], connections: [${name}], deadline: 2s }`;
  return {
    'people.csv': `email,name\n${KNOWN.directory},Jane Doe\n`,
    'bridge.yaml': withOpsKey(
      bridgeYaml(`
connections:
  sales: ${salesforceYaml(salesforce)}
  marketing: ${hubspotYaml(hubspot)}
  directory: { connector: csv, file: people.csv }
tenants:
${tenant('sales')}
${tenant('marketing')}
${tenant('directory')}
`),
      opsKey,
    ),
  };
}

function keyOf(tenant: Crm): string {
  return `${tenant}-key-0123456789`;
}

function withOpsKey(yaml: string, key: string | undefined): string {
  return key === undefined ? yaml : yaml.replace(/^ops: \{/m, `ops: { key: ${key},`);
}
