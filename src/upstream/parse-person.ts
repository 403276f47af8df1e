/**
 * Turns a connector's record into a complete, sanitized {@link Profile}. Outside src/upstream every string
 * is one line without control characters or bidirectional overrides, every key is there, and every value has
 * the type that templates expect. Web forms write into CRMs, so nothing from them is trusted.
 */
import { toHttpUrl } from '../model/http-url.ts';
import { MAX_VALUE_CHARS, sanitizeText } from '../model/sanitize.ts';
import type { ConnectorError } from '../connector/errors.ts';
import { PROFILE_WORDS, type WordKind } from '../model/profile-words.ts';
import type {
  Company,
  Contact,
  Deal,
  FieldValue,
  Fields,
  OtherMatch,
  Owner,
  Profile,
  RecordKey,
  Ticket,
} from '../model/profile.ts';
import { firstOf } from '../model/sort.ts';
import { ContractError } from './errors.ts';
import { isNil } from './validate-output.ts';

/** Before deals and tickets are sorted and limited. */
export interface ParsedPerson {
  readonly profile: Profile;
  /** The records of `profile.others`, in that order. */
  readonly otherKeys: readonly RecordKey[];
  readonly missing: readonly string[];
  readonly provisional: boolean;
}

/**
 * @param record what `lookup` returned, neither `undefined` nor `null`.
 * @throws {ConnectorError} `bad_response`, naming the key whose value has the wrong type.
 */
export function parsePerson(record: unknown): ParsedPerson {
  const raw = asRecord(record, 'answer');
  const contact = parseRecord('contact', raw['contact'], 'contact');
  return {
    profile: {
      contact: { ...contact, name: contact.name ?? fullName(contact) },
      company: isNil(raw['company']) ? null : parseCompany(raw['company']),
      deals: list(first('deal', raw['deals']), 'deals', (deal, path) =>
        parseRecord('deal', deal, path),
      ),
      tickets: list(first('ticket', raw['tickets']), 'tickets', (ticket, path) =>
        parseRecord('ticket', ticket, path),
      ),
      others: list(raw['others'], 'others', parseOther),
      moreDeals: bool(raw['moreDeals'], 'moreDeals') ?? false,
      moreTickets: bool(raw['moreTickets'], 'moreTickets') ?? false,
      // A connector that does not say may have sent the first records that it found.
      moreOpenDeals: bool(raw['moreOpenDeals'], 'moreOpenDeals') ?? true,
      moreOpenTickets: bool(raw['moreOpenTickets'], 'moreOpenTickets') ?? true,
      moreOthers: (bool(raw['moreOthers'], 'moreOthers') ?? false) || isCut(raw['others']),
    },
    otherKeys: list(raw['others'], 'others', parseKey),
    missing: names(raw['missing'], 'missing'),
    provisional: bool(raw['provisional'], 'provisional') ?? false,
  };
}

/** What `findCompany` returned. @throws {ConnectorError} `bad_response`. */
export function parseFoundCompany(record: unknown): { company: Company; provisional: boolean } {
  const raw = asRecord(record, 'company');
  const provisional = bool(raw['provisional'], 'provisional') ?? false;
  return { company: parseCompany(raw), provisional };
}

/** @throws {ConnectorError} `bad_response`. */
export function parseCompany(record: unknown): Company {
  return parseRecord('company', record, 'company');
}

/** Of one person; agents see a handful. */
const MAX_LIST_ITEMS = 1000;

/** Of too many deals or tickets those that come first. */
function first(kind: 'deal' | 'ticket', items: unknown): unknown {
  return isCut(items) ? firstOf(kind, items, MAX_LIST_ITEMS) : items;
}

function isCut(items: unknown): items is readonly unknown[] {
  return Array.isArray(items) && items.length > MAX_LIST_ITEMS;
}

type Raw = Readonly<Record<string, unknown>>;
type Reader<T> = (value: unknown, path: string) => T;

interface Sections {
  readonly contact: Contact;
  readonly company: Company;
  readonly deal: Deal;
  readonly ticket: Ticket;
}

const READERS: Readonly<Record<WordKind, Reader<unknown>>> = {
  text,
  number,
  date,
  url,
  boolean: bool,
  kind: (value, path) => oneOf(value ?? 'contact', path),
};

/** The words of each section with their readers, without `owner`. */
const WORDS = {
  contact: wordsOf('contact'),
  company: wordsOf('company'),
  deal: wordsOf('deal'),
  ticket: wordsOf('ticket'),
};

function wordsOf(section: keyof Sections): readonly (readonly [string, Reader<unknown>])[] {
  return Object.entries(PROFILE_WORDS[section]).flatMap(([word, kind]) =>
    word.includes('.') ? [] : [[word, READERS[kind]]],
  );
}

/** Reads the words of the section by their kinds; profile-words.ts is held to the types of profile.ts. */
function parseRecord<S extends keyof Sections>(
  section: S,
  record: unknown,
  path: string,
): Sections[S] {
  const raw = asRecord(record, path);
  const parsed: Record<string, unknown> = {};
  for (const [word, read] of WORDS[section]) parsed[word] = read(raw[word], `${path}.${word}`);
  parsed['owner'] = owner(raw['owner'], `${path}.owner`);
  parsed['fields'] = fields(raw['fields'], `${path}.fields`);
  return parsed as unknown as Sections[S];
}

function parseOther(raw: Raw, path: string): OtherMatch {
  return {
    kind: oneOf(raw['kind'] ?? 'contact', `${path}.kind`),
    name: text(raw['name'], `${path}.name`),
    company: text(raw['company'], `${path}.company`),
    url: url(raw['url'], `${path}.url`),
  };
}

function parseKey(raw: Raw, path: string): RecordKey {
  return {
    kind: oneOf(raw['kind'] ?? 'contact', `${path}.kind`),
    id: text(raw['id'], `${path}.id`),
    email: text(raw['email'], `${path}.email`),
  };
}

function text(value: unknown, path: string): string | null {
  if (isNil(value)) return null;
  if (typeof value === 'string') return sanitizeText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw typeError(path, 'text', value);
}

/** An ISO 8601 text or a Date; other texts stay as they are, for the agent to read. */
function date(value: unknown, path: string): string | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (isNil(value) || typeof value === 'string') return text(value, path);
  throw typeError(path, 'an ISO 8601 text or a Date', value);
}

/** Agents click it, so it is nothing but an address of http or https. */
function url(value: unknown, path: string): string | null {
  // A text is cut, which an address must not be.
  return toHttpUrl(typeof value === 'string' ? value : (text(value, path) ?? ''));
}

function number(value: unknown, path: string): number | null {
  if (isNil(value) || value === '') return null;
  const parsed = typeof value === 'string' ? Number(value) : value;
  if (typeof parsed === 'number' && Number.isFinite(parsed)) return parsed + 0; // -0 becomes 0
  throw typeError(path, 'a finite number', value);
}

function bool(value: unknown, path: string): boolean | null {
  if (isNil(value) || value === '') return null;
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw typeError(path, 'true or false', value);
}

function oneOf(value: unknown, path: string): 'contact' | 'lead' {
  if (value === 'contact' || value === 'lead') return value;
  throw typeError(path, '"contact" or "lead"', value);
}

function owner(value: unknown, path: string): Owner | null {
  if (isNil(value)) return null;
  const raw = asRecord(value, path);
  const name = text(raw['name'], `${path}.name`);
  const email = text(raw['email'], `${path}.email`);
  return name === null && email === null ? null : { name, email };
}

function fields(value: unknown, path: string): Fields {
  if (isNil(value)) return {};
  return Object.fromEntries(
    Object.entries(asRecord(value, path)).flatMap(([key, entry]) => {
      const name = sanitizeText(key);
      return name === null ? [] : [[name, fieldValue(entry)]];
    }),
  );
}

function fieldValue(value: unknown): FieldValue {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (typeof value === 'string') return sanitizeText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return date(value, 'fields');
  return Array.isArray(value) ? sanitizeText(joinList(value)) : null;
}

/** No more of a long list than a value shows. */
function joinList(list: readonly unknown[]): string {
  let joined = '';
  for (const entry of list.slice(0, MAX_LIST_ITEMS)) {
    if (joined.length > MAX_VALUE_CHARS) break;
    const part = fieldValue(entry);
    if (part !== null) joined += joined === '' ? String(part) : `, ${part}`;
  }
  return joined;
}

function fullName(contact: {
  readonly firstName: string | null;
  readonly lastName: string | null;
}): string | null {
  return sanitizeText(
    [contact.firstName, contact.lastName].filter((part) => part !== null).join(' '),
  );
}

function names(value: unknown, path: string): string[] {
  if (isNil(value)) return [];
  if (!Array.isArray(value)) throw typeError(path, 'a list', value);
  return value.flatMap((name: unknown, index) => text(name, `${path}[${index}]`) ?? []);
}

function list<T>(value: unknown, path: string, read: (raw: Raw, path: string) => T): T[] {
  if (isNil(value)) return [];
  if (!Array.isArray(value)) throw typeError(path, 'a list', value);
  return value.slice(0, MAX_LIST_ITEMS).map((entry: unknown, index) => {
    const at = `${path}[${index}]`;
    return read(asRecord(entry, at), at);
  });
}

function asRecord(value: unknown, path: string): Raw {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Raw;
  throw typeError(path, 'an object', value);
}

function typeError(path: string, expected: string, got: unknown): ConnectorError {
  return new ContractError(
    'bad_response',
    `the connector returned an invalid record: ${path}: expected ${expected}, got ${kindOf(got)}`,
  );
}

/** The kind of a value, never the value: it may be personal. */
function kindOf(value: unknown): string {
  if (isNil(value)) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
