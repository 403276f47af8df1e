/** Why a template failed as it ran. */
import { LiquidError } from 'liquidjs';
import { PartialError, RenderLimitError } from './limits.ts';

/**
 * `file:line:column reason`, for the operator, of a partial with where the template calls it. liquidjs' messages may
 * quote a value of the view, so only their kind is reported.
 * @param file for errors that do not know where they happened.
 */
export function describeFailure(error: unknown, file: string): string {
  const inner = innermost(error);
  const cause = LiquidError.is(inner) ? (inner.originalError ?? inner) : inner;
  const caller = inner === error ? '' : `, called from ${placeOf(error, file)}`;
  return `${placeOf(inner, file)} ${reasonOf(cause)}${caller}`;
}

function reasonOf(cause: unknown): string {
  if (cause instanceof RenderLimitError) return cause.message;
  if (cause instanceof RangeError) return 'nested too deep';
  if (!(cause instanceof Error)) return 'failed';
  const isMemory = cause.message === 'memory alloc limit exceeded';
  return isMemory ? 'made too much text' : `failed (${cause.name})`;
}

/** The error of the partial that failed, however deep it is nested. */
function innermost(error: unknown): unknown {
  if (!LiquidError.is(error)) return error;
  const { originalError } = error;
  return originalError instanceof PartialError ? innermost(originalError.cause) : error;
}

/** Without a file the token is of a text that a filter read, such as the name of a property. */
function placeOf(error: unknown, file: string): string {
  if (!LiquidError.is(error) || error.token.file === undefined) return `${file}:`;
  const [line = 1, column = 1] = error.token.getPosition();
  return `${error.token.file}:${line}:${column}`;
}
