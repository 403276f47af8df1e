/** `GET /v1/{tenant}/contact/{key}`: the route SnapEngage calls. */
import type { Request, Response } from 'express';
import { FALLBACK_ANSWER, type LookupAnswer, type LookupRequest } from '../bridge/answer.ts';
import type { Activity } from '../bridge/activity.ts';
import type { Bridge } from '../bridge/bridge.ts';
import type { RecentRequest, RecentRequests } from '../bridge/recent.ts';
import { describeError } from '../telemetry/describe-error.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { recordResponse, withRequestSpan } from './request-span.ts';
import type { Tenant } from '../bridge/tenant.ts';
import { roundToTenth, type WallClock } from '../model/clock.ts';
import type { CacheStatus, RejectionReason } from '../model/outcome.ts';
import { prefersJson } from './accept.ts';
import { authenticate, type Caller, type FailedAuthLimiter } from './authenticate.ts';
import type { ContactPath } from './contact-path.ts';
import { requestIdOf } from './security-headers.ts';
import type { InFlight } from './in-flight.ts';
import { parseQuery } from './query.ts';
import { JSON_TYPE, send, sendText, TEXT, type Headers } from './respond.ts';

export interface ContactOptions {
  readonly bridge: Bridge;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Replaces an e-mail in logs. */
  readonly hash: (emailKey: string) => string;
  readonly wrongKeys: FailedAuthLimiter;
  readonly inFlight: InFlight;
  readonly recent: RecentRequests;
  readonly activity: Activity;
  readonly clock: WallClock;
}

const RESTARTING =
  'The bridge is restarting. Please try again in a moment, or look the visitor up by hand.';
const UNAUTHORIZED = 'Unknown tenant or wrong key.';

/** What a request is answered with. */
type Reply = Rejection | Lookup;

/** An answer without a lookup. */
interface Rejection {
  readonly status: number;
  readonly outcome: RejectionReason;
  readonly sentence: string;
  readonly headers: Headers;
  readonly caller: Caller | undefined;
}

interface Lookup {
  readonly status: number;
  readonly answer: LookupAnswer;
  readonly caseId: string | undefined;
  readonly asJson: boolean;
  readonly caller: Caller;
}

/** @returns when the request has been answered. */
type ContactHandler = (request: Request, response: Response, path: ContactPath) => Promise<void>;

export function contactHandler(options: ContactOptions): ContactHandler {
  const { inFlight } = options;
  async function contact(request: Request, response: Response, path: ContactPath): Promise<void> {
    const began = performance.now();
    const respond = (reply: Reply) => {
      if (inFlight.draining) response.shouldKeepAlive = false;
      sendReply(response, reply);
      recordReply(options, reply, performance.now() - began, requestIdOf(response));
    };
    if (inFlight.draining) {
      await inFlight.rejectionsPaused;
      respond(rejection(503, 'draining', RESTARTING));
      return;
    }
    // A shutdown waits for it from here on.
    inFlight.start();
    try {
      respond(await replyTo(request, path, options));
    } finally {
      inFlight.finish();
    }
  }

  return (request, response, path) =>
    withRequestSpan(request, () => contact(request, response, path));
}

/** Checks the caller, the limits and the parameters, then looks up. */
async function replyTo(
  request: Request,
  path: ContactPath,
  { bridge, log, wrongKeys }: ContactOptions,
): Promise<Reply> {
  const query = parseQuery(request.url);
  const access = await authenticate(request, path, query, bridge.current, wrongKeys);
  if ('retryAfterSeconds' in access) {
    const sentence = 'Too many wrong keys from this address. Please wait.';
    return rejection(429, 'rate_limited', sentence, retryAfter(access.retryAfterSeconds));
  }
  if (access.tenant === undefined) return rejection(401, 'unauthorized', UNAUTHORIZED);
  const { tenant } = access;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const sentence = 'Only GET and HEAD are answered here.';
    return rejection(405, 'method_not_allowed', sentence, { Allow: 'GET, HEAD' }, access);
  }
  const { retryAfterSeconds } = await tenant.limiter.consume(tenant.configuration.id);
  if (retryAfterSeconds !== undefined) {
    const sentence = 'Too many requests for this tenant. Please wait.';
    return rejection(429, 'rate_limited', sentence, retryAfter(retryAfterSeconds), access);
  }
  const email = query.get('email');
  if (email === undefined) {
    const sentence = 'The parameter email is missing: …?email=visitor%40example.com';
    return rejection(400, 'bad_request', sentence, {}, access);
  }
  const caseId = query.get('caseId');
  const lookup = { email, ip: query.get('ip'), url: query.get('url'), caseId };
  const answer = await answerOrFallback(bridge, log, tenant, lookup);
  const { json, unavailableStatus } = tenant.configuration;
  const status = answer.outcome === 'unavailable' ? unavailableStatus : 200;
  return { status, answer, caseId, asJson: json && wantsJson(request, query), caller: access };
}

function rejection(
  status: number,
  outcome: RejectionReason,
  sentence: string,
  headers: Headers = {},
  caller?: Caller,
): Rejection {
  return { status, outcome, sentence, headers, caller };
}

function retryAfter(seconds: number): Headers {
  return { 'Retry-After': String(seconds) };
}

function wantsJson({ headers }: Request, query: ReadonlyMap<string, string>): boolean {
  return query.get('format')?.toLowerCase() === 'json' || prefersJson(headers.accept);
}

/** The bridge does not throw; should it do so, the agent still gets a sentence. */
async function answerOrFallback(
  bridge: Bridge,
  log: Log,
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
    return FALLBACK_ANSWER;
  }
}

function sendReply(response: Response, reply: Reply): void {
  if ('sentence' in reply) {
    sendText(response, reply.status, reply.sentence, reply.headers);
    return;
  }
  const { status, answer, asJson } = reply;
  const { outcome, text, source, crmMs, renderMs } = answer;
  const requestId = requestIdOf(response);
  send(
    response,
    status,
    asJson
      ? JSON.stringify({ outcome, text, profile: answer.readProfile(), source, requestId })
      : text,
    {
      'X-Lookup-Outcome': outcome,
      'Cache-Status': cacheStatus(answer.cache),
      'Server-Timing': `crm;dur=${roundToTenth(crmMs)}, render;dur=${roundToTenth(renderMs)}`,
      Vary: 'Accept',
      'Content-Type': asJson ? JSON_TYPE : TEXT,
    },
  );
}

/** RFC 9211. */
function cacheStatus(cache: CacheStatus | undefined): string {
  if (cache === undefined) return 'crm-bridge; fwd=bypass';
  if (cache.hit) return `crm-bridge; hit; ttl=${cache.ttlSeconds}`;
  return cache.collapsed ? 'crm-bridge; fwd=miss; collapsed' : 'crm-bridge; fwd=miss';
}

/** Counts and logs a request, without the key, the address or other data of the visitor. */
function recordReply(
  { log, metrics, hash, recent, activity, clock }: ContactOptions,
  reply: Reply,
  elapsedMs: number,
  requestId: string,
): void {
  const { status, caller } = reply;
  const lookup = 'answer' in reply ? reply : undefined;
  const outcome = 'answer' in reply ? reply.answer.outcome : reply.outcome;
  const tenant = caller?.tenant.configuration;
  const id = tenant?.id ?? '-';
  metrics.request(id, outcome, status);
  if (lookup !== undefined) metrics.answered(id, elapsedMs / 1000);
  const cache = lookup && cacheLabel(lookup.answer.cache);
  const ms = roundToTenth(elapsedMs);
  const request = { at: clock.now(), tenant: tenant?.id, outcome, cache, ms, requestId };
  recent.add(request);
  activity.add(request);
  const traceId = recordResponse({ tenant, outcome, status });
  if (!log.isEnabled('info')) return;
  const person = lookup?.answer.normalizedEmail;
  log.info('request', {
    tenant: id,
    key: caller?.key,
    outcome,
    status,
    cache,
    ms,
    requestId,
    caseId: safeCaseId(lookup?.caseId),
    person: person && hash(person),
    traceId,
  });
}

function cacheLabel(cache: CacheStatus | undefined): RecentRequest['cache'] {
  if (cache === undefined) return 'bypass';
  if (cache.hit) return cache.ttlSeconds > 0 ? 'hit' : 'stale';
  return cache.collapsed ? 'collapsed' : 'miss';
}

/** SnapEngage's case ids are UUIDs; anything else may be an address and is not logged. */
function safeCaseId(caseId: string | undefined): string | undefined {
  return caseId !== undefined && UUID.test(caseId) ? caseId : undefined;
}
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
