/** HubSpot: people, companies, deals and tickets through `@hubspot/api-client`. Set-up: docs/hubspot.md. */
import type { ConnectorModule } from '../../src/connector/index.ts';
import { openConnection } from './connection.ts';
import { settings, type Settings } from './settings.ts';
import { realTime } from './time.ts';

const hubspot: ConnectorModule<Settings> = {
  settings,
  open: (checked, context) => openConnection(checked, context, realTime),
};

export default hubspot;
