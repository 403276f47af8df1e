/** What else a user could take: the programs in `rivals/`. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { TOKEN } from '../test/support/hubspot/gateway.ts';
import { CLIENT } from '../test/support/salesforce/emulator.ts';
import type { Crm } from './crm.ts';
import { freePort, type Program } from './under-test.ts';
import { KEY } from './visitors.ts';

export const BYTES = 'raw socket, constant bytes';
export const NODE_HTTP = '(a) bare node:http';
export const EXPRESS = '(b) bare Express 5';
export const EXPRESS_TUNED = "(b') Express 5, tuned";
export const BY_HAND = '(c) written by hand';
export const RELAY = '(d) bare relay';

const SCRIPTS = {
  [BYTES]: 'bytes.ts',
  [NODE_HTTP]: 'node-http.ts',
  [EXPRESS]: 'express.ts',
  [EXPRESS_TUNED]: 'express-tuned.ts',
} as const;

/** Explains them to readers of the tables. */
export const RIVALS: Readonly<Record<string, string>> = {
  [BYTES]: 'the same bytes for whatever comes, HTTP is not read: the limit of machine and load.',
  [NODE_HTTP]: "a constant text by Node's own HTTP server.",
  [EXPRESS]:
    "one route and a constant text with Express' defaults: an ETag of each answer, X-Powered-By, query parser, `res.send`. The product turns these off.",
  [EXPRESS_TUNED]:
    'the same without them: etag, x-powered-by and query parser off, `writeHead` and `end`.',
  [BY_HAND]:
    'what a competent developer writes in an afternoon: Express, lru-cache with a TTL, the client library, a template literal. Its known weaknesses: no time-outs, so a CRM that hangs hangs the agent; no batches, no limit of calls at once, no circuit breaker; what was known is gone after the TTL; one tenant; the key is compared in plain; CRM text goes to the agent as it is; no metrics; changes need a restart.',
  [`${BY_HAND}, Salesforce`]:
    'by jsforce. Three API calls in two rounds for a person; while the CRM is down jsforce repeats each request with growing pauses, so agents wait for a quarter of a minute.',
  [`${BY_HAND}, HubSpot`]:
    "by HubSpot's client with its retries. Up to four API calls in two rounds for a person, all of which count against the limit of ten seconds; no pacing, so a crowd runs into 429, and the client's retries then wait for ten and twenty seconds; stages are shown by their ids, closed deals and tickets are listed too.",
  [RELAY]:
    "the least that anything between the caller and the CRM adds here: Node's own HTTP server, which sends the product's requests to the CRM as they are and answers `done`.",
};

/** @param text what it always answers. */
export async function constant(name: keyof typeof SCRIPTS, text: string): Promise<Program> {
  const words = [rivalScript(SCRIPTS[name])];
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

/** @param url of a database with the table `people`. */
export async function byHandPostgres(url: string): Promise<Program> {
  const env = { KEY, CACHE_TTL: `${5 * 60_000}`, CRM_URL: url };
  const words = [rivalScript('by-hand-postgres.ts')];
  return { name: BY_HAND, words, port: await freePort(), env };
}

export async function relay({ url }: Crm): Promise<Program> {
  const words = [rivalScript('relay.ts')];
  return { name: RELAY, words, port: await freePort(), env: { CRM_URL: url } };
}

/**
 * The same as JavaScript, as a package has it: to strip the types of its sources takes Node 40 ms. Within the
 * checkout, where their libraries are found.
 */
export async function compileRivals<T extends Pick<Program, 'words'>>(
  rivals: readonly T[],
): Promise<readonly T[]> {
  const [from, to] = [join(import.meta.dirname, 'rivals'), join(CACHE, 'rivals')];
  await mkdir(to, { recursive: true });
  for (const file of await readdir(from)) {
    const { outputText } = ts.transpileModule(await readFile(join(from, file), 'utf8'), {
      compilerOptions: { ...COMPILER_OPTIONS, rewriteRelativeImportExtensions: true },
    });
    await writeFile(join(to, asJavaScript(file)), outputText);
  }
  const compiled = (word: string) =>
    dirname(word) === from ? join(to, asJavaScript(basename(word))) : word;
  return rivals.map((rival) => ({ ...rival, words: rival.words.map(compiled) }));
}

const CACHE = join(import.meta.dirname, '../node_modules/.cache/bench');
const COMPILER_OPTIONS = { target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.ESNext };

function asJavaScript(file: string): string {
  return file.replace(/\.ts$/, '.js');
}

function rivalScript(file: string): string {
  return join(import.meta.dirname, 'rivals', file);
}
