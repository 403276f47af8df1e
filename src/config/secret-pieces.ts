/**
 * Finds secrets in a text that are not whole there: with a line break or spaces within, as in a folded header, or cut
 * off at one end, as by a library that shortens its messages.
 */

const MIN_CHARACTERS = 8;

export class SecretPieces {
  /** By their first and by their last characters: there can be thousands. */
  readonly #byStart = new Map<string, string[]>();
  readonly #byEnd = new Map<string, string[]>();

  add(secret: string): void {
    const plain = withoutSpaces(secret);
    if (plain.length < MIN_CHARACTERS) return;
    put(this.#byStart, plain.slice(0, MIN_CHARACTERS), plain);
    put(this.#byEnd, plain.slice(-MIN_CHARACTERS), plain);
  }

  /** The text with `…` for secrets whatever spaces are in them, and for halves of secrets that are cut off there. */
  removeFrom(text: string): string {
    if (this.#byStart.size === 0 || text.length < MIN_CHARACTERS) return text;
    const places = Array.from(text.matchAll(/\S/g), ({ index }) => index);
    let rest = '';
    let end = 0;
    for (const [from, to] of this.#found(withoutSpaces(text), new Cuts(text, places))) {
      const [start = 0, last = 0] = [places[from], places[to - 1]];
      if (start >= end) rest += `${text.slice(end, start)}…`;
      end = Math.max(end, last + 1);
    }
    return rest + text.slice(end);
  }

  /** @returns in order of where they begin */
  #found(plain: string, cuts: Cuts): readonly (readonly [from: number, to: number])[] {
    const found: (readonly [number, number])[] = [];
    for (let at = 0; at + MIN_CHARACTERS <= plain.length; at += 1) {
      const end = at + MIN_CHARACTERS;
      const key = plain.slice(at, end);
      for (const secret of this.#byStart.get(key) ?? []) {
        const to = at + commonStart(plain, at, secret);
        const isWhole = to - at === secret.length;
        if (isWhole || (isHalf(to - at, secret) && cuts.isAt(to))) found.push([at, to]);
      }
      for (const secret of this.#byEnd.get(key) ?? []) {
        const from = end - commonEnd(plain, end, secret);
        if (isHalf(end - from, secret) && cuts.isAt(from)) found.push([from, end]);
      }
    }
    return found.sort(([a], [b]) => a - b);
  }
}

function put(map: Map<string, string[]>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

/** Where a word of a text begins or ends, by the number of characters before it that are no spaces. */
class Cuts {
  readonly #text: string;
  readonly #places: readonly number[];

  constructor(text: string, places: readonly number[]) {
    this.#text = text;
    this.#places = places;
  }

  isAt(index: number): boolean {
    const [before, here] = [this.#places[index - 1], this.#places[index]];
    if (before === undefined || here === undefined || here - before > 1) return true;
    return !/^[\w+/=-]{2}$/.test(this.#text.slice(before, here + 1));
  }
}

/** Less than half of a secret is of no use, and may be an ordinary beginning such as `https://`. */
function isHalf(length: number, secret: string): boolean {
  return length >= secret.length / 2;
}

function commonStart(text: string, at: number, secret: string): number {
  let length = MIN_CHARACTERS;
  while (length < secret.length && text[at + length] === secret[length]) length += 1;
  return length;
}

function commonEnd(text: string, end: number, secret: string): number {
  let length = MIN_CHARACTERS;
  while (length < secret.length && text[end - length - 1] === secret.at(-length - 1)) length += 1;
  return length;
}

function withoutSpaces(text: string): string {
  return text.replace(/\s+/g, '');
}
