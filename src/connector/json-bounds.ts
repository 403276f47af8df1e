/**
 * Bounds how long JSON.parse holds up the process, by one pass over the bytes. The time depends less on the size
 * than on what is in it: 4 MiB of nested lists, or of objects that all have other keys, take seconds.
 */
import { randomInt } from 'node:crypto';

/** Records of a CRM are about ten levels deep. */
const MAX_DEPTH = 64;
/** Values of any kind: 10,000 records of 25 fields. */
const MAX_VALUES = 250_000;
const MAX_CONTAINERS = 100_000;
/** The parser makes a hidden class for each sequence of keys that no object began with before. */
const MAX_SHAPES = 20_000;
/** A key that differs from others, with its colon and value. */
const MIN_KEY_BYTES = 5;

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const FNV_PRIME = 0x01000193;

/**
 * @param bytes UTF-8; need not be valid JSON.
 * @returns what there is too much of for a parser, for a message; `undefined` when it may be parsed.
 */
export function findExcess(bytes: Uint8Array): string | undefined {
  // Most responses are too short for so many keys, and the counter takes 128 kB.
  const shapes = bytes.length > MAX_SHAPES * MIN_KEY_BYTES ? new ShapeCounter() : undefined;
  let depth = 0;
  let values = 0;
  let containers = 0;
  let hash = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at] ?? 0) {
      case QUOTE:
        hash = 0;
        for (at += 1; at < bytes.length && bytes[at] !== QUOTE; at += 1) {
          if (bytes[at] === BACKSLASH) at += 1;
          hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
        }
        break;
      case COLON:
        if (shapes && shapes.add(depth, hash) > MAX_SHAPES) return 'different keys';
        break;
      case COMMA:
        if ((values += 1) > MAX_VALUES) return 'values';
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if ((depth += 1) > MAX_DEPTH) return 'levels';
        if ((containers += 1) > MAX_CONTAINERS) return 'lists and objects';
        shapes?.begin(depth);
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth = Math.max(0, depth - 1);
        break;
      default: // numbers, words, spaces
    }
  }
  return undefined;
}

const SLOTS = 2 ** 17;

/** Estimates, never too high, how many different beginnings the objects have. */
class ShapeCounter {
  readonly #seen = new Uint8Array(SLOTS);
  readonly #shapeAt = new Int32Array(MAX_DEPTH + 1);
  /** Without it keys could be chosen so that their shapes share slots. */
  readonly #seed = randomInt(2 ** 31);
  #count = 0;

  begin(depth: number): void {
    this.#shapeAt[depth] = this.#seed;
  }

  /** @returns how many there are. */
  add(depth: number, keyHash: number): number {
    const shape =
      Math.imul(
        (this.#shapeAt[depth] ?? 0) ^ Math.imul(keyHash ^ this.#seed, 0x85ebca6b),
        0x9e3779b1,
      ) + 1;
    this.#shapeAt[depth] = shape;
    const slot = (shape ^ (shape >>> 15)) & (SLOTS - 1);
    if (this.#seen[slot] === 0) this.#count += 1;
    this.#seen[slot] = 1;
    return this.#count;
  }
}
