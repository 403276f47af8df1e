/** What a log line or `/health` may contain about an error. */
export interface ErrorDescription {
  /** The error's name, such as `ConnectorError`. */
  readonly error: string;
  /** The kind of a ConnectorError. */
  readonly kind?: string;
  /** Such as `ECONNREFUSED`; that of the cause when the error has none itself. */
  readonly code?: string;
  /** The name of the innermost cause. */
  readonly cause?: string;
  /** Where it was thrown, or its cause if there is one: `src/a.ts:12:3 < src/b.ts:4:5`. */
  readonly at?: string;
}

/**
 * Describes an error without its message: a message may quote anything, such as the address that was looked up, a
 * URL with a key, or the CRM's text. That includes errors with a `kind`, because third-party connectors write
 * them. Names, kinds and codes are taken only if they look like identifiers.
 */
export function describeError(error: unknown): ErrorDescription {
  const chain = causes(error);
  const root = chain.at(-1);
  const code = chain.map((one) => identifier(one.code)).find((one) => one !== undefined);
  const kind = identifier(chain[0]?.kind);
  const cause = chain.length > 1 ? identifier(root?.name) : undefined;
  const at = locations(root) ?? locations(chain[0]);
  return {
    error: identifier(chain[0]?.name) ?? (error instanceof Error ? 'Error' : typeof error),
    ...(kind === undefined ? {} : { kind }),
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause }),
    ...(at === undefined ? {} : { at }),
  };
}

type ErrorLike = Partial<Record<'name' | 'message' | 'stack' | 'kind' | 'code' | 'cause', unknown>>;

/** The error and its causes, outermost first; at most 5, because causes may form a loop. */
function causes(error: unknown): readonly ErrorLike[] {
  const chain: ErrorLike[] = [];
  for (let next = error; isObject(next) && chain.length < 5; next = next.cause) chain.push(next);
  return chain;
}

function isObject(value: unknown): value is ErrorLike {
  return typeof value === 'object' && value !== null;
}

function identifier(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(value)
    ? value
    : undefined;
}

/**
 * The first locations of a stack, without function names, which may be computed from data. The stack begins with
 * the message, which may look like a stack itself, so nothing is taken unless the message is found.
 */
function locations(error: ErrorLike | undefined): string | undefined {
  if (typeof error?.stack !== 'string' || typeof error.message !== 'string') return undefined;
  const start = error.stack.indexOf(error.message);
  if (start < 0) return undefined;
  const places = error.stack
    .slice(start + error.message.length)
    .split('\n')
    .flatMap((line) => /^ +at .*?((?:[\w.@-]+\/){0,3}[\w.-]+:\d+:\d+)\)?$/.exec(line)?.[1] ?? []);
  return places.length === 0 ? undefined : places.slice(0, 3).join(' < ');
}
