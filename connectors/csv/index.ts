import { csvConnector } from './connector.ts';

export default csvConnector();
