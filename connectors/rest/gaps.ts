/** What `map` did not get out of an answer, for the trace of a lookup; never a value. */
import type { WordKind } from '../../src/connector/index.ts';

/** A word of `map`. */
export interface MappedWord {
  readonly word: string;
  /** The expression as it is configured. */
  readonly text: string;
  readonly kind: WordKind;
}

/** What became of the words in one row. */
export interface MappedWords {
  /** Those that it has a value for. */
  readonly words: readonly string[];
  /** Those whose value is of another kind: it is left out. */
  readonly unfit: readonly Misfit[];
}

export interface Misfit {
  readonly word: string;
  /** `amount (title) is a text, expected a number` */
  readonly problem: string;
}

/**
 * @returns the words that no row has anything for, and those that some row has a value of another kind for;
 *   `undefined` without rows, or with a value for each word.
 */
export function gapsOf(words: readonly MappedWord[], rows: readonly MappedWords[]) {
  const misfits = rows.flatMap(({ unfit }) => unfit);
  const found = new Set([...rows.flatMap((row) => row.words), ...misfits.map(({ word }) => word)]);
  const empty = words.filter(({ word }) => !found.has(word)).map(labelOf);
  const unfit = new Set(misfits.map(({ problem }) => problem));
  if (rows.length === 0 || empty.length + unfit.size === 0) return undefined;
  return { empty: listed(empty), unfit: listed([...unfit]) };
}

/** @param found what the expression gave. @returns `undefined` for what is nothing. */
export function misfitOf(mapped: MappedWord, found: unknown): Misfit | undefined {
  if (isNothing(found)) return undefined;
  const problem = `${labelOf(mapped)} is ${nameOf(found)}, expected ${EXPECTED[mapped.kind]}`;
  return { word: mapped.word, problem };
}

function labelOf({ word, text }: MappedWord): string {
  return `${word} (${text})`;
}

function listed(texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : texts.join(', ');
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

const EXPECTED: Readonly<Record<WordKind, string>> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date',
  kind: 'contact or lead',
  url: 'an https:// or http:// address',
};

function nameOf(value: unknown): string {
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'true or false';
  return Array.isArray(value) ? 'a list' : 'an object';
}
