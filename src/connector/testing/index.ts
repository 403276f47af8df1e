/** What the test of a connector imports; the package exports it as `snapengage-crm-bridge/testing`. */
export { connectorContext, type ContextOptions, type TestContext } from './context.ts';
export { describeConnector } from './describe-connector.ts';
export type { KnownPerson, Prepared } from './rule.ts';
