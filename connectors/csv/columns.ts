/** Which column is which word of a profile: by the settings, by the word itself, or by a usual heading. */
import {
  closestMatch,
  isShortWord,
  wordHint,
  wordsOf,
  wordTarget,
  type Section,
  type WordKind,
} from '../../src/connector/index.ts';
import { HEADINGS, NOISE } from './headings.ts';

/** A column that is understood. */
export interface Column {
  /** In the row, from 0. */
  readonly index: number;
  /** The word as the contract spells it, or the heading of a column that goes to `fields`. */
  readonly word: string;
  readonly kind: WordKind;
  /** Where its value goes in the record, such as `['owner', 'name']`; empty: it only joins. */
  readonly path: readonly string[];
}

/** What the settings say about columns; both by heading or word as it is written there. */
export interface ColumnSettings {
  /** Word to heading. */
  readonly columns: Readonly<Record<string, string>>;
  /** The kinds of columns that go to `fields`, by heading. */
  readonly types: Readonly<Record<string, WordKind>>;
  /** Headings of columns that are not read; `*` matches any text. */
  readonly omit: readonly string[];
}

export type SheetName = keyof typeof HEADINGS;

interface Sheet {
  readonly section: Section;
  /** What may stand in front of a word: `Contact Title`. */
  readonly record: string;
  /** Words that join files and are not part of the record. */
  readonly joins: readonly string[];
  /** One of them must be there. */
  readonly required: readonly string[];
}

const related = ['email', 'contactId', 'companyId'];

const SHEETS: Readonly<Record<SheetName, Sheet>> = {
  people: {
    section: 'person',
    record: 'contact',
    joins: ['email', 'companyId'],
    required: ['email'],
  },
  companies: { section: 'company', record: 'company', joins: [], required: ['id'] },
  deals: { section: 'deals', record: 'deal', joins: related, required: related },
  tickets: { section: 'tickets', record: 'ticket', joins: related, required: related },
};

/** Names with a meaning in a plain object. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export type Header =
  | { readonly columns: readonly Column[]; readonly warnings: readonly string[] }
  /** The words of which one is missing. */
  | { readonly missing: readonly string[] }
  | { readonly problem: string };

/** @param headings the cells of the first row. */
export function parseHeader(
  headings: readonly string[],
  name: SheetName,
  settings: ColumnSettings,
): Header {
  const sheet = SHEETS[name];
  const words = knownHeadings(name, settings);
  const isOmitted = headingsLike(settings.omit);
  const claims = headings.map((heading) =>
    isOmitted(heading) ? undefined : (words.get(`=${heading}`) ?? words.get(fold(heading))),
  );
  if (!claims.some((claim) => claim && sheet.required.includes(claim.word)))
    return { missing: sheet.required };

  const columns: Column[] = [];
  const warnings: string[] = [];
  for (const [index, heading] of headings.entries()) {
    if (FORBIDDEN.has(heading))
      return { problem: `column ${index + 1} cannot be called "${heading}"` };
    if (isOmitted(heading)) continue;
    const claim = claims[index];
    const rivals = claims.filter((other) => other?.word === claim?.word);
    const best = Math.min(...rivals.map((rival) => rival?.rank ?? 0));
    // A person has all addresses there are, unless the settings name the column.
    const isAddress = claim?.word === 'email' && best > BY_SETTING;
    const twin = claims.findIndex((c) => c?.word === claim?.word && c?.rank === best);
    if (claim && (isAddress || twin === index)) {
      const { word, kind, path } = claim;
      columns.push({ index, word, kind, path });
    } else if (claim?.rank === best) {
      const both = `columns ${twin + 1} and ${index + 1}`;
      const same = isField(claim) ? 'have the same name' : `both mean "${claim.word}"`;
      warnings.push(`${both} ${same}; the first is used`);
    } else if (heading === '') {
      // Many programs end each row with a delimiter.
      const isInside = headings.slice(index).some((other) => other !== '');
      if (isInside) warnings.push(`column ${index + 1} has no name; it is left out`);
    } else {
      const first = columns.find((column) => column.word === heading && isField(column));
      const kind = settings.types[findKey(settings.types, heading) ?? ''] ?? 'text';
      if (first === undefined)
        columns.push({ index, word: heading, kind, path: ['fields', heading] });
      else
        warnings.push(
          `columns ${first.index + 1} and ${index + 1} have the same name; the first is used`,
        );
    }
  }
  return { columns, warnings };
}

export function isField({ path }: Pick<Column, 'path'>): boolean {
  return path.includes('fields');
}

/** @returns what is wrong with the words that `columns` names: the word and the text. */
export function wrongWords(
  columns: Readonly<Record<string, string>>,
): readonly (readonly [string, string])[] {
  const known = (Object.keys(SHEETS) as SheetName[]).flatMap((name) => wordsOfSheet(name));
  return Object.entries(columns).flatMap(([word, heading]): readonly [string, string][] => {
    if (known.includes(word) || isFieldWord(word)) return [];
    if (known.includes(heading))
      return [[word, 'expected the word on the left and the heading on the right']];
    const near = wordOfHeading(word) ?? closestMatch(word, known);
    const hint = prefixHint(word) ?? (near && `did you mean "${near}"?`);
    const expected = 'expected a word of a profile, such as company.name';
    return [[word, hint === undefined ? expected : `${expected}; ${hint}`]];
  });
}

/** @returns help for a word with the name of its record in front, such as `contact.name`. */
function prefixHint(word: string): string | undefined {
  const sheets = [SHEETS.people, SHEETS.deals, SHEETS.tickets];
  const sheet = sheets.find(({ record }) => word.startsWith(`${record}.`));
  return sheet && wordHint(sheet.section, word);
}

/** Whether a word is one of `fields`, whose name the settings choose. */
function isFieldWord(word: string): boolean {
  return wordTarget('person', word)?.path.includes('fields') ?? false;
}

/** @returns the word of a usual heading, such as `firstName` of `Vorname`. */
function wordOfHeading(heading: string): string | undefined {
  const settings = { columns: {}, types: {}, omit: [] };
  for (const name of Object.keys(SHEETS) as SheetName[]) {
    const claim = knownHeadings(name, settings).get(fold(heading));
    if (claim !== undefined) return claim.word;
  }
  return undefined;
}

/** The most settings that are reported. */
const MAX_UNUSED = 20;

/**
 * @param fields the headings of columns that go to `fields`.
 * @returns what names a column that no file has, with the nearest heading. The name itself may be a misplaced secret.
 */
export function unusedNames(
  { columns, types, omit }: ColumnSettings,
  headings: readonly string[],
  fields: readonly string[],
): readonly string[] {
  const [folded, foldedFields] = [new Set(headings.map(fold)), new Set(fields.map(fold))];
  const unused = [
    ...Object.entries(columns).map(([word, name], index) => ({
      ...{ name, among: headings, isUsed: folded.has(fold(name)), problem: NO_COLUMN },
      setting: () => `columns.${isFieldWord(word) ? quotable(word, index) : word}`,
    })),
    ...Object.keys(types).map((name, index) => ({
      ...{ name, among: fields, isUsed: foldedFields.has(fold(name)), problem: NO_FIELD },
      setting: () => `types.${quotable(name, index)}`,
    })),
    ...omit.map((name, index) => ({
      ...{ name, among: headings, problem: NO_COLUMN },
      isUsed: NOISE.includes(name) || headings.some(headingsLike([name])),
      setting: () => `omit[${index}]`,
    })),
  ].filter(({ isUsed }) => !isUsed);
  return unused.slice(0, MAX_UNUSED).map(({ name, among, problem, setting }) => {
    const meant = closestMatch(name, among);
    const text = `${setting()}: ${problem}`;
    return meant === undefined ? text : `${text}; did you mean "${meant}"?`;
  });

  /** @returns a key of the settings if it is short or nearly a heading, else where it stands. */
  function quotable(key: string, index: number): string {
    const isShown =
      isShortWord(key) || folded.has(fold(key)) || closestMatch(key, headings) !== undefined;
    return isShown ? key : `… (number ${index + 1})`;
  }
}

const NO_COLUMN = 'no file has a column of that name';
const NO_FIELD = 'no file has such a column that goes to fields';

interface Claim extends Omit<Column, 'index'> {
  /** The lowest one gets the word. */
  readonly rank: number;
}

const BY_SETTING = 0;
const BY_WORD = 1;

/** By folded heading, and by `=` and the word itself: `company.id` is not `companyId`. */
function knownHeadings(name: SheetName, { columns }: ColumnSettings): ReadonlyMap<string, Claim> {
  const { record } = SHEETS[name];
  const claims = new Map<string, Claim>();
  const claim = (key: string, word: string, rank: number): void => {
    const target = targetOf(name, word);
    if (target !== undefined && !claims.has(key)) claims.set(key, { ...target, rank });
  };
  const words = wordsOfSheet(name);
  const aliases: Readonly<Record<string, string>> = HEADINGS[name];
  const ranked = words.map((word) => {
    const listed = aliases[word]?.split('|') ?? [];
    const isListed = listed.some((heading) => fold(heading) === fold(word));
    return { word, headings: isListed ? listed : [word, ...listed] };
  });
  for (const [word, heading] of Object.entries(columns)) claim(fold(heading), word, BY_SETTING);
  // A word is never another word's heading.
  for (const { word, headings } of ranked) {
    const rank = BY_WORD + headings.findIndex((heading) => fold(heading) === fold(word));
    if (claims.get(fold(word))?.rank !== BY_SETTING) claim(`=${word}`, word, rank);
    claim(fold(word), word, rank);
  }
  for (const prefix of ['', record])
    for (const { word, headings } of ranked)
      for (const [rank, heading] of headings.entries())
        claim(fold(`${prefix}${heading}`), word, BY_WORD + rank);
  return claims;
}

function wordsOfSheet(name: SheetName): readonly string[] {
  const { section, joins } = SHEETS[name];
  const words = wordsOf(section).filter((word) => !joins.includes(word));
  return [...joins, ...words, ...(name === 'people' ? ['company'] : [])];
}

function targetOf(name: SheetName, word: string): Omit<Column, 'index'> | undefined {
  const { section, joins } = SHEETS[name];
  if (joins.includes(word)) return { word, kind: 'text', path: [] };
  return wordTarget(section, name === 'people' && word === 'company' ? 'company.name' : word);
}

/** Programs that write ASCII only spell German letters so. */
const IN_ASCII: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };

/** Case, spaces and punctuation do not count; `Währung` and `Waehrung` are the same. */
function fold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => IN_ASCII[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** @param patterns headings; case does not count, and `*` matches any text. */
function headingsLike(patterns: readonly string[]): (heading: string) => boolean {
  const forms = patterns.map((pattern) => {
    const text = pattern
      .trim()
      .replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
      .replaceAll('*', '.*');
    return new RegExp(`^${text}$`, 'iu');
  });
  return (heading) => forms.some((form) => form.test(heading.trim()));
}

function findKey(settings: Readonly<Record<string, unknown>>, heading: string): string | undefined {
  return Object.keys(settings).find((name) => fold(name) === fold(heading));
}

/** HubSpot lists all associated records in one cell, the primary one first. */
export function splitIds(cell: string): readonly string[] {
  return cell.split(';').flatMap((id) => id.trim() || []);
}
