/** Why a call did not succeed: what connectors throw becomes one class, what the bridge refuses has its own. */
import {
  CONNECTOR_ERROR_KINDS,
  ConnectorError,
  NotAttemptedError,
  type ConnectorErrorKind,
} from '../connector/errors.ts';

/** The circuit is open. `kind` is the reason. */
export class CircuitOpenError extends NotAttemptedError {
  constructor(connection: string, reason: ConnectorErrorKind, retryAfterMs: number) {
    super(reason, `circuit open: ${connection} is not called (${reason})`, { retryAfterMs });
  }
}

/** People are known, but not all of them in time: the CRM has answered, which is no reason not to call it. */
export class LatePartError extends ConnectorError {
  constructor() {
    super('timeout', 'a part of a person did not come in time');
  }
}

/** More lookups come than the CRM can answer. */
export class OverloadError extends NotAttemptedError {
  constructor() {
    super('unavailable', 'more lookups are waiting than the CRM can answer in time');
  }
}

/** What a connector threw has no `kind`, so its message may quote anything. */
export class UnclassifiedError extends ConnectorError {}

const KINDS: ReadonlySet<string> = new Set(CONNECTOR_ERROR_KINDS);

/** A connector may throw anything; what has no valid `kind` is a `bad_response`. */
export function toConnectorError(thrown: unknown): ConnectorError {
  if (thrown instanceof ConnectorError && KINDS.has(thrown.kind)) return thrown;
  const { kind, retryAfterMs, name } = Object(thrown) as Record<string, unknown>;
  const message =
    thrown instanceof Error ? thrown.message : 'the connector threw a value that is not an Error';
  if (typeof kind === 'string' && KINDS.has(kind)) {
    return new ConnectorError(kind as ConnectorErrorKind, message, {
      cause: thrown,
      ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {}),
    });
  }
  const late = name === 'AbortError' || name === 'TimeoutError';
  return new UnclassifiedError(late ? 'timeout' : 'bad_response', message, { cause: thrown });
}
