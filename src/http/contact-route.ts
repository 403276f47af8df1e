/** `GET /v1/{tenant}/contact/{key}`: the route SnapEngage calls. */
import type { Request, RequestHandler, Response } from 'express';
import { FALLBACK_ANSWER, type LookupAnswer, type LookupRequest } from '../bridge/answer.ts';
import type { Activity } from '../bridge/activity.ts';
import type { Bridge } from '../bridge/bridge.ts';
import type { RecentRequest, RecentRequests } from '../bridge/recent.ts';
import { describeError } from '../telemetry/describe-error.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { recordResponse, withRequestSpan } from './request-span.ts';
import type { Tenant } from '../bridge/tenant.ts';
import { roundToTenth, toIsoString, type WallClock } from '../model/clock.ts';
import type { CacheStatus, Outcome, RejectionReason } from '../model/outcome.ts';
import { prefersJson } from './accept.ts';
import { authenticate, type Caller, type FailedAuthLimiter } from './authenticate.ts';
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

export function contactHandler(options: ContactOptions): RequestHandler {
  const { bridge, inFlight } = options;
  async function contact(request: Request, response: Response): Promise<void> {
    const record = requestRecorder(options, response);
    const reject = rejecter(response, record);
    if (inFlight.draining) {
      await inFlight.rejectionsPaused;
      reject(503, 'draining', RESTARTING);
      return;
    }
    // A shutdown waits for it from here on.
    inFlight.start();
    try {
      await answer(request, response, record, reject);
    } finally {
      inFlight.finish();
    }
  }

  async function answer(
    request: Request,
    response: Response,
    record: Recorder,
    reject: Rejecter,
  ): Promise<void> {
    const query = parseQuery(request.url);
    const access = await authenticate(request, query, bridge.current, options.wrongKeys);
    if ('retryAfterSeconds' in access) {
      reject(429, 'rate_limited', 'Too many wrong keys from this address. Please wait.', {
        'Retry-After': String(access.retryAfterSeconds),
      });
      return;
    }
    if (access.tenant === undefined) {
      reject(401, 'unauthorized', UNAUTHORIZED);
      return;
    }
    const { tenant } = access;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const sentence = 'Only GET and HEAD are answered here.';
      reject(405, 'method_not_allowed', sentence, { Allow: 'GET, HEAD' }, access);
      return;
    }
    const { retryAfterSeconds } = await tenant.limiter.consume(tenant.configuration.id);
    if (retryAfterSeconds !== undefined) {
      const sentence = 'Too many requests for this tenant. Please wait.';
      reject(429, 'rate_limited', sentence, { 'Retry-After': String(retryAfterSeconds) }, access);
      return;
    }
    const email = query.get('email');
    if (email === undefined) {
      const sentence = 'The parameter email is missing: …?email=visitor%40example.com';
      reject(400, 'bad_request', sentence, {}, access);
      return;
    }

    const lookup: LookupRequest = {
      email,
      ip: query.get('ip'),
      url: query.get('url'),
      caseId: query.get('caseId'),
    };
    const asJson =
      tenant.configuration.json &&
      (query.get('format')?.toLowerCase() === 'json' || prefersJson(request.headers.accept));
    await lookUpAndAnswer(options, response, lookup, { tenant, asJson }, (status, result) =>
      record(status, result.outcome, access, { answer: result, caseId: lookup.caseId }),
    );
  }

  return (request, response) => withRequestSpan(request, response, contact);
}

type Recorder = ReturnType<typeof requestRecorder>;
type Rejecter = ReturnType<typeof rejecter>;

/** Answers without a lookup, and records it. */
function rejecter(response: Response, record: Recorder) {
  return (
    status: number,
    reason: RejectionReason,
    sentence: string,
    headers: Headers = {},
    caller?: Caller,
  ): void => {
    sendText(response, status, sentence, headers);
    record(status, reason, caller);
  };
}

/** Looks up and answers. */
async function lookUpAndAnswer(
  options: ContactOptions,
  response: Response,
  lookup: LookupRequest,
  { tenant, asJson }: { readonly tenant: Tenant; readonly asJson: boolean },
  record: (status: number, result: LookupAnswer) => void,
): Promise<void> {
  const result = await answerOrFallback(options, tenant, lookup);
  const { unavailableStatus } = tenant.configuration;
  const status = result.outcome === 'unavailable' ? unavailableStatus : 200;
  if (options.inFlight.draining) response.shouldKeepAlive = false;
  sendAnswer(response, status, result, asJson);
  record(status, result);
}

function sendAnswer(
  response: Response,
  status: number,
  answer: LookupAnswer,
  asJson: boolean,
): void {
  const headers = {
    'X-Lookup-Outcome': answer.outcome,
    'Cache-Status': cacheStatus(answer.cache),
    'Server-Timing': `crm;dur=${roundToTenth(answer.crmMs)}, render;dur=${roundToTenth(answer.renderMs)}`,
    Vary: 'Accept',
  };
  if (!asJson) {
    send(response, status, answer.text, { ...headers, 'Content-Type': TEXT });
    return;
  }
  const { outcome, text, source } = answer;
  const profile = answer.readProfile();
  const requestId = requestIdOf(response);
  const body = JSON.stringify({ outcome, text, profile, source, requestId });
  send(response, status, body, { ...headers, 'Content-Type': JSON_TYPE });
}

/** RFC 9211. */
function cacheStatus(cache: CacheStatus | undefined): string {
  if (cache === undefined) return 'crm-bridge; fwd=bypass';
  if (cache.hit) return `crm-bridge; hit; ttl=${cache.ttlSeconds}`;
  return cache.collapsed ? 'crm-bridge; fwd=miss; collapsed' : 'crm-bridge; fwd=miss';
}

/** The bridge does not throw; should it do so, the agent still gets a sentence. */
async function answerOrFallback(
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
    return FALLBACK_ANSWER;
  }
}

/** Counts and logs a request, without the key, the address or other data of the visitor. */
function requestRecorder(
  { log, metrics, hash, recent, activity, clock }: ContactOptions,
  response: Response,
) {
  const start = performance.now();
  return (
    status: number,
    outcome: Outcome | RejectionReason,
    caller?: Caller,
    lookup?: { readonly answer: LookupAnswer; readonly caseId: string | undefined },
  ): void => {
    const tenant = caller?.tenant.configuration;
    const id = tenant?.id ?? '-';
    const elapsed = performance.now() - start;
    metrics.request(id, outcome, status);
    if (lookup !== undefined) metrics.answered(id, elapsed / 1000);
    const cache = lookup && cacheLabel(lookup.answer.cache);
    const [ms, requestId] = [roundToTenth(elapsed), requestIdOf(response)];
    const time = toIsoString(clock.now());
    const request: RecentRequest = { time, tenant: tenant?.id, outcome, cache, ms, requestId };
    recent.add(request);
    activity.add(request);
    log.info('request', {
      tenant: id,
      key: caller?.key,
      outcome,
      status,
      cache,
      ms,
      requestId,
      caseId: safeCaseId(lookup?.caseId),
      person: lookup?.answer.normalizedEmail && hash(lookup.answer.normalizedEmail),
      traceId: recordResponse({ tenant, outcome, status }),
    });
  };
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
