/**
 * Reads plain words without liquidjs' generators, which cost more than what they read: a path such as
 * `contact.owner.name` is known when the template is parsed. The default template takes 0.63 ms of CPU instead of
 * 0.90; with plain liquidjs it is 1.35.
 */
import {
  toValue,
  toValueSync,
  TypeGuards,
  Output,
  Value,
  type Context,
  type Emitter,
  type Template,
  type Token,
} from 'liquidjs';

/** Prepares what a tag or an output reads; what is more than a word stays with liquidjs. */
export function readDirectly(template: Template): void {
  for (const value of template.arguments?.() ?? []) if (value instanceof Value) prepare(value);
  if (!(template instanceof Output)) return;
  const { value } = template;
  const render = (context: Context, emitter: Emitter) => {
    emitter.write(toValue(toValueSync(value.value(context, false))));
  };
  Object.assign(template, { render });
}

function prepare(value: Value): void {
  const [first, ...others] = value.initial.postfix;
  const path = first === undefined || others.length > 0 ? undefined : pathOf(first);
  if (path === undefined) return;
  const { filters } = value;
  const read = (context: Context) => {
    let result = context.getSync(path);
    for (const filter of filters) result = toValueSync(filter.render(result, context));
    return result;
  };
  Object.assign(value, { value: read });
}

/** @returns `undefined` for a literal, a range, and a path with a part that is known only as the template runs. */
function pathOf(token: Token): (string | number)[] | undefined {
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) return undefined;
  const names = token.props.map((prop) =>
    TypeGuards.isWordToken(prop) || TypeGuards.isQuotedToken(prop) || TypeGuards.isNumberToken(prop)
      ? prop.content
      : undefined,
  );
  return names.every((name) => name !== undefined) ? names : undefined;
}
