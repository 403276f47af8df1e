/**
 * What of a step may leave the process as attributes of an OpenTelemetry span: a closed set, by type. Names
 * come as the configuration they stand in and words as unions, so that neither an address nor a word of a
 * CRM fits in anywhere. What a connector says of its requests is checked here.
 */
import type { Attributes } from '@opentelemetry/api';
import type { ConnectionConfiguration, TenantConfiguration } from '../config/configuration.ts';
import type { CrmRequest } from '../connector/contract.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import type { RejectionReason } from '../model/outcome.ts';
import type { CacheEvent } from '../model/outcome.ts';
import type { Outcome } from '../model/outcome.ts';
import { operationLabel, statusLabel } from './operation-label.ts';
import type { Details } from './trace.ts';

export interface StepAttributes {
  readonly tenant?: TenantConfiguration | undefined;
  readonly connection?: ConnectionConfiguration;
  /** How a request was answered, or why it was refused, and the HTTP status. */
  readonly outcome?: Outcome | RejectionReason;
  readonly status?: number;
  /** What the cache did. */
  readonly event?: CacheEvent;
  /** What the cache was asked for. */
  readonly search?: 'person' | 'company';
  /** What a connection answered. */
  readonly result?: 'found' | 'not_found';
  /** The age of a cached answer. */
  readonly ageSeconds?: number;
  /** How many people one call to a connector asks for. */
  readonly people?: number;
  /** The circuit is open: nobody was asked. */
  readonly skipped?: 'circuit open';
  readonly error?: ConnectorErrorKind | 'internal';
  readonly request?: CrmRequest;
}

/** For the operator's own trace. */
export function stepDetails({ tenant, connection, request, ...words }: StepAttributes): Details {
  return {
    ...(tenant === undefined ? {} : { tenant: tenant.id }),
    ...(connection === undefined ? {} : { connection: connection.name }),
    ...words,
    ...(request === undefined ? {} : requestWords(request)),
  };
}

/** For spans: by the semantic conventions where they have a name, else under `crm_bridge`. */
export function spanAttributes(facts: StepAttributes): Attributes {
  const { tenant, connection, request } = facts;
  const said = request && requestWords(request);
  const status = facts.status ?? said?.status;
  return {
    'crm_bridge.tenant': tenant?.id,
    'crm_bridge.connection': connection?.name,
    'crm_bridge.connector': connection?.connector,
    'crm_bridge.outcome': facts.outcome,
    'crm_bridge.cache.event': facts.event,
    'crm_bridge.cache.age_seconds': facts.ageSeconds,
    'crm_bridge.search': facts.search,
    'crm_bridge.result': facts.result,
    'crm_bridge.batch.size': facts.people,
    'crm_bridge.skipped': facts.skipped,
    'crm_bridge.crm.operation': said?.operation,
    'crm_bridge.crm.correlation_id': said?.correlationId,
    'http.response.status_code': typeof status === 'number' ? status : undefined,
    'error.type': errorType(facts),
  };
}

/**
 * @returns the class of what went wrong, by the conventions: for a server a status from 500 on, for a client
 *   from 400 on. But a 404 is how a CRM says that it does not know somebody.
 */
export function errorType({ error, outcome, status, request }: StepAttributes): string | undefined {
  if (error !== undefined) return error;
  if (outcome === 'unavailable') return outcome;
  if (status !== undefined && status >= 500) return String(status);
  const said = request && statusLabel(request.status);
  return said === undefined || /^([123]|ok$)/.test(said) || said === '404' ? undefined : said;
}

function requestWords({ operation, status, correlationId }: CrmRequest) {
  const label = statusLabel(status);
  return {
    operation: operationLabel(operation),
    status: /^\d/.test(label) ? Number(label) : label,
    correlationId:
      correlationId !== undefined && CORRELATION_ID.test(correlationId) ? correlationId : undefined,
  };
}

/** UUIDs, hex digits and the like; no address looks like that. */
const CORRELATION_ID = /^[A-Za-z0-9_-]{8,64}$/;
