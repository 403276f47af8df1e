/** Puts the filters of `filter-table.ts` into Liquid: the bridge's own, and Liquid's made safe for plain text. */
import { toValueSync, type FilterImplOptions, type Liquid } from 'liquidjs';
import { FILTERS, type Filter } from './filter-table.ts';
import type { Formats } from './format.ts';
import { guardResult, stripTags, type LineGuard } from './line-guard.ts';
import { assertSize, joinText, toText, type Budget } from './limits.ts';
import { parseDate } from './parse-date.ts';
import { cuttingWhole } from './character-filters.ts';
import { groupByCurrency, readingDirectly } from './list-filters.ts';

/** What the filters know of the rendering in progress. */
export interface Rendering {
  readonly formats: Formats;
  /** ISO 8601. */
  readonly now: string;
  readonly budget: Budget;
  readonly guard: LineGuard;
  /** Milliseconds since 1970: from then on what was printed may be out of date. */
  validUntil: number;
}

type Handler = Extract<FilterImplOptions, (...args: never[]) => unknown>;
type This = ThisParameterType<Handler>;
type Call = (value: unknown, ...args: unknown[]) => unknown;

/** Replaces all filters of `liquid`. @param rendering the one in progress. */
export function registerFilters(liquid: Liquid, rendering: () => Rendering | undefined): void {
  const originals = { ...liquid.filters };
  const formatting = (
    format: (r: Rendering, value: unknown, argument: unknown) => unknown,
  ): Handler => {
    return (value: unknown, argument: unknown) => {
      const current = rendering();
      return current === undefined ? value : format(current, value, argument);
    };
  };
  const own: Readonly<Record<string, Handler>> = {
    money: formatting(({ formats }, value, currency) => formats.money(value, currency)),
    number: formatting(({ formats }, value, decimals) => formats.number(value, decimals)),
    day: formatting((current, value, length) => {
      if (isNow(value)) expire(current, current.formats.endOfDay(current.now));
      return current.formats.day(isNow(value) ? current.now : value, length);
    }),
    time: formatting((current, value) => {
      if (isNow(value))
        expire(current, Math.floor(Date.parse(current.now) / MINUTE_MS + 1) * MINUTE_MS);
      return current.formats.time(isNow(value) ? current.now : value);
    }),
    ago: formatting((current, value) =>
      current.formats.ago(value, current.now, (at) => expire(current, at)),
    ),
    days: formatting((current, value) => {
      const at = isNow(value) ? current.now : value;
      return current.formats.days(at, current.now, (end) => expire(current, end));
    }),
    group_by_currency: groupByCurrency((named) => {
      const current = rendering();
      return current === undefined ? named : current.formats.currency(named);
    }),
  };
  for (const name of Object.keys(originals)) liquid.unregisterFilter(name);
  for (const [name, word] of Object.entries(FILTERS)) {
    const tick = () => rendering()?.budget.check();
    const ofLiquid = () => readingDirectly(name, handlerOf(originals[name]));
    const handler = own[name] ?? cuttingWhole(name, ofLiquid(), tick);
    liquid.registerFilter(name, limited(name, hardened(name, handler, rendering), word, rendering));
  }
}

/** Keeps `null`, groups and NaN out of texts, and limits the size of every value. */
function limited(
  name: string,
  handler: Handler,
  { input, arguments: [first] }: Filter,
  rendering: () => Rendering | undefined,
): FilterImplOptions {
  const takesText = input === 'text' || input === 'number';
  const operands = input !== 'number' ? 0 : first?.type === 'number' ? 2 : 1;
  return function (this: This, ...args: unknown[]) {
    const current = rendering();
    current?.budget.check();
    for (let index = 0; index < operands; index++) if (isMissing(args[index])) return undefined;
    for (let index = 0; index < args.length; index++) {
      const arg = args[index];
      assertSize(arg);
      if (takesText && typeof arg === 'object') args[index] = joinText(arg, current?.guard);
    }
    // Filters that evaluate properties are generators.
    const checked = checkResult(toValueSync(Reflect.apply(handler, this, args)));
    return current ? guardResult(name, checked, args, current.guard) : checked;
  };
}

function isMissing(value: unknown): boolean {
  return value == null || value === '';
}

function checkResult(result: unknown): unknown {
  assertSize(result);
  return typeof result === 'number' && !Number.isFinite(result) ? undefined : result;
}

/** Liquid's own filters where they would throw at a value, print `null`, or look at the wrong clock. */
function hardened(name: string, handler: Handler, rendering: () => Rendering | undefined): Handler {
  const wrap = (change: (call: Call, value: unknown, args: unknown[], self: This) => unknown) =>
    function (this: This, value: unknown, ...args: unknown[]) {
      return change((...all) => Reflect.apply(handler, this, all), value, args, this);
    };
  switch (name) {
    case 'join':
    case 'array_to_sentence_string':
      return wrap((call, value, args) => call(texts(value), ...args));
    case 'json':
    case 'jsonify':
    case 'inspect':
      return wrap((call, value, args) => (value == null ? '' : call(value, ...args)));
    case 'strip_html':
      return wrap((call, value) => {
        const strip = (text: unknown) => toText(call(text));
        const guard = rendering()?.guard;
        return guard ? stripTags(toText(value), strip, guard) : strip(value);
      });
    case 'url_decode':
    case 'base64_decode':
      return wrap((call, value, args) => unlessInvalid(() => call(value, ...args), value));
    case 'date':
    case 'date_to_string':
    case 'date_to_long_string':
    case 'date_to_xmlschema':
    case 'date_to_rfc822':
      return wrap((_, value, args, self) => {
        const current = isNow(value) ? rendering() : undefined;
        if (current !== undefined) expire(current, Date.parse(current.now) + 1);
        const moment = current?.now ?? value;
        // Liquid's own pattern is English.
        if (name === 'date' && isMissing(args[0])) return rendering()?.formats.day(moment);
        const dated = parseDate(moment)?.kind === 'day' ? inUtc(self) : self;
        return unlessInvalid(() => Reflect.apply(handler, dated, [moment, ...args]), value);
      });
    default:
      return handler;
  }
}

const MINUTE_MS = 60_000;

function expire(rendering: Rendering, at: number): void {
  rendering.validUntil = Math.min(rendering.validUntil, at);
}

/** As Liquid's own `date` has it. */
function isNow(value: unknown): boolean {
  return value === 'now' || value === 'today';
}

function texts(value: unknown): unknown {
  return Array.isArray(value) ? value.map(toText).filter((text) => text !== '') : toText(value);
}

/** A value that a filter cannot read stays as it is; limits stay errors. */
function unlessInvalid(run: () => unknown, value: unknown): unknown {
  try {
    return run();
  } catch (error) {
    const invalid =
      error instanceof URIError ||
      error instanceof RangeError ||
      (error instanceof Error && error.message.startsWith('invalid base64'));
    if (invalid) return value;
    throw error;
  }
}

/** A bare date is that day everywhere. */
function inUtc(self: This): This {
  const { context } = self;
  const opts = { ...context.opts, timezoneOffset: 0 };
  const dated = Object.create(context, { opts: { value: opts } }) as This['context'];
  return { ...self, context: dated };
}

function handlerOf(filter: FilterImplOptions | undefined): Handler {
  if (filter === undefined) throw new Error('the filter table names a filter that Liquid lacks');
  return typeof filter === 'function' ? filter : filter.handler;
}
