/** `npm run emulate -- salesforce`: an org to try the bridge with. */
import { parseArgs } from 'node:util';
import { CLIENT, startSalesforceEmulator } from './emulator.ts';

const PORT = 9402;

/** Starts the org, prints a connection to paste, runs until SIGINT. @param args `--port N`. */
export async function emulate(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
  const { text, close } = await startOrg(Number(values.port ?? PORT));
  console.log(text);
  await new Promise((stop) => process.once('SIGINT', stop));
  await close();
}

/** @returns the text to show: what to put into the configuration, people to look up, faults to play. */
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
  const text = `# A Salesforce org is emulated at ${emulator.url}. A connection to it:

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

# Known: jane.doe@acme.example, hank.scorpio@globex.example, info@globex.example (three records),
# aisha.khan@initech.example (a lead), nora.lind@mail.example (a Person Account).
# Unknown, with a company that is not: anybody@hooli.example
#
# What it counts:  curl ${emulator.url}/__stats
# Break it:        curl ${emulator.url}/__faults -d '{"on":"composite","kind":"hang","times":3}'
#                  "on": token, composite, describe or *; "kind": hang, stall, truncate, reset, maintenance,
#                  html200, broken-json, huge, redirect, status-401, status-429, status-503, request-limit
# Mend it:         curl -X DELETE ${emulator.url}/__faults`;
  return { text, close: () => emulator.close() };
}
