/**
 * Liquid's filters that read a property of each item, without its generators and without parsing the name for each
 * call. Lists with a plain name, such as `owner.name`, are filtered here, all else by liquidjs.
 */
import { isTruthy, toValueSync, type Context, type FilterImplOptions } from 'liquidjs';

type Filter = Extract<FilterImplOptions, (...args: never[]) => unknown>;
type List = readonly unknown[];
type Path = readonly string[];
type ListFilter = (context: Context, list: List, path: Path, expected: unknown) => unknown;

const LIST_FILTERS: Readonly<Record<string, ListFilter>> = {
  where: (context, list, path, expected) =>
    list.filter((item) => matches(context, itemValue(context, item, path), expected)),
  reject: (context, list, path, expected) =>
    list.filter((item) => !matches(context, itemValue(context, item, path), expected)),
  group_by: (context, list, path) => groupsOf(list, (item) => itemValue(context, item, path)),
};

function groupsOf(list: List, nameOf: (item: unknown) => unknown) {
  return [...Map.groupBy(list, nameOf)].map(([name, items]) => ({ name, items }));
}

/** @param currencyOf the currency that is shown for what an item names. */
export function groupByCurrency(currencyOf: (named: unknown) => unknown): Filter {
  return function (list: unknown): unknown {
    if (!Array.isArray(list)) return [];
    this.context.memoryLimit.use(list.length);
    return groupsOf(list, (item) => currencyOf(itemValue(this.context, item, CURRENCY)));
  };
}
const CURRENCY = ['currency'];

/** @param filter as Liquid has it. */
export function readingDirectly(name: string, filter: Filter): Filter {
  const direct = LIST_FILTERS[name];
  if (direct === undefined) return filter;
  return function (list: unknown, property: unknown, ...args: unknown[]): unknown {
    if (!Array.isArray(list) || typeof property !== 'string' || !PLAIN_PATH.test(property))
      return Reflect.apply(filter, this, [list, property, ...args]);
    this.context.memoryLimit.use(list.length);
    return direct(this.context, list, property.split('.'), args[0]);
  };
}

const PLAIN_PATH = /^\w+(?:\.\w+)*$/;

/** As liquidjs has it, a word that an item lacks is one of the context. */
function itemValue(context: Context, item: unknown, path: Path): unknown {
  const [first = ''] = path;
  const scope = Object(item) as object;
  let value: unknown = first in scope ? scope : context.globals;
  for (const key of path) value = context.readProperty(value as object, key);
  return value;
}

function matches(context: Context, value: unknown, expected: unknown): boolean {
  if (expected === undefined) return isTruthy(value, context);
  const equals = context.opts.operators['=='] as (...args: unknown[]) => unknown;
  return toValueSync(equals(value, expected, context)) === true;
}
