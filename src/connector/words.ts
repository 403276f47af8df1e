/**
 * For connectors whose columns or mappings are named by the words of docs/templates.md: where the value
 * of a word goes in a record, and which of several records with one address is shown.
 */
import { didYouMean } from '../model/closest-match.ts';
import { toHttpUrl } from '../model/http-url.ts';
import { PROFILE_WORDS, type WordKind } from '../model/profile-words.ts';
import { compareMatches } from '../model/sort.ts';
import { foldWord, wordMeant } from '../model/word-meant.ts';

export { foldWord };

/** What is asked for: a person with the company's words after `company.`, or a list, or a company alone. */
export type Section = 'person' | 'deals' | 'tickets' | 'company';

/** A record with these words, not validated yet: the bridge does that. */
export type RawRecord = Readonly<Record<string, unknown>>;

export interface WordTarget {
  /** As docs/templates.md spells it. */
  readonly word: string;
  /** Where the value goes in the record of the section: `['company', 'owner', 'name']`. */
  readonly path: readonly string[];
  readonly kind: WordKind;
}

/** @returns where the value of a word goes; also `fields.NAME`; `undefined` for what is not a word. */
export function wordTarget(section: Section, name: string): WordTarget | undefined {
  const known = WORDS[section].get(foldWord(name));
  if (known !== undefined) return known;
  const [, company, field] = /^(?:(company)\.)?fields\.(.+)$/i.exec(name) ?? [];
  if (field === undefined || (company !== undefined && section !== 'person')) return undefined;
  const path = company === undefined ? ['fields', field] : ['company', 'fields', field];
  return { word: name, path, kind: 'text' };
}

/** @returns the words of a section, without those below `fields`. */
export function wordsOf(section: Section): readonly string[] {
  return [...WORDS[section].values()].map(({ word }) => word);
}

/** What a row of a section describes, and how templates call it. */
export const ROWS: Readonly<Record<Section, { readonly of: string; readonly group: string }>> = {
  person: { of: 'person', group: 'contact' },
  deals: { of: 'deal', group: 'deal' },
  tickets: { of: 'ticket', group: 'ticket' },
  company: { of: 'company', group: 'company' },
};

/**
 * Help for a name that is not a word of the section, without its quotation. Templates write `contact.name`, rows `name`.
 * @param further names that are known besides the words.
 * @returns `undefined` where nothing is near.
 */
export function wordHint(
  section: Section,
  name: string,
  further: readonly string[] = [],
): string | undefined {
  const { of, group } = ROWS[section];
  const [, rest] = new RegExp(`^${group}s?\\.(.+)$`, 'i').exec(name) ?? [];
  if (rest === undefined) return didYouMean(name, [...wordsOf(section), ...further]);
  const said = `in the row of a ${of} the words stand without "${group}."`;
  const isField = rest.startsWith('fields.');
  const word = isField ? undefined : wordMeant(rest, wordsOf(section));
  return word === undefined ? said : `${said}: write "${word}"`;
}

/**
 * @returns the value with the type that the word has: an id 42 is `42` as text, 1 is true, a list is a text with
 *   commas; `null` when it cannot be had, so that one odd value does not hide the person.
 */
export function toWordValue(value: unknown, kind: WordKind): string | number | boolean | null {
  const plain = Array.isArray(value) ? value.filter(isScalar).join(', ') : value;
  if (!isScalar(plain)) return null;
  switch (kind) {
    case 'text':
      return String(plain);
    case 'date':
      return typeof plain === 'string' ? plain : null;
    case 'url':
      return toHttpUrl(String(plain));
    case 'kind':
      return /^(?:contact|lead)$/i.test(String(plain)) ? String(plain).toLowerCase() : null;
    case 'boolean':
      return BOOLEANS.get(String(plain)) ?? null;
    case 'number': {
      const isNumber = typeof plain === 'number' || /^\s*-?\d+(?:\.\d+)?\s*$/.test(String(plain));
      return isNumber && Number.isFinite(Number(plain)) ? Number(plain) : null;
    }
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** Sets a value at its place; a name such as `__proto__` becomes an own property like any other. */
export function assignWord(
  record: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
): void {
  const [name = '', ...rest] = path;
  const held = Object.hasOwn(record, name) ? (record[name] as Record<string, unknown>) : {};
  if (rest.length > 0) assignWord(held, rest, value);
  const property = { enumerable: true, configurable: true, writable: true };
  Object.defineProperty(record, name, { ...property, value: rest.length === 0 ? value : held });
}

export interface ChosenPerson {
  readonly contact: RawRecord;
  readonly company: RawRecord | undefined;
  readonly others: readonly RawRecord[];
}

/**
 * @param records of people with the same address; the words of a company below `company`.
 * @returns the one to show by the ranking of `compareMatches`, and the others. A record whose id (without
 *   ids: all of it but the company) was there before is the same person, as a join repeats it.
 */
export function choosePerson(email: string, records: readonly RawRecord[]): ChosenPerson {
  const matches = records.map((record) => ({ record, ...matchOf(record) }));
  const seen = new Map<unknown, RawRecord>();
  for (const { record } of matches.sort(compareMatches)) {
    const key = record['id'] ?? JSON.stringify({ ...record, company: undefined });
    if (!seen.has(key)) seen.set(key, record);
  }
  const unique = [...seen.values()];
  const [{ company, ...contact } = {}, ...others] = unique;
  return {
    contact: { email, ...contact },
    company: isFilled(company) ? company : undefined,
    others: others.map((other) => ({
      kind: other['kind'],
      id: other['id'],
      email: other['email'],
      name: other['name'] ?? [other['firstName'], other['lastName']].filter(Boolean).join(' '),
      company: isFilled(other['company']) ? other['company']['name'] : undefined,
      url: other['url'],
    })),
  };
}

function matchOf(record: RawRecord) {
  const text = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  return {
    kind: record['kind'] === 'lead' ? ('lead' as const) : ('contact' as const),
    id: text(record['id']) ?? '',
    lastActivityAt: text(record['lastActivityAt']),
    updatedAt: undefined,
  };
}

function isFilled(company: unknown): company is RawRecord {
  return typeof company === 'object' && company !== null && Object.keys(company).length > 0;
}

const WORDS: Readonly<Record<Section, ReadonlyMap<string, WordTarget>>> = {
  person: table(targets('contact'), targets('company', 'company.')),
  deals: table(targets('deal')),
  tickets: table(targets('ticket')),
  company: table(targets('company')),
};

function targets(section: keyof typeof PROFILE_WORDS, prefix = ''): readonly WordTarget[] {
  return Object.entries(PROFILE_WORDS[section]).map(([name, kind]) => {
    const word = `${prefix}${name}`;
    return { word, path: word.split('.'), kind };
  });
}

function table(...groups: readonly (readonly WordTarget[])[]): ReadonlyMap<string, WordTarget> {
  return new Map(groups.flat().map((target) => [foldWord(target.word), target]));
}
