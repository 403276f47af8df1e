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
  const read = expressionReader(initial.postfix);
  const apply = filters.map((filter) => filterOf(filter, liquid));
  if (apply.length === 0) return read;
  return (context) => apply.reduce((value, filter) => filter(value, context), read(context));
}

function expressionReader(postfix: readonly Token[]): Read {
  const steps = postfix.map((token) =>
    TypeGuards.isOperatorToken(token) ? token.operator : tokenReader(token),
  );
  const [only] = steps;
  if (steps.length === 1 && typeof only === 'function') return only;
  return (context) => {
    const stack: unknown[] = [];
    for (const step of steps) {
      if (typeof step === 'function') stack.push(step(context));
      else stack.push(operate(step, stack, context));
    }
    return stack[0];
  };
}

/** Takes its operands off the stack. */
function operate(name: string, stack: unknown[], context: Context): unknown {
  const operator = context.opts.operators[name] as (...args: unknown[]) => unknown;
  const right = stack.pop();
  if (name === 'not') return toValueSync(operator(right, context));
  return toValueSync(operator(stack.pop(), right, context));
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

function filterOf({ name, args }: Filter, liquid: Liquid) {
  const handler = handlerOf(liquid.filters[name]);
  const readers = args.map((arg): Read => {
    if (!Array.isArray(arg)) return tokenReader(arg);
    const [key, token] = arg as [string, Token | undefined];
    const read = token === undefined ? () => undefined : tokenReader(token);
    return (context) => [key, read(context)];
  });
  return (value: unknown, context: Context): unknown => {
    const values = readers.map((read) => read(context));
    return Reflect.apply(handler, { context, liquid }, [value, ...values]);
  };
}

/** An unknown filter, which other checks report, changes nothing. */
function handlerOf(filter: FilterImplOptions | undefined): (...args: never[]) => unknown {
  if (typeof filter === 'function') return filter;
  return filter?.handler ?? ((value) => value);
}
