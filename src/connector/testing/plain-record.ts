/** Checks that a record has only the contract's words, each with the right kind of value. */
import assert from 'node:assert/strict';
import { toHttpUrl } from '../../model/http-url.ts';
import type { PersonRecord } from '../contract.ts';

type Kind = 'text' | 'url' | 'number' | 'boolean' | 'date' | 'owner' | 'fields' | 'record';

const common = { id: 'text', name: 'text', url: 'url', owner: 'owner', fields: 'fields' } as const;

const words = {
  contact: {
    ...common,
    ...all('text', 'firstName lastName title department email phone mobilePhone city country'),
    ...all('text', 'lifecycleStage leadStatus leadSource'),
    ...all('date', 'createdAt lastActivityAt'),
    kind: 'record',
  },
  company: {
    ...common,
    ...all('text', 'domain type industry currency city country'),
    ...all('number', 'employees annualRevenue'),
  },
  deals: {
    ...common,
    ...all('text', 'stage pipeline currency'),
    ...all('number', 'amount probability'),
    ...all('boolean', 'open won'),
    ...all('date', 'closeDate'),
  },
  tickets: {
    ...all('text', 'id number subject status priority'),
    url: 'url',
    ...all('boolean', 'open'),
    ...all('date', 'createdAt'),
    owner: 'owner',
    fields: 'fields',
  },
  others: { ...all('text', 'name company'), url: 'url', kind: 'record' },
} as const satisfies Record<string, Readonly<Record<string, Kind>>>;

const FLAGS: readonly string[] = [
  'moreDeals',
  'moreTickets',
  'moreOpenDeals',
  'moreOpenTickets',
  'moreOthers',
  'provisional',
] satisfies (keyof PersonRecord)[];

/** @throws {AssertionError} naming the word that is not of the contract, or not plain JSON. */
export function assertPlainRecord(person: PersonRecord): void {
  const { contact, company, deals, tickets, others, missing, ...flags } = person;
  const unknown = Object.keys(flags).filter((name) => !FLAGS.includes(name));
  assert.deepEqual(unknown, [], 'words that no record has');
  assertRecord('contact', contact, words.contact);
  if (company !== undefined && company !== null) assertPlainCompany(company);
  for (const deal of deals ?? []) assertRecord('deal', deal, words.deals);
  for (const ticket of tickets ?? []) assertRecord('ticket', ticket, words.tickets);
  for (const other of others ?? []) assertRecord('other', other, words.others);
  for (const [name, flag] of Object.entries<unknown>(flags))
    assert.ok(flag === undefined || typeof flag === 'boolean', name);
  for (const section of missing ?? []) assert.equal(typeof section, 'string', 'missing');
  const parsed: unknown = JSON.parse(JSON.stringify(person));
  assert.deepEqual(parsed, withoutAbsent(person), 'it is not what JSON makes of it');
}

export function assertPlainCompany(company: unknown): void {
  const { provisional, ...record } = Object(company) as Readonly<Record<string, unknown>>;
  assert.ok(provisional === undefined || typeof provisional === 'boolean', 'provisional');
  assertPlainObject('company', company);
  assertRecord('company', record, words.company);
}

/** The same value without the keys that are undefined, for comparing: `undefined` and absent are one. */
export function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([key, v]) => [key, withoutAbsent(v)]),
  );
}

function assertRecord(what: string, value: unknown, kinds: Readonly<Record<string, Kind>>): void {
  assertPlainObject(what, value);
  for (const [word, v] of Object.entries(value)) {
    const kind = kinds[word];
    assert.ok(kind !== undefined, `${what}.${word} is not a word of the contract`);
    if (v !== undefined && v !== null) assertKind(`${what}.${word}`, v, kind);
  }
}

function assertKind(path: string, value: unknown, kind: Kind): void {
  switch (kind) {
    case 'text':
      return assert.ok(typeof value === 'string' && value !== '', `${path} has to be a text`);
    case 'url':
      return assert.ok(isHttpUrl(value), `${path} has to be an http:// or https:// address`);
    case 'number':
      return assert.ok(Number.isFinite(value), `${path} has to be a number`);
    case 'boolean':
      return assert.equal(typeof value, 'boolean', path);
    case 'date':
      return assert.ok(isDate(value), `${path} has to be a date as in ISO 8601`);
    case 'record':
      return assert.ok(value === 'contact' || value === 'lead', `${path} is contact or lead`);
    case 'owner':
      return assertRecord(path, value, all('text', 'name email'));
    case 'fields':
      assertPlainObject(path, value);
      for (const [name, v] of Object.entries(value)) {
        const isPlain = v === null || ['string', 'number', 'boolean'].includes(typeof v);
        assert.ok(isPlain, `${path}.${name} has to be a text, a number, a boolean or null`);
      }
  }
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === 'string' && toHttpUrl(value) !== null;
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;

function isDate(value: unknown): boolean {
  return typeof value === 'string' && DATE.test(value) && Number.isFinite(Date.parse(value));
}

function assertPlainObject(path: string, value: unknown): asserts value is object {
  assert.ok(typeof value === 'object' && value !== null, `${path} has to be an object`);
  const prototype: unknown = Object.getPrototypeOf(value);
  assert.equal(prototype, Object.prototype, `${path} has to be a plain object`);
}

function all<K extends Kind>(kind: K, names: string): Readonly<Record<string, K>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}
