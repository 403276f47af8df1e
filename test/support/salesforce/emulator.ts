/**
 * A Salesforce org as a real HTTP server: sign-in, Composite, SOQL with a strict parser, API call counting,
 * and faults on demand. Nothing of it was taken from Salesforce; it follows the REST and SOQL references.
 * Not covered: everything the bridge does not use.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { parseFault } from '../fault-request.ts';
import { FAULT, Faults, play, type Payload } from './faults.ts';
import { OAuth, type OAuthAnswer } from './oauth.ts';
import { makePeople, type Data } from './people.ts';
import { composite, get, versions, VERSIONS, type Rest, type RestAnswer } from './rest.ts';
import { SalesforceError } from './salesforce-error.ts';
import { makeSchema, type SchemaOptions } from './schema.ts';

export interface EmulatorOptions extends SchemaOptions {
  /** 0, the default, takes any free one. */
  readonly port?: number;
  readonly data?: Data;
  /** API calls within 24 hours. */
  readonly limit?: number;
  readonly used?: number;
  /** PEM, for the flow JWT bearer. */
  readonly publicKey?: string;
  readonly rotation?: boolean;
  /** Where the token answer sends its callers; the emulator itself by default. */
  readonly instanceUrl?: () => string;
  /** The user may sign in but not use the API; the code varies. */
  readonly apiDisabled?: 'API_DISABLED_FOR_ORG' | 'API_CURRENTLY_DISABLED';
  /** The time in milliseconds, for the life of assertions. */
  readonly now?: () => number;
}

export interface Stats {
  /** By method and path, such as `POST /services/data/v67.0/composite`. */
  readonly requests: Readonly<Record<string, number>>;
  /** As the org counts them: a composite is one, a sign-in none. */
  readonly apiCalls: number;
  readonly tokensIssued: number;
  readonly tokenRequests: number;
  readonly compositeRequests: number;
  readonly gzippedAnswers: number;
  readonly connectionsOpened: number;
  readonly connectionsOpen: number;
  /** Requests that the other side gave up before the answer was complete. */
  readonly aborted: number;
}

export interface SalesforceEmulator {
  readonly url: string;
  readonly data: Data;
  readonly faults: Faults;
  readonly oauth: OAuth;
  /** SOQL statements in the order they came. */
  readonly statements: readonly string[];
  stats(): Stats;
  /** From now on every statement on the object fails so; `undefined` mends it. */
  failStatements(object: string, error: { status: number; errorCode: string } | undefined): void;
  /** Descriptions of objects fail. */
  failDescriptions(fail: boolean): void;
  /** Makes each description so many bytes longer. */
  padDescriptions(bytes: number): void;
  /** Changes what the integration user may see, and what the org has. */
  setSchema(options: SchemaOptions): void;
  close(): Promise<void>;
}

/** Good for every emulator. */
export const CLIENT = {
  clientId: 'emulated-client',
  clientSecret: 'emulated-secret',
  username: 'integration@acme.example',
  refreshToken: '5Aep861-first',
} as const;

export async function startSalesforceEmulator(
  options: EmulatorOptions = {},
): Promise<SalesforceEmulator> {
  const emulator = new Emulator(options);
  await emulator.listen(options.port ?? 0);
  return emulator;
}

class Emulator implements SalesforceEmulator {
  readonly faults = new Faults();
  readonly oauth: OAuth;
  readonly data: Data;
  readonly statements: string[] = [];
  url = '';
  readonly #server: Server;
  readonly #requests = new Map<string, number>();
  readonly #statementFaults = new Map<string, SalesforceError>();
  readonly #sockets = new Set<Socket>();
  #schema;
  #gzippedAnswers = 0;
  #connectionsOpened = 0;
  #failDescriptions = false;
  #descriptionPadding = 0;
  #apiCalls = 0;
  #aborted = 0;
  readonly #apiDisabled: EmulatorOptions['apiDisabled'];
  readonly #used: number;
  readonly #limit: number;

  constructor(options: EmulatorOptions) {
    this.data = options.data ?? makePeople();
    this.#schema = makeSchema(options);
    this.#apiDisabled = options.apiDisabled;
    this.#used = options.used ?? 0;
    this.#limit = options.limit ?? 15_000;
    this.oauth = new OAuth({
      ...CLIENT,
      publicKey: options.publicKey,
      rotation: options.rotation ?? false,
      instanceUrl: options.instanceUrl ?? (() => this.url),
      url: () => this.url,
      now: options.now ?? Date.now,
    });
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = 0;
    this.#server.on('connection', (socket) => {
      this.#connectionsOpened += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stats(): Stats {
    const count = (end: string) =>
      [...this.#requests].reduce((sum, [path, n]) => sum + (path.endsWith(end) ? n : 0), 0);
    return {
      requests: Object.fromEntries(this.#requests),
      apiCalls: this.#apiCalls,
      tokensIssued: this.oauth.issued,
      tokenRequests: count('/services/oauth2/token'),
      compositeRequests: count('/composite'),
      gzippedAnswers: this.#gzippedAnswers,
      connectionsOpened: this.#connectionsOpened,
      connectionsOpen: this.#sockets.size,
      aborted: this.#aborted,
    };
  }

  failStatements(object: string, error: { status: number; errorCode: string } | undefined): void {
    if (error === undefined) this.#statementFaults.delete(object);
    else {
      this.#statementFaults.set(
        object,
        new SalesforceError(error.status, error.errorCode, 'emulated failure'),
      );
    }
  }

  failDescriptions(fail: boolean): void {
    this.#failDescriptions = fail;
  }

  padDescriptions(bytes: number): void {
    this.#descriptionPadding = bytes;
  }

  setSchema(options: SchemaOptions): void {
    this.#schema = makeSchema(options);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await readBody(request);
    if (url.pathname.startsWith('/__')) {
      this.#control(url, body, response);
      return;
    }
    response.once('close', () => {
      if (!response.writableFinished) this.#aborted += 1;
    });
    const key = `${request.method ?? ''} ${url.pathname}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    const fault = this.faults.take(operationOf(url.pathname));
    if (fault?.delay !== undefined) await new Promise((wait) => setTimeout(wait, fault.delay));
    const payload = this.#answer(request, url, body);
    const sent = fault === undefined ? payload : play(fault.kind, payload, response);
    if (sent !== undefined) this.#send(sent, request, response);
  }

  #answer(request: IncomingMessage, url: URL, body: string): Payload {
    if (url.pathname === '/services/oauth2/token') {
      const form = new URLSearchParams(body);
      return payload(this.oauth.token(form, request.headers.authorization), {});
    }
    if (url.pathname === '/services/data') return payload(versions(), {});
    return payload(this.#rest(request, url, body), {
      'sforce-limit-info': `api-usage=${this.#used + this.#apiCalls}/${this.#limit}`,
    });
  }

  #rest(request: IncomingMessage, url: URL, body: string): RestAnswer {
    const [, token] = /^(?:Bearer|OAuth) (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) return failure(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
    if (!this.oauth.accepts(token)) {
      return failure(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    }
    if (this.#apiDisabled !== undefined) {
      const message =
        this.#apiDisabled === 'API_DISABLED_FOR_ORG'
          ? 'The REST API is not enabled for this Organization.'
          : 'API is disabled for this User';
      return failure(403, this.#apiDisabled, message);
    }
    this.#apiCalls += 1;
    if ((request.url?.length ?? 0) > 16_384) return failure(414, 'URI_TOO_LONG', 'URI too long');
    const [, version, path = ''] = /^\/services\/data\/v(\d+\.\d)(\/.*)?$/.exec(url.pathname) ?? [];
    if (!(VERSIONS as readonly unknown[]).includes(version) || version === undefined) {
      return failure(404, 'NOT_FOUND', 'The requested resource does not exist');
    }
    const rest: Rest = {
      org: { schema: this.#schema, data: this.data, apiVersion: version },
      statementFaults: this.#statementFaults,
      failDescriptions: this.#failDescriptions,
      descriptionPadding: this.#descriptionPadding,
      usage: () => ({ used: this.#used + this.#apiCalls, limit: this.#limit }),
      statements: this.statements,
    };
    return request.method === 'POST' && path === '/composite'
      ? composite(rest, parsed(body))
      : get(rest, path, url.searchParams);
  }

  #send(payload: Payload, request: IncomingMessage, response: ServerResponse): void {
    const { 'x-emulator-gzip': always, ...headers } = payload.headers;
    const accepted = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const encode =
      always !== undefined ||
      (accepted && payload.body.length > 500 && payload.body.length < 1_000_000);
    if (encode) this.#gzippedAnswers += 1;
    const requestId = randomUUID().replaceAll('-', '');
    response.writeHead(payload.status, {
      'x-sfdc-request-id': requestId,
      'x-request-id': requestId,
      'cache-control': 'no-cache,must-revalidate,max-age=0,no-store,private',
      'set-cookie': 'BrowserId=emulated; domain=.salesforce.com; path=/',
      vary: 'Accept-Encoding',
      ...headers,
      ...(encode ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(encode ? gzipSync(payload.body) : payload.body);
  }

  /** `GET /__stats`; `POST /__faults` with a fault as JSON adds it, `DELETE /__faults` clears. */
  #control(url: URL, body: string, response: ServerResponse): void {
    const { method } = response.req;
    const answer = (status: number, value: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(value, null, 2)}\n`);
    };
    if (url.pathname === '/__faults' && method === 'DELETE') this.faults.clear();
    else if (url.pathname === '/__faults' && method === 'POST') {
      const parsed = parseFault(FAULT, body);
      if ('message' in parsed) return answer(400, parsed);
      this.faults.add(parsed.fault);
    }
    answer(200, this.stats());
  }
}

/** `token`, `composite`, `describe`, `query`, `versions` … */
function operationOf(path: string): string {
  if (path === '/services/data') return 'versions';
  return path.split('/').findLast((part) => part !== '') ?? '';
}

function payload(
  { status, body }: OAuthAnswer | RestAnswer,
  headers: Record<string, string>,
): Payload {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function failure(status: number, errorCode: string, message: string): RestAnswer {
  return { status, body: [{ message, errorCode }] };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
