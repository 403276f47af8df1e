/**
 * The attributes of an OpenTelemetry span: a closed set, by type. Names are passed as the configuration that has
 * them and words as unions, so that no type admits an address or a CRM value. What a connector reports about
 * its requests is checked here.
 */
import type { Attributes } from '@opentelemetry/api';
import type { ConnectionConfiguration, TenantConfiguration } from '../config/configuration.ts';
import type { CrmRequest } from '../connector/contract.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import type { CacheEvent, Outcome, RejectionReason } from '../model/outcome.ts';
import { operationLabel, statusLabel } from './labels.ts';
import type { Details } from './trace.ts';

export interface StepAttributes {
  readonly tenant?: TenantConfiguration | undefined;
  readonly connection?: ConnectionConfiguration;
  /** The outcome of a request, or why it was rejected. */
  readonly outcome?: Outcome | RejectionReason;
  /** HTTP. */
  readonly status?: number;
  readonly event?: CacheEvent;
  /** The answer comes from the level that processes share. */
  readonly shared?: 'hit' | 'stale';
  readonly search?: 'person' | 'company';
  readonly result?: 'found' | 'not_found';
  /** Of a cached answer. */
  readonly ageSeconds?: number;
  /** In one call to a connector. */
  readonly people?: number;
  readonly skipped?: 'circuit open';
  readonly error?: ConnectorErrorKind | 'internal';
  readonly request?: CrmRequest;
}

/** The details for the operator's trace. */
export function stepDetails({ tenant, connection, request, ...rest }: StepAttributes): Details {
  return {
    ...(tenant === undefined ? {} : { tenant: tenant.id }),
    ...(connection === undefined ? {} : { connection: connection.name }),
    ...rest,
    ...(request === undefined ? {} : requestAttributes(request)),
  };
}

/** Uses the names of the semantic conventions where there are any, else names below `crm_bridge`. */
export function spanAttributes(attributes: StepAttributes): Attributes {
  const { tenant, connection, request } = attributes;
  const reported = request && requestAttributes(request);
  const status = attributes.status ?? reported?.status;
  return {
    'crm_bridge.tenant': tenant?.id,
    'crm_bridge.connection': connection?.name,
    'crm_bridge.connector': connection?.connector,
    'crm_bridge.outcome': attributes.outcome,
    'crm_bridge.cache.event': attributes.event,
    'crm_bridge.cache.age_seconds': attributes.ageSeconds,
    'crm_bridge.cache.shared': attributes.shared,
    'crm_bridge.search': attributes.search,
    'crm_bridge.result': attributes.result,
    'crm_bridge.batch.size': attributes.people,
    'crm_bridge.skipped': attributes.skipped,
    'crm_bridge.crm.operation': reported?.operation,
    'crm_bridge.crm.correlation_id': reported?.correlationId,
    'http.response.status_code': typeof status === 'number' ? status : undefined,
    'error.type': errorType(attributes),
  };
}

/**
 * @returns the class of the error, by the semantic conventions: for a server a status from 500 on, for a client
 *   from 400 on, except 404: CRMs send it for an unknown person.
 */
export function errorType({ error, outcome, status, request }: StepAttributes): string | undefined {
  if (error !== undefined) return error;
  if (outcome === 'unavailable') return outcome;
  if (status !== undefined && status >= 500) return String(status);
  const label = request && statusLabel(request.status);
  return label === undefined || /^([123]|ok$|404$)/.test(label) ? undefined : label;
}

function requestAttributes({ operation, status, correlationId }: CrmRequest) {
  const label = statusLabel(status);
  return {
    operation: operationLabel(operation),
    status: /^\d/.test(label) ? Number(label) : label,
    correlationId:
      correlationId !== undefined && CORRELATION_ID.test(correlationId) ? correlationId : undefined,
  };
}

/** UUIDs, hex digits and the like; an e-mail address does not match. */
const CORRELATION_ID = /^[A-Za-z0-9_-]{8,64}$/;
