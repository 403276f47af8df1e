/**
 * The steps of a lookup. Each is recorded in two places: in the trace of an operator who debugs one person
 * (`trace.ts`), with all details, and as an OpenTelemetry span, with {@link StepAttributes} only. Spans exist only below
 * a recording span, so nothing is recorded without an SDK or for requests that it does not sample.
 */
import type { Span, Tracer, TracerProvider } from '@opentelemetry/api';
import type { ConnectionConfiguration } from '../config/configuration.ts';
import type { CrmRequest } from '../connector/contract.ts';
import { withTimeout } from '../model/clock.ts';
import { operationLabel } from './labels.ts';
import { context, SpanKind, SpanStatusCode, trace as telemetry } from './opentelemetry.ts';
import { errorType, spanAttributes, stepDetails, type StepAttributes } from './span-attributes.ts';
import { combineTraces, currentTrace, runWithTrace, type Details, type Trace } from './trace.ts';

/** The name of the instrumentation scope. */
export const SCOPE = 'snapengage-crm-bridge';

export type StepName = 'cache' | 'queue' | 'connector' | 'retry' | 'record' | 'render';

/** The trace and the span in which some work runs. */
export interface TraceContext {
  readonly trace: Trace | undefined;
  readonly span: Span | undefined;
}

export interface OpenStep {
  /** Runs work that is part of the step. */
  run<T>(work: () => T): T;
  /** Links to the work of another lookup that this step waits for. */
  link(other: TraceContext | undefined): void;
  /** The step has failed if the attributes have an `error`. @param details for the operator's trace only. */
  end(attributes?: StepAttributes, details?: Details): void;
}

/** @returns `undefined` when the current work is not traced. */
export function activeTrace(): TraceContext | undefined {
  const trace = currentTrace();
  const active = telemetry.getActiveSpan();
  const span = active?.isRecording() === true ? active : undefined;
  return trace === undefined && span === undefined ? undefined : { trace, span };
}

/**
 * @param followers other lookups that wait for the same work. Their traces show it too; spans are linked.
 * @returns `undefined` when the current work is not traced.
 */
export function beginStep(
  name: StepName,
  attributes: StepAttributes,
  followers: readonly TraceContext[] = [],
): OpenStep | undefined {
  const parent = activeTrace();
  if (parent === undefined) return undefined;
  const traces = [parent, ...followers].flatMap(({ trace }) => trace ?? []);
  const step =
    traces.length === 0
      ? undefined
      : combineTraces(traces).begin({ step: name, ...stepDetails(attributes) });
  const span = parent.span && startLinkedSpan(name, attributes, followers);
  return {
    run(work) {
      const traced = step === undefined ? work : () => runWithTrace(step.child, work);
      if (span === undefined) return traced();
      return context.with(telemetry.setSpan(context.active(), span), traced);
    },
    link(other) {
      if (other?.span !== undefined) span?.addLink({ context: other.span.spanContext() });
    },
    end(result = {}, details = {}) {
      step?.end({ ...stepDetails(result), ...details });
      if (span === undefined) return;
      setSpanResult(span, result);
      span.end();
    },
  };
}

/** Runs work as part of a step, if there is one. */
export function runIn<T>(step: OpenStep | undefined, work: () => T): T {
  return step === undefined ? work() : step.run(work);
}

/** Records what has just happened, or has just ended after `ms`; in spans as an event. */
export function addEvent(
  { trace, span }: TraceContext,
  name: StepName,
  attributes: StepAttributes,
  details: Details & { readonly ms?: number },
): void {
  trace?.add({ step: name, ...stepDetails(attributes), ...details });
  span?.addEvent(name, spanAttributes(attributes));
}

/** Records a request to the CRM that has just ended. */
export function recordRequestSpan(connection: ConnectionConfiguration, request: CrmRequest): void {
  const parent = activeTrace();
  if (parent === undefined) return;
  const attributes: StepAttributes = { connection, request };
  parent.trace?.add({ step: 'crm request', ms: request.ms, ...stepDetails(attributes) });
  if (parent.span === undefined) return;
  const end = Date.now();
  const span = telemetry.getTracer(SCOPE).startSpan(operationLabel(request.operation), {
    kind: SpanKind.CLIENT,
    startTime: end - request.ms,
  });
  setSpanResult(span, attributes);
  span.end(end);
}

function startLinkedSpan(
  name: StepName,
  attributes: StepAttributes,
  followers: readonly TraceContext[],
): Span {
  const others = followers.flatMap((follower) => follower.span ?? []);
  const span = telemetry.getTracer(SCOPE).startSpan(name, {
    attributes: spanAttributes(attributes),
    links: others.map((other) => ({ context: other.spanContext() })),
  });
  for (const other of others) other.addLink({ context: span.spanContext() });
  return span;
}

/** Records only the class of an error: messages may quote anything. */
export function setSpanResult(span: Span, attributes: StepAttributes): void {
  span.setAttributes(spanAttributes(attributes));
  const error = errorType(attributes);
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
}

/** What the API's types leave out; the provider may come from another copy of the API's package. */
interface FlushableProvider extends TracerProvider {
  /** The API registers a proxy in front of the SDK's provider. */
  getDelegate?(): FlushableProvider;
  /** Of that proxy: `undefined` without an SDK. */
  getDelegateTracer?(name: string): Tracer | undefined;
  /** The specification requires it of every SDK. */
  forceFlush?(): Promise<unknown>;
}

/** @returns whether the operator has loaded an SDK. */
export function hasSdk(): boolean {
  const provider: FlushableProvider = telemetry.getTracerProvider();
  return (
    provider.getDelegateTracer === undefined || provider.getDelegateTracer(SCOPE) !== undefined
  );
}

/**
 * Makes the operator's SDK, if one is loaded, send its pending spans: nothing is sent after the process exits.
 * @returns whether all were sent within `timeoutMs`.
 */
export async function flushSpans(timeoutMs: number): Promise<boolean> {
  const registered: FlushableProvider = telemetry.getTracerProvider();
  const provider = registered.getDelegate?.() ?? registered;
  const flushing = provider.forceFlush?.().then(
    () => true,
    () => false,
  );
  if (flushing === undefined) return true;
  return (await withTimeout(flushing, timeoutMs)) ?? false;
}
