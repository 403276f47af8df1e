/** Makes one kind of error out of whatever a connector threw. */
import { ConnectorError, type ConnectorErrorKind } from '../connector/errors.ts';

const KINDS: ReadonlySet<string> = new Set<ConnectorErrorKind>([
  'timeout',
  'unavailable',
  'rate_limited',
  'quota',
  'auth',
  'bad_response',
  'misconfigured',
]);

/** Anything may be thrown by a third party's connector; what has no valid `kind` is a `bad_response`. */
export function toConnectorError(thrown: unknown): ConnectorError {
  if (thrown instanceof ConnectorError && KINDS.has(thrown.kind)) return thrown;
  const { kind, retryAfterMs, name } = Object(thrown) as Record<string, unknown>;
  const message =
    thrown instanceof Error ? thrown.message : 'the connector threw something that is no error';
  if (typeof kind === 'string' && KINDS.has(kind)) {
    return new ConnectorError(kind as ConnectorErrorKind, message, {
      cause: thrown,
      ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {}),
    });
  }
  const late = name === 'AbortError' || name === 'TimeoutError';
  return new ConnectorError(late ? 'timeout' : 'bad_response', message, { cause: thrown });
}
