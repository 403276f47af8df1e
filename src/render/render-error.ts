/** Why a template failed as it ran, for the operator. */
import { LiquidError } from 'liquidjs';
import { RenderLimitError } from './budget.ts';

/**
 * `file:line:column reason`. Messages of others may quote a value of the view, so only their kind is told.
 * @param file for errors that do not know where they happened.
 */
export function describeFailure(error: unknown, file: string): string {
  if (!LiquidError.is(error)) return `${file}: ${reasonOf(error)}`;
  const [line = 1, column = 1] = error.token.getPosition();
  return `${error.token.file ?? file}:${line}:${column} ${reasonOf(error.originalError ?? error)}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error instanceof RenderLimitError) return error.message;
  if (error.message === 'memory alloc limit exceeded') return 'made too much text';
  if (error instanceof RangeError) return 'nested too deep';
  return `failed (${error.name})`;
}
