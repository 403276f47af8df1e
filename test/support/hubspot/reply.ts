/** Answers in HubSpot's forms. */
import { randomUUID } from 'node:crypto';
import type { Policy } from './limiter.ts';

export interface Reply {
  readonly status: number;
  /** An object becomes JSON; a text stays one. */
  readonly body: unknown;
  /** `undefined` for JSON, `null` for none. */
  readonly type?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });

export function html(status: number, title: string): Reply {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1><hr>cloudflare</body></html>`;
  return { status, body, type: 'text/html; charset=UTF-8' };
}

export function failure(status: number, message: string, more: object = {}): Reply {
  return { status, body: { status: 'error', message, correlationId: randomUUID(), ...more } };
}

export const invalid = (message: string): Reply =>
  failure(400, message, { category: 'VALIDATION_ERROR', errors: [{ message }], context: {} });

/** By `idProperty`, or with a number for an id. */
export const notFound = (): Reply => failure(404, 'resource not found');

export const unauthorized = (): Reply =>
  failure(
    401,
    'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    { category: 'INVALID_AUTHENTICATION' },
  );

export const expired = (): Reply =>
  failure(401, 'The OAuth token used to make this call expired 75 second(s) ago.', {
    category: 'EXPIRED_AUTHENTICATION',
    context: { 'expire time': ['2026-06-21T10:37:52.040Z'] },
  });

export const missingScopes = (scopes: readonly string[]): Reply =>
  failure(403, "This app hasn't been granted all required scopes to make this call.", {
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: scopes },
      },
    ],
    category: 'MISSING_SCOPES',
  });

export function tooMany(policyName: Policy): Reply {
  const limit = {
    TEN_SECONDLY_ROLLING: 'ten_secondly_rolling',
    DAILY: 'daily',
    SECONDLY: 'secondly',
  };
  return failure(429, `You have reached your ${limit[policyName]} limit.`, {
    errorType: 'RATE_LIMIT',
    policyName,
    groupName: 'publicapi:private-apps:api-calls-daily:emulated',
    requestId: randomUUID(),
  });
}

/** The success of a batch: 207 as soon as one is missing. */
export function batch(
  results: readonly unknown[],
  errors: readonly object[],
  missStatus: number,
): Reply {
  const times = { startedAt: '2026-11-24T09:40:00.000Z', completedAt: '2026-11-24T09:40:00.010Z' };
  const misses = errors.length === 0 ? {} : { numErrors: errors.length, errors };
  return {
    status: errors.length === 0 ? 200 : missStatus,
    body: { status: 'COMPLETE', results, ...misses, ...times },
  };
}
