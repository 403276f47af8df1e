/** Why a call did not succeed: what connectors throw becomes one class, what the bridge refuses has its own. */
import {
  CONNECTOR_ERROR_KINDS,
  ConnectorError,
  NotAttemptedError,
  type ConnectorErrorKind,
} from '../connector/errors.ts';
import { closestMatch } from '../model/closest-match.ts';

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

/** The connector does not keep to the contract: in the bridge's own words, which quote nothing of a CRM. */
export class ContractError extends ConnectorError {
  /** What is shown where a message of the connector is not. */
  readonly rule: string;

  constructor(kind: ConnectorErrorKind, rule: string, options: ContractErrorOptions = {}) {
    super(kind, options.message ?? rule, options);
    this.rule = rule;
  }
}

interface ContractErrorOptions {
  /** Of the connector, if it had one. */
  readonly message?: string;
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
}

const KINDS: ReadonlySet<string> = new Set(CONNECTOR_ERROR_KINDS);

/**
 * A connector may throw anything; what has no valid `kind` is a `bad_response`. A misspelt one is taken for what it
 * means, so that the pause that a CRM asks for is kept.
 */
export function toConnectorError(thrown: unknown): ConnectorError {
  if (thrown instanceof ConnectorError && KINDS.has(thrown.kind)) return thrown;
  const { kind, retryAfterMs, name } = Object(thrown) as Record<string, unknown>;
  const message =
    thrown instanceof Error ? thrown.message : 'the connector threw a value that is not an Error';
  const pause = typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {};
  if (typeof kind === 'string' && KINDS.has(kind)) {
    return new ConnectorError(kind as ConnectorErrorKind, message, { cause: thrown, ...pause });
  }
  const meant = typeof kind === 'string' ? closestMatch(kind, CONNECTOR_ERROR_KINDS) : undefined;
  if (meant !== undefined) {
    const rule = `an error has the unknown kind ${JSON.stringify(kind)}, taken for "${meant}"`;
    const options = { message: `${message} (${rule})`, cause: thrown, ...pause };
    return new ContractError(meant as ConnectorErrorKind, rule, options);
  }
  if (thrown instanceof ConnectorError) {
    const rule = `an error has an unknown kind; the kinds are ${CONNECTOR_ERROR_KINDS.join(', ')}`;
    const options = { message: `${message} (${rule})`, cause: thrown };
    return new ContractError('bad_response', rule, options);
  }
  const late = name === 'AbortError' || name === 'TimeoutError';
  return new UnclassifiedError(late ? 'timeout' : 'bad_response', message, { cause: thrown });
}
