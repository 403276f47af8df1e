/** Why a template failed as it ran. */
import { LiquidError } from 'liquidjs';
import { RenderLimitError } from './limits.ts';

/**
 * `file:line:column reason`, for the operator. liquidjs' messages may quote a value of the view, so only
 * their kind is reported.
 * @param file for errors that do not know where they happened.
 */
export function describeFailure(error: unknown, file: string): string {
  const reason = limitReached(error) ?? kindOf(error);
  // Without a file the token is of a text that a filter read, such as the name of a property.
  if (!LiquidError.is(error) || error.token.file === undefined) return `${file}: ${reason}`;
  const [line = 1, column = 1] = error.token.getPosition();
  return `${error.token.file}:${line}:${column} ${reason}`;
}

/** @returns which limit was too narrow, or `undefined` for an error of the template. */
export function limitReached(error: unknown): string | undefined {
  const cause = causeOf(error);
  if (cause instanceof RenderLimitError) return cause.message;
  if (cause instanceof RangeError) return 'nested too deep';
  const isMemory = cause instanceof Error && cause.message === 'memory alloc limit exceeded';
  return isMemory ? 'made too much text' : undefined;
}

function kindOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? `failed (${cause.name})` : 'failed';
}

function causeOf(error: unknown): unknown {
  return LiquidError.is(error) ? (error.originalError ?? error) : error;
}
