/** `emulate salesforce`: an org to try the connector with, by hand. */
import { CLIENT, startSalesforceEmulator } from './emulator.ts';

/**
 * @param options a port of 0 takes any free one.
 * @returns the text to show: what to put into the configuration, whom to ask for, what can be played.
 */
export async function emulate(options: {
  readonly port: number;
}): Promise<{ readonly text: string; close(): Promise<void> }> {
  const emulator = await startSalesforceEmulator({
    port: options.port,
    multiCurrency: true,
    personAccounts: true,
    customFields: {
      Contact: ['Loyalty_Tier__c'],
      Account: ['Support_Plan__c'],
      Lead: ['Webinar__c'],
    },
  });
  const text = `A Salesforce org is emulated at ${emulator.url}. A connection to it:

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

People: jane.doe@acme.example, hank.scorpio@globex.example, info@globex.example (three records),
aisha.khan@initech.example (a lead), nora.lind@mail.example (a Person Account); anybody@hooli.example is
unknown, but the company is not.

What it counts:  curl ${emulator.url}/__stats
Break it:        curl ${emulator.url}/__faults -d '{"on":"composite","kind":"hang","times":3}'
                 kinds: hang stall truncate reset maintenance html200 broken-json huge status-401 status-503
                 request-limit redirect …; "on" may be token, composite, describe or *
Mend it:         curl -X DELETE ${emulator.url}/__faults
`;
  return { text, close: () => emulator.close() };
}
