/**
 * The steps of a lookup, each told once and recorded twice: in the trace of the operator who asked about one
 * person (`trace.ts`), with all details, and as a span of OpenTelemetry, with {@link StepAttributes} only. Spans exist
 * below a recording span alone, so without an SDK, and for requests it leaves out, nothing is recorded.
 */
import {
  context,
  SpanKind,
  SpanStatusCode,
  trace as telemetry,
  type Span,
} from '@opentelemetry/api';
import type { ConnectionConfiguration } from '../config/configuration.ts';
import type { CrmRequest } from '../connector/contract.ts';
import { spanAttributes, stepDetails, errorType, type StepAttributes } from './span-attributes.ts';
import { operationLabel } from './operation-label.ts';
import { currentTrace, combineTraces, runWithTrace, type Details, type Trace } from './trace.ts';

/** The name of the instrumentation scope. */
export const SCOPE = 'snapengage-crm-bridge';

export type StepName = 'cache' | 'queue' | 'connector' | 'retry' | 'render';

/** Who watches at some place: the step that is going on there. */
export interface TraceContext {
  readonly trace: Trace | undefined;
  readonly span: Span | undefined;
}

export interface OpenStep {
  /** Runs work that is part of the step. */
  inside<T>(work: () => T): T;
  /** Points to work of somebody else that this step waits for. */
  link(other: TraceContext | undefined): void;
  /** @param details for the operator alone. With `error` among the facts the step has failed. */
  end(facts?: StepAttributes, details?: Details): void;
}

/** @returns `undefined` when nobody watches. */
export function activeTrace(): TraceContext | undefined {
  const trace = currentTrace();
  const active = telemetry.getActiveSpan();
  const span = active?.isRecording() === true ? active : undefined;
  return trace === undefined && span === undefined ? undefined : { trace, span };
}

/**
 * @param followers further lookups that wait for the same work. Their traces show it too; spans are linked.
 * @returns `undefined` when nobody watches.
 */
export function beginStep(
  name: StepName,
  facts: StepAttributes,
  followers: readonly TraceContext[] = [],
): OpenStep | undefined {
  const own = activeTrace();
  return own === undefined ? undefined : begin(name, facts, own, followers);
}

/** Runs work as part of a step, if anybody watches it. */
export function runIn<T>(step: OpenStep | undefined, work: () => T): T {
  return step === undefined ? work() : step.inside(work);
}

/** Something that has just happened, or has just ended after `ms`; in spans an event. */
export function addEvent(
  { trace, span }: TraceContext,
  name: StepName,
  facts: StepAttributes,
  details: Details & { readonly ms?: number },
): void {
  trace?.add({ step: name, ...stepDetails(facts), ...details });
  span?.addEvent(name, spanAttributes(facts));
}

/** A request to the CRM that has just ended. */
export function recordRequestSpan(connection: ConnectionConfiguration, request: CrmRequest): void {
  const own = activeTrace();
  if (own === undefined) return;
  const facts: StepAttributes = { connection, request };
  own.trace?.add({ step: 'crm request', ms: request.ms, ...stepDetails(facts) });
  if (own.span === undefined) return;
  const end = Date.now();
  const span = telemetry.getTracer(SCOPE).startSpan(operationLabel(request.operation), {
    kind: SpanKind.CLIENT,
    startTime: end - request.ms,
  });
  setSpanResult(span, facts);
  span.end(end);
}

function begin(
  name: StepName,
  facts: StepAttributes,
  own: TraceContext,
  followers: readonly TraceContext[],
): OpenStep {
  const traces = [own, ...followers].flatMap(({ trace }) => trace ?? []);
  const open =
    traces.length === 0
      ? undefined
      : combineTraces(traces).begin({ step: name, ...stepDetails(facts) });
  const span = own.span && beginSpan(name, facts, followers);
  return {
    inside(work) {
      const traced = open === undefined ? work : () => runWithTrace(open.child, work);
      if (span === undefined) return traced();
      return context.with(telemetry.setSpan(context.active(), span), traced);
    },
    link(other) {
      if (other?.span !== undefined) span?.addLink({ context: other.span.spanContext() });
    },
    end(last = {}, details = {}) {
      open?.end({ ...stepDetails(last), ...details });
      if (span === undefined) return;
      setSpanResult(span, last);
      span.end();
    },
  };
}

function beginSpan(
  name: StepName,
  facts: StepAttributes,
  followers: readonly TraceContext[],
): Span {
  const others = followers.flatMap((other) => other.span ?? []);
  const span = telemetry.getTracer(SCOPE).startSpan(name, {
    attributes: spanAttributes(facts),
    links: others.map((other) => ({ context: other.spanContext() })),
  });
  for (const other of others) other.addLink({ context: span.spanContext() });
  return span;
}

/** Of an error the class alone: messages may quote anything. */
export function setSpanResult(span: Span, facts: StepAttributes): void {
  span.setAttributes(spanAttributes(facts));
  const error = errorType(facts);
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
}
