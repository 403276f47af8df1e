/**
 * The span of a request to the lookup route. Path and query are in none of its attributes: the one holds
 * the tenant's key, the other the visitor's data.
 */
import { context, propagation, SpanKind, trace as telemetry, type Span } from '@opentelemetry/api';
import type { Request, Response } from 'express';
import type { StepAttributes } from '../telemetry/span-attributes.ts';
import { SCOPE, setSpanResult } from '../telemetry/spans.ts';

const ROUTE = '/v1/{tenant}/contact/{key}';

/**
 * Answers a request within a span, if an SDK records it; else nothing but `work` happens. The span continues
 * the trace that a proxy in front names in `traceparent`, or whatever the operator's SDK reads.
 */
export function withRequestSpan(
  request: Request,
  response: Response,
  work: (request: Request, response: Response) => Promise<void>,
): Promise<void> {
  const parentContext = context.active();
  const parent =
    telemetry.getSpan(parentContext) === undefined
      ? propagation.extract(parentContext, request.headers)
      : parentContext;
  const method = methodOf(request);
  const span = telemetry
    .getTracer(SCOPE)
    .startSpan(
      `${method === '_OTHER' ? 'HTTP' : method} ${ROUTE}`,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': method, 'http.route': ROUTE } },
      parent,
    );
  if (!span.isRecording()) return work(request, response);
  span.setAttribute('url.scheme', request.secure ? 'https' : 'http');
  return context.with(telemetry.setSpan(parent, span), answered, undefined, span, () =>
    work(request, response),
  );
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
 * Tells the span of the request how it was answered.
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
