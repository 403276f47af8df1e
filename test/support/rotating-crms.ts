/** An emulator of each CRM whose refresh token is replaced with every use, and the connection to it. */
import { CLIENT as REST_CLIENT, restSettings, startRestEmulator } from './rest/emulator.ts';
import { people } from './hubspot/people.ts';
import { startHubSpotEmulator } from './hubspot/emulator.ts';
import { CLIENT as SALESFORCE_CLIENT, startSalesforceEmulator } from './salesforce/emulator.ts';

export interface RotatingCrm {
  /** The settings of the connection; YAML reads JSON. */
  readonly connection: string;
  /** A known person. */
  readonly email: string;
  /** How many access tokens were issued. */
  issued(): number;
  /** No access token is good any more. */
  expire(): void;
  close(): Promise<void>;
}

export const ROTATING_CRMS: Readonly<Record<string, () => Promise<RotatingCrm>>> = {
  async hubspot() {
    const emulator = await startHubSpotEmulator();
    const auth = { clientId: 'client-7', clientSecret: 'secret-7', refreshToken: 'refresh-7' };
    const { tokens } = emulator.gateway;
    tokens.app = { ...auth, expiresIn: 1800, rotation: true };
    return {
      connection: JSON.stringify({ connector: 'hubspot', baseUrl: emulator.url, auth }),
      email: people.maria,
      issued: () => tokens.issued,
      expire: () => tokens.expireAll(),
      close: () => emulator.close(),
    };
  },
  async salesforce() {
    const emulator = await startSalesforceEmulator({ rotation: true });
    const { clientId, clientSecret, refreshToken } = SALESFORCE_CLIENT;
    const auth = { flow: 'refreshToken', clientId, clientSecret, refreshToken };
    return {
      connection: JSON.stringify({ connector: 'salesforce', loginUrl: emulator.url, auth }),
      email: 'jane.doe@acme.example',
      issued: () => emulator.oauth.issued,
      expire: () => emulator.oauth.expireSessions(),
      close: () => emulator.close(),
    };
  },
  async rest() {
    const emulator = await startRestEmulator();
    return {
      connection: restConnection(emulator.url),
      email: 'jane.doe@acme.example',
      issued: emulator.issued,
      expire: () => emulator.tokens.clear(),
      close: () => emulator.close(),
    };
  },
};

/** @param url of the emulator. */
export function restConnection(url: string): string {
  const oauth2 = { tokenUrl: `${url}/oauth/token`, ...REST_CLIENT, refreshToken: 'refresh-0' };
  return JSON.stringify({ connector: 'rest', ...restSettings(url), auth: { oauth2 } });
}
