/** `GET /v1/{tenant}/contact/{key}`: the route SnapEngage calls (contract, section 1). */
import type { Request, RequestHandler, Response } from 'express';
import type { LookupAnswer, LookupRequest } from '../bridge/answer.ts';
import type { Bridge } from '../bridge/bridge.ts';
import type { CacheUse } from '../model/outcome.ts';
import { describeError } from '../telemetry/describe-error.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { noteAnswer, withRequestSpan } from './request-span.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Tenant } from '../bridge/tenant.ts';
import { tenth } from '../model/round.ts';
import { prefersJson } from './accept.ts';
import { authenticate, type Caller, type WrongKeys } from './authenticate.ts';
import { requestIdOf, type Headers } from './security-headers.ts';
import type { InFlight } from './in-flight.ts';
import { readQuery } from './query.ts';
import type { Refusal } from '../model/outcome.ts';
import { JSON_TYPE, send, sendSentence, TEXT } from './respond.ts';

export interface ContactOptions {
  readonly bridge: Bridge;
  readonly log: Log;
  readonly metrics: Metrics;
  /** For logs: what stands for an e-mail. */
  readonly hash: (emailKey: string) => string;
  readonly wrongKeys: WrongKeys;
  readonly inFlight: InFlight;
}

const UNAUTHORIZED = 'Unknown tenant or wrong key.';

export function contactHandler(options: ContactOptions): RequestHandler {
  const { bridge, inFlight } = options;
  async function contact(request: Request, response: Response): Promise<void> {
    const record = recorder(options, response);
    const refuse = (
      status: number,
      refusal: Refusal,
      sentence: string,
      headers: Headers = {},
      caller?: Caller,
    ) => {
      sendSentence(response, status, sentence, headers);
      record(status, refusal, caller);
    };

    if (inFlight.draining) {
      await inFlight.held;
      refuse(
        503,
        'draining',
        'The bridge is restarting. Please try again in a moment, or look the visitor up by hand.',
      );
      return;
    }
    const query = readQuery(request.url);
    const access = await authenticate(request, query, bridge.current, options.wrongKeys);
    if ('retryAfter' in access) {
      refuse(429, 'rate_limited', 'Too many wrong keys from this address. Please wait.', {
        'Retry-After': String(access.retryAfter),
      });
      return;
    }
    if (access.tenant === undefined) {
      refuse(401, 'unauthorized', UNAUTHORIZED);
      return;
    }
    const { tenant } = access;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const sentence = 'Only GET and HEAD are answered here.';
      refuse(405, 'method_not_allowed', sentence, { Allow: 'GET, HEAD' }, access);
      return;
    }
    const wait = await tenant.limiter.take(tenant.configuration.id);
    if (wait !== undefined) {
      const sentence = 'Too many requests for this tenant. Please wait.';
      refuse(429, 'rate_limited', sentence, { 'Retry-After': String(wait) }, access);
      return;
    }
    const email = query.get('email');
    if (email === undefined) {
      const sentence = 'The parameter email is missing: …?email=visitor%40example.com';
      refuse(400, 'bad_request', sentence, {}, access);
      return;
    }

    const lookup: LookupRequest = {
      email,
      ip: query.get('ip'),
      url: query.get('url'),
      caseId: query.get('caseId'),
    };
    await answer(options, request, response, lookup, tenant, (status, answered) =>
      record(status, answered.outcome, access, { answer: answered, caseId: lookup.caseId }),
    );
  }

  return (request, response) => withRequestSpan(request, response, contact);
}

/** Looks up and answers; a shutdown waits for it. */
async function answer(
  options: ContactOptions,
  request: Request,
  response: Response,
  lookup: LookupRequest,
  tenant: Tenant,
  record: (status: number, answered: LookupAnswer) => void,
): Promise<void> {
  const { inFlight } = options;
  inFlight.enter();
  try {
    const answered = await safely(options, tenant, lookup);
    const { unavailableStatus } = tenant.configuration;
    const status = answered.outcome === 'unavailable' ? unavailableStatus : 200;
    if (inFlight.draining) response.shouldKeepAlive = false;
    sendAnswer(request, response, status, answered);
    record(status, answered);
  } finally {
    inFlight.leave();
  }
}

function sendAnswer(
  request: Request,
  response: Response,
  status: number,
  answer: LookupAnswer,
): void {
  const headers = {
    'X-Lookup-Outcome': answer.outcome,
    'Cache-Status': cacheStatus(answer.cache),
    'Server-Timing': `crm;dur=${tenth(answer.crmMs)}, render;dur=${tenth(answer.renderMs)}`,
    Vary: 'Accept',
  };
  if (!prefersJson(request.headers.accept)) {
    send(response, status, answer.text, { ...headers, 'Content-Type': TEXT });
    return;
  }
  const { outcome, text, profile, source } = answer;
  const requestId = requestIdOf(response);
  const body = JSON.stringify({ outcome, text, profile, source, requestId });
  send(response, status, body, { ...headers, 'Content-Type': JSON_TYPE });
}

/** RFC 9211. */
function cacheStatus(cache: CacheUse | undefined): string {
  if (cache === undefined) return 'crm-bridge; fwd=bypass';
  if (cache.hit) return `crm-bridge; hit; ttl=${cache.ttl}`;
  return cache.collapsed ? 'crm-bridge; fwd=miss; collapsed' : 'crm-bridge; fwd=miss';
}

/** The bridge does not throw; if it does all the same, the agent still gets a sentence. */
async function safely(
  { bridge, log }: ContactOptions,
  tenant: Tenant,
  lookup: LookupRequest,
): Promise<LookupAnswer> {
  try {
    return await bridge.answer(tenant, lookup);
  } catch (error) {
    log.error('a lookup failed inside the bridge', {
      tenant: tenant.configuration.id,
      ...describeError(error),
    });
    return bridge.lastResort();
  }
}

/** Counts and logs a request: who asked for what never gets into either. */
function recorder({ log, metrics, hash }: ContactOptions, response: Response) {
  const start = performance.now();
  return (
    status: number,
    outcome: Outcome | Refusal,
    caller?: Caller,
    lookup?: { readonly answer: LookupAnswer; readonly caseId: string | undefined },
  ): void => {
    const tenant = caller?.tenant.configuration;
    const id = tenant?.id ?? '-';
    const ms = performance.now() - start;
    metrics.request(id, outcome, status);
    if (lookup !== undefined) metrics.answered(id, ms / 1000);
    log.info('request', {
      tenant: id,
      key: caller?.key,
      outcome,
      status,
      cache: lookup && cacheWord(lookup.answer.cache),
      ms: tenth(ms),
      requestId: requestIdOf(response),
      caseId: safeCaseId(lookup?.caseId),
      person: lookup?.answer.emailKey && hash(lookup.answer.emailKey),
      traceId: noteAnswer({ tenant, outcome, status }),
    });
  };
}

function cacheWord(cache: CacheUse | undefined): string {
  if (cache === undefined) return 'bypass';
  if (cache.hit) return cache.ttl > 0 ? 'hit' : 'stale';
  return cache.collapsed ? 'collapsed' : 'miss';
}

/** SnapEngage's case ids are UUIDs; anything else may be somebody's address and is not logged. */
function safeCaseId(caseId: string | undefined): string | undefined {
  return caseId !== undefined && UUID.test(caseId) ? caseId : undefined;
}
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
