/** An OpenTelemetry SDK as an operator loads it, with an exporter that keeps the spans here. */
import { context, propagation, trace, type Attributes, type SpanContext } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace';

export interface Telemetry {
  /** Those that have ended, by their beginning. */
  spans(): readonly ReadableSpan[];
  /** Waits until so many spans have that name. @throws {Error} when they do not come in time. */
  ended(name: string, count?: number): Promise<readonly ReadableSpan[]>;
  /** A line for each span, indented below its parent: the tree of one trace. */
  tree(traceId: string): readonly string[];
  reset(): void;
  close(): Promise<void>;
}

/** Registers for the whole process, until it is closed. */
export function recordSpans(sampler?: Sampler): Telemetry {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    ...(sampler === undefined ? {} : { sampler }),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);

  const spans = () => exporter.getFinishedSpans().toSorted((a, b) => startOf(a) - startOf(b));
  const named = (name: string) => spans().filter((span) => span.name === name);
  return {
    spans,
    async ended(name, count = 1) {
      const until = performance.now() + 5000;
      while (named(name).length < count) {
        if (performance.now() > until) throw new Error(`${named(name).length} spans "${name}"`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return named(name);
    },
    tree(traceId) {
      const all = spans().filter((span) => span.spanContext().traceId === traceId);
      const below = (parent: string | undefined, indent: string): string[] =>
        all
          .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
          .flatMap((span) => [
            indent + span.name,
            ...below(span.spanContext().spanId, `${indent}  `),
          ]);
      return below(undefined, '');
    },
    reset: () => exporter.reset(),
    async close() {
      await provider.shutdown();
      trace.disable();
      propagation.disable();
      context.disable();
    },
  };
}

/** Everything about a span that an exporter sends away. */
export function wordsOf(span: ReadableSpan): string {
  const { name, attributes, events, links, status, resource } = span;
  const context = (one: SpanContext) => [one.traceId, one.traceState?.serialize()];
  return JSON.stringify([
    name,
    attributes,
    events.map((event) => [event.name, event.attributes]),
    links.map((link) => [link.attributes, context(link.context)]),
    status,
    resource.attributes satisfies Attributes,
    context(span.spanContext()),
  ]);
}

function startOf({ startTime: [seconds, nanoseconds] }: ReadableSpan): number {
  return seconds * 1e9 + nanoseconds;
}
