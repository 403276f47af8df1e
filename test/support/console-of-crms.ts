/** A browser and a service on both emulated CRMs, for the tests of one tab of the console. */
import type { Browser } from 'playwright-core';
import { startBrowser } from './browser.ts';
import { hubspotYaml, salesforceYaml } from './crm-yaml.ts';
import { startHubSpotEmulator, type HubSpotEmulator } from './hubspot/emulator.ts';
import { startSalesforceEmulator, type SalesforceEmulator } from './salesforce/emulator.ts';
import { startService, type Service, type ServiceOptions } from './service.ts';

export interface ConsoleOfCrms {
  readonly browser: Browser;
  readonly service: Service;
  readonly salesforce: SalesforceEmulator;
  readonly hubspot: HubSpotEmulator;
  close(): Promise<unknown>;
}

/**
 * To be called in `before`. Skips the tests where no Chromium is installed.
 * @param files of the service, with the connections to the CRMs as they stand in YAML.
 */
export async function startConsoleOfCrms(
  context: Mocha.Context,
  files: (connections: {
    readonly sales: string;
    readonly marketing: string;
  }) => ServiceOptions['files'],
): Promise<ConsoleOfCrms> {
  const browser = await startBrowser(context);
  const [salesforce, hubspot] = await Promise.all([
    startSalesforceEmulator(),
    startHubSpotEmulator(),
  ]);
  const connections = { sales: salesforceYaml(salesforce), marketing: hubspotYaml(hubspot) };
  const service = await startService({ files: files(connections) });
  const close = () =>
    Promise.all([browser.close(), service.close(), salesforce.close(), hubspot.close()]);
  return { browser, service, salesforce, hubspot, close };
}
