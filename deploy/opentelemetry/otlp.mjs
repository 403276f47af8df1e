/**
 * Sends the bridge's spans by OTLP over HTTP; see "OpenTelemetry" in docs/operations.md.
 *
 * No instrumentations are loaded, and none should be: those of HTTP record paths, queries and addresses,
 * which hold tenants' keys and visitors' data. Nothing is to be done at the end: the bridge has the last
 * spans sent before it exits.
 */
import { env } from 'node:process';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

const resource = defaultResource()
  .merge(resourceFromAttributes({ 'service.name': 'snapengage-crm-bridge' }))
  .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));

/** A proxy in front that sends `traceparent` decides what is recorded; else so large a share is. */
const sampler = new ParentBasedSampler({
  root: new TraceIdRatioBasedSampler(Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1)),
});

const processor = new BatchSpanProcessor({
  exporter: new OTLPTraceExporter(),
  scheduledDelayMillis: 2000,
});

context.setGlobalContextManager(new AsyncLocalStorageContextManager());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(
  new TracerProvider({ resource, sampler, spanProcessors: [processor] }),
);
