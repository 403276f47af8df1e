/**
 * Evaluates what tags and outputs read without liquidjs' generators, which serve asynchronous rendering and cost
 * more than what they evaluate. What a value reads is known when the template is parsed. With the context, the blocks
 * and the tags (direct-tags.ts), which do without them too, the default template takes a third of the time.
 */
import {
  evalToken,
  toValueSync,
  TypeGuards,
  Value,
  type Context,
  type FilterImplOptions,
  type Liquid,
  type Template,
  type Token,
} from 'liquidjs';

export type Read = (context: Context) => unknown;
type Filter = Value['filters'][number];

/** Prepares the values of a tag that liquidjs renders. @param liquid has its filters already. */
export function readDirectly(template: Template, liquid: Liquid): void {
  for (const value of template.arguments?.() ?? []) {
    if (value instanceof Value) Object.assign(value, { value: readerOf(value, liquid) });
  }
}

/** @param liquid has its filters already. */
export function readerOf({ initial, filters }: Value, liquid: Liquid): Read {
  return filters.reduce(
    (read, filter) => filtered(read, filter, liquid),
    expressionReader(initial.postfix),
  );
}

const nothing: Read = () => undefined;

/** @param postfix each operator stands behind its operands; in that of `a == not b` one is missing, as in liquidjs. */
function expressionReader(postfix: readonly Token[]): Read {
  const readers: Read[] = [];
  for (const token of postfix) {
    if (TypeGuards.isOperatorToken(token)) {
      const right = readers.pop() ?? nothing;
      const left = token.operator === 'not' ? undefined : (readers.pop() ?? nothing);
      readers.push(operation(token.operator, left, right));
    } else readers.push(tokenReader(token));
  }
  return readers[0] ?? nothing;
}

/** @param left none for `not`. */
function operation(name: string, left: Read | undefined, right: Read): Read {
  return (context) => {
    const operator = context.opts.operators[name] as (...args: unknown[]) => unknown;
    return toValueSync(
      left === undefined
        ? operator(right(context), context)
        : operator(left(context), right(context), context),
    );
  };
}

export function tokenReader(token: Token): Read {
  if ('content' in token) {
    const content: unknown = token.content;
    return () => content;
  }
  const path = pathOf(token);
  if (path !== undefined) return (context) => context.getSync(path);
  return (context): unknown => toValueSync(evalToken(token, context));
}

/** @returns `undefined` for a range, and for a path with a part that is known only as the template runs. */
function pathOf(token: Token): (string | number)[] | undefined {
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) return undefined;
  const names = token.props.map((prop) =>
    TypeGuards.isWordToken(prop) || TypeGuards.isQuotedToken(prop) || TypeGuards.isNumberToken(prop)
      ? prop.content
      : undefined,
  );
  return names.every((name) => name !== undefined) ? names : undefined;
}

function filtered(read: Read, { name, args }: Filter, liquid: Liquid): Read {
  const handler = handlerOf(liquid.filters[name]);
  const readArguments = args.map((arg): Read => {
    if (!Array.isArray(arg)) return tokenReader(arg);
    const [key, token] = arg as [string, Token | undefined];
    const readNamed = token === undefined ? nothing : tokenReader(token);
    return (context) => [key, readNamed(context)];
  });
  const readers = [read, ...readArguments];
  return (context) => {
    const given = readers.map((each) => each(context));
    return Reflect.apply(handler, { context, liquid }, given) as unknown;
  };
}

/** An unknown filter, which other checks report, changes nothing. */
function handlerOf(filter: FilterImplOptions | undefined): (...args: never[]) => unknown {
  if (typeof filter === 'function') return filter;
  return filter?.handler ?? ((value) => value);
}
