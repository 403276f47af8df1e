/** What else a user could take: the programs in `rivals/`. */
import { join } from 'node:path';
import { TOKEN } from '../test/support/hubspot/door.ts';
import { CLIENT } from '../test/support/salesforce/emulator.ts';
import type { Crm } from './crm.ts';
import { freePort, type Program } from './under-test.ts';
import { KEY } from './visitors.ts';

export const BYTES = 'raw socket, constant bytes';
export const NODE_HTTP = '(a) bare node:http';
export const EXPRESS = '(b) bare Express 5';
export const BY_HAND = '(c) written by hand';

/** @param text what it always answers. */
export async function constant(
  name: typeof BYTES | typeof NODE_HTTP | typeof EXPRESS,
  text: string,
): Promise<Program> {
  const scripts = { [BYTES]: 'bytes.ts', [NODE_HTTP]: 'node-http.ts', [EXPRESS]: 'express.ts' };
  const words = [rivalScript(scripts[name])];
  return { name, words, port: await freePort(), env: { TEXT: text } };
}

/** @param ttl of its cache, in milliseconds. */
export async function byHand({ kind, url }: Crm, ttl = 5 * 60_000): Promise<Program> {
  const env = {
    KEY,
    CACHE_TTL: `${ttl}`,
    CRM_URL: url,
    CLIENT_ID: CLIENT.clientId,
    CLIENT_SECRET: CLIENT.clientSecret,
    HUBSPOT_TOKEN: TOKEN,
  };
  const words = [rivalScript(`by-hand-${kind}.ts`)];
  return { name: BY_HAND, words, port: await freePort(), env };
}

function rivalScript(file: string): string {
  return join(import.meta.dirname, 'rivals', file);
}
