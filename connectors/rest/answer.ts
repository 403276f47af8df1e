/** From what an API answered to rows: which ones count, and which word of each has which value. */
import {
  assignWord,
  ConnectorError,
  TimeSlice,
  toWordValue,
  wordTarget,
  type RawRecord,
} from '../../src/connector/index.ts';
import type { Expression, Language, Scope } from './expressions.ts';
import { gapsOf, misfitOf, type MappedWords, type Misfit } from './gaps.ts';
import { SECTIONS, type RequestName, type RequestSettings } from './settings.ts';

/** Rows of one answer, and addresses in them: more would hold up the process. */
const MAX_COMPARED = 10_000;

/** A path of several steps, and what it is without the last one. */
const PATH = /^\s*([\w-]+(?:\.[\w-]+|\[[^\]]*\])*)(?:\.[\w-]+|\[[^\]]*\])\s*$/;

/** Whether a row with these addresses or domains is of use. */
export type IsKept = (keys: readonly string[]) => boolean;

export interface Row extends MappedWords {
  /** The addresses or domains of `match` or `key`. */
  readonly keys: readonly string[];
  readonly record: RawRecord;
}

/** How the answer to one request is read. */
export interface AnswerReader {
  /** The words of `map`. */
  readonly words: readonly string[];
  /** @returns the rows that `where` lets through. @throws {ConnectorError} `bad_response` */
  rows(body: unknown, isKept?: IsKept): Promise<readonly Row[]>;
  /** @returns what `map` did not get out of the rows. */
  gaps(rows: readonly Row[]): ReturnType<typeof gapsOf>;
}

export function compileAnswer(
  name: RequestName,
  settings: RequestSettings,
  language: Language,
): AnswerReader {
  const optional = (text: string | undefined) =>
    text === undefined ? undefined : language.expression(text);
  const rowsAt = optional(settings.rows);
  const rowsIn = optional(PATH.exec(settings.rows ?? '')?.[1]);
  const isWanted = optional(settings.where);
  const keyOf = optional(settings.match ?? settings.key);
  const words = Object.entries(settings.map).flatMap(([word, text]) => {
    const target = wordTarget(SECTIONS[name], word);
    return target === undefined ? [] : [{ ...target, text, valueOf: language.expression(text) }];
  });
  const fail = (message: string, cause?: unknown) =>
    new ConnectorError('bad_response', message, { cause });
  /** @throws {ConnectorError} for an expression that decides whether there is a person. */
  const read = (key: string, expression: Expression, scope: unknown): unknown => {
    try {
      return expression(typeof scope === 'object' && scope !== null ? (scope as Scope) : {});
    } catch (error) {
      throw fail(`"${key}" cannot be computed of the answer to "${name}"`, error);
    }
  };

  function listOf(answer: unknown): readonly Scope[] {
    const found = rowsAt === undefined ? answer : read('rows', rowsAt, answer);
    // In Liquid all below null is null, such as `data` beside the `errors` of GraphQL.
    const isCut = rowsIn !== undefined && read('rows', rowsIn, answer) === null;
    if (found === undefined || (found === null && (isCut || hasErrors(answer))))
      throw fail(`the answer to "${name}" has nothing at "rows": look where the list is in it`);
    const list: readonly unknown[] = Array.isArray(found) ? found : found === null ? [] : [found];
    if (!list.every(isGroup)) throw fail(`the answer to "${name}" has rows that are not objects`);
    return list;
  }

  /** @returns each row with its addresses or domains. */
  async function keyed(list: readonly Scope[], slice: TimeSlice) {
    if (list.length > MAX_COMPARED) throw fail(tooMuch(name, 'rows'));
    if (keyOf === undefined) return list.map((scope) => ({ scope, keys: [] }));
    const found: { readonly scope: Scope; readonly value: unknown }[] = [];
    for (const scope of list) {
      if (slice.isOver) await slice.next();
      found.push({ scope, value: read('match', keyOf, scope) });
    }
    // A row may well have no address: then it is there and null.
    if (list.length > 0 && found.every(({ value }) => value === undefined || isEmptyList(value))) {
      throw fail(
        `no row of the answer to "${name}" has what "match" (or "key") names: look where the address is in a row`,
      );
    }
    const rows = found.map(({ scope, value }) => ({
      scope,
      keys: [value].flat().filter((key) => typeof key === 'string'),
    }));
    if (rows.reduce((sum, { keys }) => sum + keys.length, 0) > MAX_COMPARED)
      throw fail(tooMuch(name, 'addresses'));
    return rows;
  }

  return {
    words: words.map(({ word }) => word),
    async rows(answer, isKept = () => true) {
      const slice = new TimeSlice();
      const list = await keyed(listOf(answer), slice);
      const rows: Row[] = [];
      for (const { scope, keys } of list) {
        if (slice.isOver) await slice.next();
        // Expressions run only for rows that can be shown.
        if (!isKept(keys)) continue;
        if (isWanted !== undefined && !isTrue(read('where', isWanted, scope))) continue;
        const record: Record<string, unknown> = {};
        const present: string[] = [];
        const unfit: Misfit[] = [];
        for (const mapped of words) {
          const { word, path, kind, valueOf } = mapped;
          if (slice.isOver) await slice.next();
          const found = attempt(() => valueOf(scope));
          // A field has whatever type the API sends.
          const value = path.includes('fields') ? found : toWordValue(found, kind);
          if (value === undefined || value === null || value === '') {
            const misfit = misfitOf(mapped, found);
            if (misfit !== undefined) unfit.push(misfit);
            continue;
          }
          present.push(word);
          assignWord(record, path, value);
        }
        rows.push({ keys, record, words: present, unfit });
      }
      return rows;
    },
    gaps: (rows) => gapsOf(words, rows),
  };
}

function tooMuch(name: string, what: string): string {
  return `the answer to "${name}" has more than ${MAX_COMPARED} ${what}; let the API search, or ask for fewer`;
}

/** An expression that cannot be computed of a value, such as one that is too long, has none. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** As GraphQL says that it failed, with a status of 200. */
function hasErrors(answer: unknown): boolean {
  const { errors } = Object(answer) as { readonly errors?: unknown };
  return Array.isArray(errors) && errors.length > 0;
}

function isGroup(value: unknown): value is Scope {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isTrue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}
