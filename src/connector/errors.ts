/** Why a call failed. It decides what the bridge does. */
export const CONNECTOR_ERROR_KINDS = [
  /** No complete response in time. */
  'timeout',
  /** Not reachable, connection cut, 5xx, maintenance page. */
  'unavailable',
  /** 429: not called again before `retryAfterMs` (10 s when absent). */
  'rate_limited',
  /** The daily quota is spent: probed about once a minute, or after `retryAfterMs`. */
  'quota',
  /** The sign-in was refused, or a fresh token is not accepted. */
  'auth',
  /** An invalid response: HTML, broken JSON, wrong types, too large. */
  'bad_response',
  /** The CRM answers but the settings do not fit it; only a change of settings helps. */
  'misconfigured',
] as const;

export type ConnectorErrorKind = (typeof CONNECTOR_ERROR_KINDS)[number];

/**
 * What a connector throws. Any `Error` with a `kind` will do; this class is for convenience. The
 * message says what failed, on what, and what to do; never a secret, an address or a text of the CRM.
 */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly kind: ConnectorErrorKind;
  /** Milliseconds without another call, as the CRM demands. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: ConnectorErrorKind,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * The CRM returned a record without the address that was asked for, as one does that compares more loosely. That is
 * about this person alone: the CRM works, so it does not count as its failure. Thrown by `lookup`; in the Map of
 * `lookupMany` in place of the record.
 */
export class WrongPersonError extends ConnectorError {
  constructor(message: string) {
    super('bad_response', message);
  }
}

/**
 * The connector did not ask the CRM, or stopped asking, to keep within a limit. That says nothing new about the
 * CRM, so it does not count as its failure.
 */
export class NotAttemptedError extends ConnectorError {}
