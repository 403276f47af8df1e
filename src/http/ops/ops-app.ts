/** The application for those who operate the bridge; never exposed to the internet (contract, section 2). */
import { debugLookup } from '../../bridge/debug-lookup.ts';
import express, { type Express, type RequestHandler, type Response } from 'express';
import type { Bridge } from '../../bridge/bridge.ts';
import { normalizeEmail } from '../../model/email.ts';
import { describeHealth } from '../../bridge/health.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Reloader } from '../../bridge/reload.ts';
import type { Tenant } from '../../bridge/tenant.ts';
import { keysEqual, readKey } from '../../auth/key-store.ts';
import { securityHeaders } from '../security-headers.ts';
import { errorHandler } from '../error-handler.ts';
import { parseQuery } from '../query.ts';
import { send, sendJson, sendText } from '../respond.ts';

export interface OpsOptions {
  readonly bridge: Bridge;
  readonly reloader: Reloader;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  /** Seconds since the start of the process. */
  readonly uptime: () => number;
  /** The public listener accepts and is not draining. */
  readonly serving: () => boolean;
}

export function createOpsApp(options: OpsOptions): Express {
  const { bridge, reloader, metrics } = options;
  metrics.build(options.version);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.use(securityHeaders({ strictTransportSecurity: false }));
  app.use(requireOpsKey(bridge));

  app.get('/healthz', (_request, response) => sendText(response, 200, 'ok'));
  app.get('/readyz', (_request, response) => {
    if (options.serving()) sendText(response, 200, 'ready');
    else sendText(response, 503, 'not ready');
  });
  app.get('/health', (_request, response) => {
    const serving = options.serving();
    const health = describeHealth({ ...options, serving, uptime: options.uptime() });
    sendJson(response, serving ? 200 : 503, health, { 'Content-Type': 'application/health+json' });
  });
  app.get('/metrics', async (_request, response) => {
    collectGauges(bridge, metrics);
    send(response, 200, await metrics.text(), { 'Content-Type': metrics.contentType });
  });
  app.post('/-/reload', async (_request, response) => {
    const { problems } = await reloader.reload();
    sendJson(response, problems.length === 0 ? 200 : 422, {
      reloaded: problems.length === 0,
      problems,
    });
  });
  app.delete('/cache/:tenant', async (request, response) => {
    const tenant = bridge.current.tenants.get(request.params.tenant);
    if (tenant === undefined) {
      unknownTenant(response);
      return;
    }
    await purge(bridge, tenant, parseQuery(request.url).get('email'), response);
  });
  app.get('/debug/lookup', async (request, response) => {
    const query = parseQuery(request.url);
    const tenant = bridge.current.tenants.get(query.get('tenant') ?? '');
    if (tenant === undefined) {
      unknownTenant(response);
      return;
    }
    const email = query.get('email');
    if (email === undefined) {
      sendJson(response, 400, { error: 'the parameter email is missing' });
      return;
    }
    sendJson(response, 200, await debugLookup(bridge, tenant, email));
  });

  for (const [path, allowed] of ROUTES) {
    app.all(path, (_request, response) => {
      sendText(response, 405, `Only ${allowed} is answered here.`, { Allow: allowed });
    });
  }
  app.use((_request, response) => sendText(response, 404, 'There is nothing here.'));
  app.use(errorHandler(options.log, 'an ops request failed inside the bridge'));
  return app;
}

/** What else is answered with 405. */
const ROUTES = [
  ['/healthz', 'GET, HEAD'],
  ['/readyz', 'GET, HEAD'],
  ['/health', 'GET, HEAD'],
  ['/metrics', 'GET, HEAD'],
  ['/-/reload', 'POST'],
  ['/cache/:tenant', 'DELETE'],
  ['/debug/lookup', 'GET, HEAD'],
] as const;

/** Figures that are read off when somebody looks. */
function collectGauges(bridge: Bridge, metrics: Metrics): void {
  for (const connection of bridge.current.connections.values()) {
    const { circuit, quota, notices } = connection.status();
    metrics.circuit(connection.name, circuit);
    metrics.notices(connection.name, notices.length);
    if (quota !== undefined) metrics.quota(connection.name, quota);
  }
  metrics.cache(bridge.cacheStats());
}

async function purge(
  bridge: Bridge,
  tenant: Tenant,
  email: string | undefined,
  response: Response,
): Promise<void> {
  if (email === undefined) {
    sendJson(response, 200, { dropped: await bridge.purge(tenant) });
    return;
  }
  const address = normalizeEmail(email);
  if (address === undefined) {
    sendJson(response, 400, { error: 'email is not an address' });
    return;
  }
  sendJson(response, 200, { dropped: await bridge.purge(tenant, address) });
}

function unknownTenant(response: Response): void {
  sendJson(response, 404, { error: 'unknown tenant' });
}

function requireOpsKey(bridge: Bridge): RequestHandler {
  return function authenticate(request, response, next) {
    const { key } = bridge.current.configuration.ops;
    const given = readKey({ authorization: request.headers.authorization });
    if (key === undefined || (given !== undefined && keysEqual(key, given))) {
      next();
      return;
    }
    sendText(response, 401, 'The ops key is needed: Authorization: Bearer …', {
      'WWW-Authenticate': 'Bearer',
    });
  };
}
