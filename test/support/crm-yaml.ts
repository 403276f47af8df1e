/** Connections to the emulators, as they stand in a configuration. */
import { TOKEN, type HubSpotEmulator } from './hubspot/emulator.ts';
import { CLIENT, type SalesforceEmulator } from './salesforce/emulator.ts';

export function salesforceYaml({ url }: Pick<SalesforceEmulator, 'url'>): string {
  const { clientId, clientSecret } = CLIENT;
  const auth = `{ flow: clientCredentials, clientId: ${clientId}, clientSecret: ${clientSecret} }`;
  return `{ connector: salesforce, loginUrl: "${url}", auth: ${auth} }`;
}

export function hubspotYaml({ url }: Pick<HubSpotEmulator, 'url'>): string {
  return `{ connector: hubspot, accessToken: "${TOKEN}", baseUrl: "${url}" }`;
}
