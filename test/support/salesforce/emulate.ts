/** `npm run emulate -- salesforce`: an org to try the bridge with. */
import { parseArgs } from 'node:util';
import { listed } from '../fault-request.ts';
import { CLIENT, startSalesforceEmulator } from './emulator.ts';
import { FAULT_KINDS, FAULT_TARGETS } from './faults.ts';

const PORT = 9402;

/** Starts the org, prints a configuration, runs until SIGINT. @param args `--port N`. */
export async function emulate(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
  const { text, close } = await startOrg(Number(values.port ?? PORT));
  console.log(text);
  await new Promise((stop) => process.once('SIGINT', stop));
  await close();
}

/** @returns the text to show: a complete configuration; in comments people to look up and faults to inject. */
export async function startOrg(
  port: number,
): Promise<{ readonly text: string; readonly close: () => Promise<void> }> {
  const emulator = await startSalesforceEmulator({
    port,
    multiCurrency: true,
    personAccounts: true,
    customFields: {
      Contact: ['Loyalty_Tier__c'],
      Account: ['Support_Plan__c'],
      Lead: ['Webinar__c'],
    },
  });
  const text = `# A Salesforce org is emulated at ${emulator.url}. Save this as my-bridge.yaml:

connections:
  sales:
    connector: salesforce
    loginUrl: ${emulator.url}
    auth:
      flow: clientCredentials
      clientId: ${CLIENT.clientId}
      clientSecret: ${CLIENT.clientSecret}
    fields:
      contact: [Loyalty_Tier__c]
      account: [Support_Plan__c]

tenants:
  acme:
    keys: [only-for-trying-it-out]
    connections: [sales]

# In a second terminal:
#   npm run -s bridge -- check --config my-bridge.yaml --live
#   npm run -s bridge -- lookup acme jane.doe@acme.example --config my-bridge.yaml --trace
#
# Known people: jane.doe@acme.example, hank.scorpio@globex.example,
# info@globex.example (three records), aisha.khan@initech.example (a lead),
# nora.lind@mail.example (a Person Account)
# Unknown person at a known company: new.person@hooli.example
#
# Count requests:   curl ${emulator.url}/__stats
# Inject a fault:   curl ${emulator.url}/__faults -d '{"on":"composite","kind":"hang","times":3}'
${listed('"on":', FAULT_TARGETS)}
${listed('"kind":', FAULT_KINDS)}
# Clear faults:     curl -X DELETE ${emulator.url}/__faults`;
  return { text, close: () => emulator.close() };
}
