/** Lets tests of connectors in any folder import the contract and the packages of this checkout. */
import { allowBridgeImports } from '../../src/config/connectors/connector-imports.ts';

allowBridgeImports('/');
