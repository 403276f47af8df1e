/**
 * The API of OpenTelemetry, in the build for `require` that `@prometheus-io/client` loads, too: an `import` would load
 * another fifty files that do the same.
 */
import { createRequire } from 'node:module';
import type * as Api from '@opentelemetry/api';

export const { context, propagation, SpanKind, SpanStatusCode, trace } = createRequire(
  import.meta.url,
)('@opentelemetry/api') as typeof Api;
