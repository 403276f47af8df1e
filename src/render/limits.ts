/**
 * Bounds on what a template can make, so that none blocks the process or fills its memory: no value
 * grows beyond {@link MAX_WEIGHT}, so no single step takes long, and all text counts against Liquid's
 * memory limit, which by itself knows only what some filters make.
 */
import { threadCpuUsage } from 'node:process';
import {
  CaseTag,
  defaultOperators,
  isFalsy,
  isTruthy,
  toValue,
  toValueSync,
  type Context,
  type Emitter,
  type Operators,
} from 'liquidjs';

import type { LineGuard, Piece } from './line-guard.ts';

/** List items (those of lists within lists too), 50 characters counting as one. */
const MAX_WEIGHT = 20_000;
const CHARACTERS_PER_ITEM = 50;

/** @throws {RenderLimitError} for a value heavier than `limit`. */
export function assertSize(value: unknown, limit = MAX_WEIGHT): void {
  if (weightOf(value, limit, false) > limit)
    throw new RenderLimitError('a text or list grew too long');
}

/** What a value looks like in a text: nothing for what is missing, for groups, and for numbers that are not finite. */
export function toText(value: unknown): string {
  const plain: unknown = toValue(value);
  if (typeof plain === 'string') return plain;
  if (typeof plain === 'number') return Number.isFinite(plain) ? String(plain) : '';
  if (typeof plain === 'boolean') return String(plain);
  return Array.isArray(plain) ? plain.map(toText).join('') : '';
}

/** A list as one text, in which its items do not begin a line together. */
export function joinText(list: unknown, guard: LineGuard | undefined): string {
  const pieces: Piece[] = [];
  let text = '';
  for (const item of textsOf(list)) {
    text += item;
    pieces.push({ end: text.length, isOwn: false });
  }
  return guard?.untangle(text, pieces) ?? text;
}

/** The texts that a value is made of: those of a list stand side by side. */
function textsOf(value: unknown): readonly string[] {
  const plain: unknown = toValue(value);
  return Array.isArray(plain) ? plain.flatMap(textsOf) : [toText(plain)];
}

/** Collects a text; what is written counts against the memory limit of the rendering. */
export class LimitedEmitter implements Emitter {
  buffer = '';
  readonly #limit: Context['memoryLimit'];
  readonly #guard: LineGuard | undefined;
  readonly #pieces: Piece[] = [];

  constructor(context: Context, guard: LineGuard | undefined) {
    this.#limit = context.memoryLimit;
    this.#guard = guard;
  }

  write(value: unknown): void {
    if (typeof value === 'string') this.#add(value, false);
    else {
      assertSize(value);
      for (const text of textsOf(value)) this.#add(text, false);
    }
  }

  /** Writes what stands in the template itself. */
  writeOwn(text: string): void {
    this.#add(text, true);
  }

  /** The text, in which no value begins a line together with what stands beside it. */
  finish(): string {
    return this.#guard?.untangle(this.buffer, this.#pieces) ?? this.buffer;
  }

  #add(text: string, isOwn: boolean): void {
    this.#limit.use(text.length);
    this.buffer += text;
    if (this.#guard?.isInValues === true) this.#pieces.push({ end: this.buffer.length, isOwn });
  }
}

type Group = Readonly<Record<string, unknown>>;

/** Stops as soon as the limit is passed: what is heavy may be too heavy to be counted to the end. */
function weightOf(value: unknown, limit: number, inGroup: boolean): number {
  if (typeof value === 'string') return 1 + (inGroup ? 0 : value.length / CHARACTERS_PER_ITEM);
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  if (Array.isArray(value)) {
    for (const item of value) {
      weight += weightOf(item, limit - weight, false);
      if (weight > limit) break;
    }
  } else {
    for (const name in value) {
      weight += weightOf((value as Group)[name], limit - weight, true);
      if (weight > limit) break;
    }
  }
  return weight;
}

type Operator = (left: unknown, right: unknown, context: Context) => unknown;

/** Liquid's operators; those that compare lists do so item by item. @param check throws when the time is used up. */
export function limitedOperators(check: () => void): Operators {
  const limited = (name: string, operator: Operator): Operator => {
    const comparePlain = PLAIN_COMPARISONS[name];
    return (left, right, context) => {
      if (comparePlain !== undefined && isPlain(left) && isPlain(right))
        return comparePlain(left, right);
      check();
      assertSize(left);
      assertSize(right);
      return operator(left, right, context);
    };
  };
  const operators = Object.entries(defaultOperators as Readonly<Record<string, Operator>>);
  return {
    ...Object.fromEntries(operators.map(([name, operator]) => [name, limited(name, operator)])),
    not: (value: unknown, context: Context) => isFalsy(value, context),
    and: (left: unknown, right: unknown, context: Context) =>
      isTruthy(left, context) && isTruthy(right, context),
    or: (left: unknown, right: unknown, context: Context) =>
      isTruthy(left, context) || isTruthy(right, context),
  };
}

/** What liquidjs compares by generators, which lists and words such as `empty` need. */
const PLAIN_COMPARISONS: Readonly<Record<string, (left: Plain, right: Plain) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
};

/**
 * Neither a list nor a group nor a word such as `empty`: JavaScript compares it as liquidjs does. Also `null` and
 * `undefined`, which TypeScript would not let `<` compare.
 */
type Plain = string | number | boolean;

function isPlain(value: unknown): value is Plain {
  return typeof value !== 'object' || value === null;
}

/** `case` compares its value with each `when`; a list there has no use. */
export class LimitedCase extends CaseTag {
  override *render(context: Context, emitter: Emitter): ReturnType<CaseTag['render']> {
    assertSize(toValueSync(this.value.value(context)), 1000);
    return yield* super.render(context, emitter);
  }
}

/** Turns of loops, branches and partials. */
export const MAX_BLOCKS = 10_000;
/** Partials within partials. */
const MAX_DEPTH = 30;
/**
 * Milliseconds, first by the clock, then of work: a machine that is busy makes a rendering wait, which
 * is not the template's fault. (Asking for the work costs as much as a small rendering.)
 */
export const TIME_LIMIT_MS = 50;

export class Budget {
  readonly #work: () => number;
  readonly #clock: () => number;
  #blocks = 0;
  #depth = 0;
  #nextCheckAt: number;
  #workLimit: number | undefined;

  /** @param work milliseconds that this thread has worked. @param clock milliseconds of any clock that does not step. */
  constructor(work: () => number = threadCpuMs, clock: () => number = () => performance.now()) {
    this.#work = work;
    this.#clock = clock;
    this.#nextCheckAt = clock() + TIME_LIMIT_MS;
  }

  /** Counts a block of tags. @throws {RenderLimitError} when there are too many, and as `check`. */
  nextBlock(): void {
    if (++this.#blocks > MAX_BLOCKS)
      throw new RenderLimitError('loops and partials take too many turns');
    this.check();
  }

  /**
   * Runs what renders a partial.
   * @throws {RenderLimitError} when there are too many around it. @throws {PartialError} when it fails.
   */
  withinPartial(render: () => void): void {
    if (++this.#depth > MAX_DEPTH) throw new RenderLimitError('partials are nested too deep');
    try {
      render();
    } catch (error) {
      throw new PartialError('failed', { cause: error });
    }
    this.#depth--;
  }

  /** Called before steps that may take long. @throws {RenderLimitError} when the time is used up. */
  check(): void {
    const now = this.#clock();
    if (now < this.#nextCheckAt) return;
    const work = this.#work();
    this.#workLimit ??= work + TIME_LIMIT_MS;
    if (work >= this.#workLimit) throw new RenderLimitError('takes too long');
    this.#nextCheckAt = now + this.#workLimit - work;
  }
}

function threadCpuMs(): number {
  const { user, system } = threadCpuUsage();
  return (user + system) / 1000;
}

/** A template made too much of something. The message names no value. */
export class RenderLimitError extends Error {
  override readonly name = 'RenderLimitError';
}

/** What failed in a partial. Liquid adds where it is called. */
export class PartialError extends Error {
  override readonly name = 'PartialError';
}
