/** What templates take of a text and count of it, by the characters people see instead of UTF-16 units and code points. */
import { Context, type FilterImplOptions } from 'liquidjs';
import { charactersOf, hasSingleUnits } from '../model/characters.ts';
import { toText } from './limits.ts';

type ContextArguments = ConstructorParameters<typeof Context>;
type Scope = Parameters<Context['readProperty']>[0];
type Key = Parameters<Context['readProperty']>[1];

/** Reads `name[0]` and `name.size`. @param tick called now and then within long texts. */
export class TextContext extends Context {
  readonly #tick: () => void;
  /** The same as liquidjs', which are not for others to read. */
  readonly #scopes: Scope[];

  constructor(tick: () => void, ...args: ContextArguments) {
    super(...args);
    this.#tick = tick;
    this.#scopes = [this.bottom()];
  }

  /** As liquidjs does it, without its generators. */
  override getSync(path: (string | number)[]): unknown {
    let value: unknown = this.#scopeOf(path[0] ?? '');
    for (const key of path) value = this.readProperty(value as Scope, key);
    return value;
  }

  override push(scope: Scope): number {
    this.#scopes.push(scope);
    return super.push(scope);
  }

  override pop(): Scope | undefined {
    this.#scopes.pop();
    return super.pop();
  }

  #scopeOf(name: string | number): Scope {
    for (let at = this.#scopes.length - 1; at >= 0; at--) {
      const scope = this.#scopes[at];
      if (scope !== undefined && name in scope) return scope;
    }
    return name in this.environments ? this.environments : this.globals;
  }

  override readProperty(object: Scope, key: Key): unknown {
    const own = ownValue(object, key);
    if (own !== undefined) return own;
    const found: unknown = super.readProperty(object, key);
    const text: unknown = object;
    if (typeof text !== 'string' || found === undefined || hasSingleUnits(text)) return found;
    const characters = charactersOf(text, this.#tick);
    return typeof found === 'number' ? countOf(characters) : [...characters][Number(key)];
  }

  override spawn(scope: object = {}): Context {
    const { sync, globals, strictVariables, ownPropertyOnly, renderLimit, memoryLimit } = this;
    const options = { sync, globals, strictVariables, ownPropertyOnly };
    const limits = { renderLimit, memoryLimit, liquid: this.liquid as unknown };
    return new TextContext(this.#tick, scope, this.opts, options, limits);
  }
}

/** A word of a group, which is most of what templates read; `undefined` where liquidjs has to look. */
function ownValue(group: unknown, key: Key): unknown {
  if (typeof group !== 'object' || group === null || typeof key !== 'string') return undefined;
  if (!Object.hasOwn(group, key)) return undefined;
  const value = (group as Readonly<Record<string, unknown>>)[key];
  return typeof value === 'function' ? undefined : value;
}

/** Liquid's own filter. */
type Call = (value: unknown, ...args: unknown[]) => unknown;
interface Text {
  readonly text: string;
  readonly tick: () => void;
  /** Calls the filter as Liquid has it. */
  readonly call: Call;
}
type PartFilter = (text: Text, ...args: unknown[]) => unknown;

/** Filters that cut a text, or count it. Liquid's own do what they should with a text of single units. */
const PART_FILTERS: Readonly<Record<string, PartFilter>> = {
  size: ({ text, tick }) => countOf(charactersOf(text, tick)),
  first: ({ text, tick }) => [...charactersOf(text, tick)].at(0),
  last: ({ text, tick }) => [...charactersOf(text, tick)].at(-1),
  slice: ({ text, tick, call }, begin, length) =>
    toText(call([...charactersOf(text, tick)], toCount(begin), toCount(length ?? 1))),
  truncate: ({ text, tick }, length = 50, end = '...') => {
    const characters = [...charactersOf(text, tick)];
    if (characters.length <= toCount(length)) return text;
    const room = toCount(length) - countOf(charactersOf(toText(end), tick));
    return characters.slice(0, Math.max(room, 0)).join('') + toText(end);
  },
  split: ({ text, tick }, separator) => splitWhole(text, toText(separator), tick),
  replace: ({ text, tick, call }, pattern, replacement) =>
    toText(pattern) === ''
      ? [...charactersOf(text, tick)].join(toText(replacement))
      : call(text, pattern, replacement),
  strip: (text, marks) => stripWhole(text, marks, true, true),
  lstrip: (text, marks) => stripWhole(text, marks, true, false),
  rstrip: (text, marks) => stripWhole(text, marks, false, true),
};

/** @returns the filter that cuts nothing within a character. @param filter as Liquid has it. */
export function cuttingWhole(
  name: string,
  filter: Extract<FilterImplOptions, (...args: never[]) => unknown>,
  tick: () => void,
): typeof filter {
  const whole = PART_FILTERS[name];
  if (whole === undefined) return filter;
  return function (value: unknown, ...args: unknown[]) {
    const call: Call = (...all) => Reflect.apply(filter, this, all);
    if (typeof value !== 'string' || hasSingleUnits(value)) return call(value, ...args);
    this.context.memoryLimit.use(value.length);
    return whole({ text: value, tick, call }, ...args);
  };
}

/** Where the separator itself begins and ends between characters. */
function splitWhole(text: string, separator: string, tick: () => void): string[] {
  if (separator === '') return [...charactersOf(text, tick)];
  const bounds = new Set([0]);
  let end = 0;
  for (const character of charactersOf(text, tick)) bounds.add((end += character.length));
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, end)) {
    end = at + separator.length;
    if (bounds.has(at) && bounds.has(end)) {
      parts.push(text.slice(start, at));
      start = end;
    } else end = at + 1;
  }
  parts.push(text.slice(start));
  // As Liquid's own.
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

function stripWhole({ text, tick }: Text, marks: unknown, left: boolean, right: boolean): string {
  const stripped = new Set(charactersOf(toText(marks), tick));
  const stays = (character: string) =>
    stripped.size > 0 ? !stripped.has(character) : character.trim() !== '';
  const characters = [...charactersOf(text, tick)];
  const start = left ? characters.findIndex(stays) : 0;
  const end = right ? characters.findLastIndex(stays) + 1 : characters.length;
  return start < 0 ? '' : characters.slice(start, end).join('');
}

function countOf(characters: Iterable<string>): number {
  return [...characters].length;
}

function toCount(value: unknown): number {
  return Number(value) || 0;
}
