/**
 * The span of a request to the lookup route. No attribute holds the path, which has the tenant's key, or the
 * query, which has the visitor's data.
 */
import type { Context, Span } from '@opentelemetry/api';
import type { Request } from 'express';
import { context, propagation, SpanKind, trace as telemetry } from '../telemetry/opentelemetry.ts';
import type { StepAttributes } from '../telemetry/span-attributes.ts';
import { hasSdk, SCOPE, setSpanResult } from '../telemetry/spans.ts';

const ROUTE = '/v1/{tenant}/contact/{key}';

/**
 * Runs `work` within a span if an SDK records it, else just runs it. The span continues
 * the trace that a proxy in front names in `traceparent`, or whatever the operator's SDK reads.
 */
export function withRequestSpan(request: Request, work: () => Promise<void>): Promise<void> {
  const span = hasSdk() ? beginSpan(request) : undefined;
  if (span === undefined) return work();
  return context.with(span.inside, answered, undefined, span.span, work);
}

/** @returns `undefined` when nothing records it, also when the operator's SDK fails: the agent is answered without. */
function beginSpan(request: Request): { span: Span; inside: Context } | undefined {
  try {
    const outside = context.active();
    const parent =
      telemetry.getSpan(outside) === undefined
        ? propagation.extract(outside, request.headers)
        : outside;
    const method = methodOf(request);
    const name = `${method === '_OTHER' ? 'HTTP' : method} ${ROUTE}`;
    const attributes = { 'http.request.method': method, 'http.route': ROUTE };
    const options = { kind: SpanKind.SERVER, attributes };
    const span = telemetry.getTracer(SCOPE).startSpan(name, options, parent);
    if (!span.isRecording()) return undefined;
    span.setAttribute('url.scheme', request.secure ? 'https' : 'http');
    return { span, inside: telemetry.setSpan(parent, span) };
  } catch {
    return undefined;
  }
}

async function answered(span: Span, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    setSpanResult(span, { error: 'internal', status: 500 });
    throw error;
  } finally {
    span.end();
  }
}

/**
 * Records on the span of the request how it was answered.
 * @returns the id of its trace, for the log; `undefined` when it is not recorded.
 */
export function recordResponse(facts: StepAttributes): string | undefined {
  const span = telemetry.getActiveSpan();
  if (span?.isRecording() !== true) return undefined;
  setSpanResult(span, facts);
  return span.spanContext().traceId;
}

/** Of the methods of HTTP only those that the semantic conventions name. */
function methodOf({ method }: Request): string {
  return METHODS.has(method) ? method : '_OTHER';
}
const METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
]);
