/** What goes wrong on demand. */
import {
  failure,
  html,
  expired,
  missingScopes,
  tooMany,
  unauthorized,
  type Reply,
} from './reply.ts';

/** Faults of the connection: the answer itself would be right. */
export type WireFault =
  /** No answer, ever. */
  | 'hang'
  /** Half of the body, then nothing. */
  | 'stall'
  /** The body byte by byte, a few a second. */
  | 'drip'
  /** The connection ends before the answer. */
  | 'cut'
  /** The connection ends in the middle of the body. */
  | 'cutBody'
  /** A connection that was used before is reset; a fresh one works. */
  | 'resetReused';

const replies = {
  tenSecondly: () => tooMany('TEN_SECONDLY_ROLLING'),
  secondly: () => tooMany('SECONDLY'),
  daily: () => tooMany('DAILY'),
  /** Another shape that some sources show, with a time. */
  rateLimits: () => ({
    ...failure(429, 'You have reached your limit.', { category: 'RATE_LIMITS' }),
    headers: { 'retry-after': '3' },
  }),
  locked: () => failure(423, 'locked'),
  moving: () => ({ ...failure(477, 'migration'), headers: { 'retry-after': '3600' } }),
  error500: () => failure(500, 'internal error'),
  empty500: () => ({ status: 500, body: '' }),
  html502: () => html(502, '502 Bad Gateway'),
  html524: () => html(524, '524: A timeout occurred'),
  untyped503: () => ({ status: 503, body: 'no healthy upstream', type: null }),
  html200: () => html(200, 'Welcome'),
  untyped200: () => ({ status: 200, body: '{"results":[]}', type: null }),
  empty200: () => ({ status: 200, body: '' }),
  broken200: () => ({ status: 200, body: '{"results":[{"id":"1","prop', type: 'application/json' }),
  shape200: () => ({ status: 200, body: { results: 'none', id: 7, properties: [] } }),
  huge200: () => ({ status: 200, body: `{"results":["${'x'.repeat(20 * 1024 * 1024)}"]}` }),
  redirect: () => ({
    status: 302,
    body: '',
    headers: { location: 'https://app.hubspot.com/login' },
  }),
  invalid: () => failure(400, 'Invalid input', { category: 'VALIDATION_ERROR' }),
  timedOut: () => failure(408, 'Request Timeout'),
  unprocessable: () => failure(422, 'Unprocessable'),
  unauthorized,
  expired,
  forbidden: () => missingScopes(['crm.objects.deals.read']),
  denied: () => html(403, '403 Forbidden'),
  banned: () => failure(403, 'This account is banned', { category: 'BANNED' }),
  html404: () => html(404, '404 Not Found'),
} as const satisfies Record<string, () => Reply>;

export type ReplyFault = keyof typeof replies;
export type Fault = WireFault | ReplyFault;

export interface Injection {
  /** Which requests, by `METHOD canonical/path` such as `POST objects/deals/batch/read`; all when left out. */
  readonly only?: RegExp;
  /** How often; for ever when left out. */
  readonly times?: number;
}

export class Faults {
  /** Milliseconds before each answer. */
  latency = 0;
  /** Decides about each request that no fault of `inject` hits. */
  draw: ((route: string) => Fault | undefined) | undefined;
  #active: { readonly fault: Fault; readonly only: RegExp; left: number }[] = [];

  inject(fault: Fault, { only = /^/, times = Number.POSITIVE_INFINITY }: Injection = {}): void {
    this.#active.push({ fault, only, left: times });
  }

  clear(): void {
    this.#active = [];
    this.latency = 0;
    this.draw = undefined;
  }

  /** @param reused whether the connection had served a request before. */
  next(route: string, reused: boolean): Fault | undefined {
    const active = this.#active.find(
      ({ fault, only, left }) =>
        left > 0 && only.test(route) && (fault !== 'resetReused' || reused),
    );
    if (active !== undefined) {
      active.left -= 1;
      return active.fault;
    }
    const drawn = this.draw?.(route);
    return drawn === 'resetReused' && !reused ? undefined : drawn;
  }
}

export const faultNames: readonly Fault[] = [
  ...(['hang', 'stall', 'drip', 'cut', 'cutBody', 'resetReused'] satisfies WireFault[]),
  ...(Object.keys(replies) as ReplyFault[]),
];

export function isReply(fault: Fault): fault is ReplyFault {
  return fault in replies;
}

export function replyOf(fault: ReplyFault): Reply {
  return replies[fault]();
}
