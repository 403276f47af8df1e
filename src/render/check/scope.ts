/** Which names a piece of a template knows, and what they stand for. */
import { union, TEMPLATE_SCHEMA, type Type, type Words } from './template-schema.ts';

export class Scope {
  /** What `assign` and `capture` made anywhere in the template: a loop may read it before it is set. */
  readonly #locals = new Map<string, Type>();
  readonly #blocks: ReadonlyMap<string, Type>[] = [];

  /** @param given a partial's arguments. */
  constructor(given: ReadonlyMap<string, Type> = new Map()) {
    this.#blocks.push(given);
  }

  resolve(name: string): Type | undefined {
    const block = this.#blocks.findLast((names) => names.has(name));
    return block?.get(name) ?? this.#locals.get(name) ?? wordsOf()[name]?.type;
  }

  /** All that can be said here. */
  names(): readonly string[] {
    const inner = this.#blocks.flatMap((names) => [...names.keys()]);
    return [...inner, ...this.#locals.keys(), ...Object.keys(TEMPLATE_SCHEMA)];
  }

  declare(name: string, type: Type): void {
    const known = this.#locals.get(name);
    this.#locals.set(name, known === undefined ? type : union(known, type));
  }

  /** Names that are known only while `run` runs: of a loop, of an `include`. */
  within(names: ReadonlyMap<string, Type>, run: () => void): void {
    this.#blocks.push(names);
    run();
    this.#blocks.pop();
  }
}

function wordsOf(): Words {
  return TEMPLATE_SCHEMA;
}
