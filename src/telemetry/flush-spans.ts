import { trace as telemetry, type TracerProvider } from '@opentelemetry/api';
import { withTimeout } from '../model/with-timeout.ts';

/** What the API's types leave out. What is registered may come from another copy of the API's package. */
interface Provider extends TracerProvider {
  /** The API's own stands before the one that the SDK brought. */
  getDelegate?(): Provider;
  /** The specification has it for every SDK. */
  forceFlush?(): Promise<unknown>;
}

/**
 * Has the operator's SDK, if there is one, send what it still holds: nothing can be sent once the process
 * exits.
 * @param patience the longest wait, in milliseconds.
 * @returns whether everything was sent.
 */
export async function flushSpans(patience: number): Promise<boolean> {
  const registered: Provider = telemetry.getTracerProvider();
  const provider = registered.getDelegate?.() ?? registered;
  const flushing = provider.forceFlush?.().then(
    () => true,
    () => false,
  );
  if (flushing === undefined) return true;
  return (await withTimeout(flushing, patience)) ?? false;
}
