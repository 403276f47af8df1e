/** `npm run emulate -- rest`: a small HTTP API to try the connector with. */
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { restSettings, startRestEmulator, STATIC_TOKEN } from './emulator.ts';

const PORT = 9403;

/** Starts the API, prints a configuration to paste, runs until SIGINT. @param args `--port N`. */
export async function emulate(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
  const api = await startRestEmulator(Number(values.port ?? PORT));
  console.log(restConfiguration(api.url));
  await new Promise((stop) => process.once('SIGINT', stop));
  await api.close();
}

/** @returns a complete configuration, with comments on people to look up. */
export function restConfiguration(url: string): string {
  const yaml = stringify({
    connections: { billing: { connector: 'rest', ...restSettings(url) } },
    tenants: { acme: { keys: ['only-for-trying-it-out'], connections: ['billing'] } },
  });
  return `# A small customer API is emulated at ${url}. Save this as my-bridge.yaml:

${yaml}
# In a second terminal:
#   npm run -s bridge -- check --config my-bridge.yaml --live
#   npm run -s bridge -- lookup acme jane.doe@acme.example --config my-bridge.yaml --trace
#
# Known: jane.doe@acme.example, joe@acme.example, o'brien@books.example, müller@bücher.example
# Ask it yourself:  curl -H 'Authorization: Bearer ${STATIC_TOKEN}' '${url}/api/customers?email=jane.doe@acme.example'`;
}
