/** What one connection answered about one person or domain: packed as it is kept, and read when it is asked for. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** As every store keeps it: small, and the same in all processes. */
export interface PackedEntry {
  /** Milliseconds since 1970, to be shown. Its age is measured by the store: this clock may step. */
  readonly fetchedAt: number;
  /** The connector could not get some section. */
  readonly partial: boolean;
  /** The person or company: JSON, deflated, a byte in each character. `undefined`: not found. */
  readonly packed: string | undefined;
}

export class Entry<T> {
  /** The same object as long as the entry is kept in this process. */
  readonly kept: PackedEntry;
  /** Not to be kept: labels are still loading. */
  readonly provisional: boolean;
  #value: T | undefined;

  constructor(kept: PackedEntry, value?: T, provisional = false) {
    this.kept = kept;
    this.#value = value;
    this.provisional = provisional;
  }

  /** @param value plain JSON; `undefined`: not found. */
  static of<T>(
    value: T | undefined,
    { provisional, ...about }: Omit<PackedEntry, 'packed'> & { readonly provisional?: boolean },
  ): Entry<T> {
    const packed = value === undefined ? undefined : pack(value);
    return new Entry({ ...about, packed }, value, provisional);
  }

  get found(): boolean {
    return this.kept.packed !== undefined;
  }

  get fetchedAt(): number {
    return this.kept.fetchedAt;
  }

  get partial(): boolean {
    return this.kept.partial;
  }

  /** @throws {Error} when it is not found. */
  get value(): T {
    return (this.#value ??= unpack(this.kept) as T);
  }
}

/** As small as entries are: with more, zlib takes 300 kB for each that it packs. */
const ZLIB = { windowBits: 12, memLevel: 4, chunkSize: 2048 };

function pack(value: unknown): string {
  return deflateRawSync(JSON.stringify(value), ZLIB).toString('latin1');
}

function unpack({ packed }: PackedEntry): unknown {
  if (packed === undefined) throw new Error('what was not found has no value');
  return JSON.parse(inflateRawSync(Buffer.from(packed, 'latin1'), ZLIB).toString());
}
