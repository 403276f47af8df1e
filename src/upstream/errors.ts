import { ConnectorError, type ConnectorErrorKind } from '../connector/errors.ts';

/** The CRM was not asked, so this says nothing new about it, nor about the person. */
export class NotAttemptedError extends ConnectorError {}

/** The circuit is open. `kind` is the reason. */
export class CircuitOpenError extends NotAttemptedError {
  constructor(connection: string, reason: ConnectorErrorKind, retryAfterMs: number) {
    super(reason, `${connection} is left alone for now (${reason})`, { retryAfterMs });
  }
}

/** More lookups come than the CRM can answer. */
export class OverloadError extends NotAttemptedError {
  constructor() {
    super('unavailable', 'more lookups are waiting than the CRM can answer in time');
  }
}
