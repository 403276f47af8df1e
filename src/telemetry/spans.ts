/**
 * The steps of a lookup, each told once and recorded twice: in the trace of the operator who asked about one
 * person (`trace.ts`), with all details, and as a span of OpenTelemetry, with {@link Facts} only. Spans exist
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
import { attributesOf, detailsOf, errorOf, type Facts } from './span-attributes.ts';
import { operationLabel } from './operation-label.ts';
import { currentTrace, everyTrace, tracedBy, type Details, type Trace } from './trace.ts';

/** The name of the instrumentation scope. */
export const SCOPE = 'snapengage-crm-bridge';

export type StepName = 'cache' | 'queue' | 'connector' | 'retry' | 'render';

/** Who watches at some place: the step that is going on there. */
export interface Watcher {
  readonly trace: Trace | undefined;
  readonly span: Span | undefined;
}

export interface OpenStep {
  /** Runs work that is part of the step. */
  inside<T>(work: () => T): T;
  /** Points to work of somebody else that this step waits for. */
  link(other: Watcher | undefined): void;
  /** @param details for the operator alone. With `error` among the facts the step has failed. */
  end(facts?: Facts, details?: Details): void;
}

/** @returns `undefined` when nobody watches. */
export function watcher(): Watcher | undefined {
  const trace = currentTrace();
  const active = telemetry.getActiveSpan();
  const span = active?.isRecording() === true ? active : undefined;
  return trace === undefined && span === undefined ? undefined : { trace, span };
}

/**
 * @param joined further lookups that wait for the same work. Their traces show it too; spans are linked.
 * @returns `undefined` when nobody watches.
 */
export function beginStep(
  name: StepName,
  facts: Facts,
  joined: readonly Watcher[] = [],
): OpenStep | undefined {
  const own = watcher();
  return own === undefined ? undefined : begin(name, facts, own, joined);
}

/** Runs work as part of a step, if anybody watches it. */
export function within<T>(step: OpenStep | undefined, work: () => T): T {
  return step === undefined ? work() : step.inside(work);
}

/** Something that has just happened, or has just ended after `ms`; in spans an event. */
export function noteStep(
  { trace, span }: Watcher,
  name: StepName,
  facts: Facts,
  details: Details & { readonly ms?: number },
): void {
  trace?.add({ step: name, ...detailsOf(facts), ...details });
  span?.addEvent(name, attributesOf(facts));
}

/** A request to the CRM that has just ended. */
export function noteRequest(connection: ConnectionConfiguration, request: CrmRequest): void {
  const own = watcher();
  if (own === undefined) return;
  const facts: Facts = { connection, request };
  own.trace?.add({ step: 'crm request', ms: request.ms, ...detailsOf(facts) });
  if (own.span === undefined) return;
  const end = Date.now();
  const span = telemetry.getTracer(SCOPE).startSpan(operationLabel(request.operation), {
    kind: SpanKind.CLIENT,
    startTime: end - request.ms,
  });
  tellSpan(span, facts);
  span.end(end);
}

function begin(name: StepName, facts: Facts, own: Watcher, joined: readonly Watcher[]): OpenStep {
  const traces = [own, ...joined].flatMap(({ trace }) => trace ?? []);
  const open =
    traces.length === 0 ? undefined : everyTrace(traces).begin({ step: name, ...detailsOf(facts) });
  const span = own.span && beginSpan(name, facts, joined);
  return {
    inside(work) {
      const traced = open === undefined ? work : () => tracedBy(open.inside, work);
      if (span === undefined) return traced();
      return context.with(telemetry.setSpan(context.active(), span), traced);
    },
    link(other) {
      if (other?.span !== undefined) span?.addLink({ context: other.span.spanContext() });
    },
    end(last = {}, details = {}) {
      open?.end({ ...detailsOf(last), ...details });
      if (span === undefined) return;
      tellSpan(span, last);
      span.end();
    },
  };
}

function beginSpan(name: StepName, facts: Facts, joined: readonly Watcher[]): Span {
  const others = joined.flatMap((other) => other.span ?? []);
  const span = telemetry.getTracer(SCOPE).startSpan(name, {
    attributes: attributesOf(facts),
    links: others.map((other) => ({ context: other.spanContext() })),
  });
  for (const other of others) other.addLink({ context: span.spanContext() });
  return span;
}

/** Of an error the class alone: messages may quote anything. */
export function tellSpan(span: Span, facts: Facts): void {
  span.setAttributes(attributesOf(facts));
  const error = errorOf(facts);
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
}
