/** Checks that an answer has only the contract's words, each with the right kind of value. */
import { expect } from 'chai';
import type { PersonRecord } from '../../src/connector/index.ts';

type Kind = 'text' | 'number' | 'boolean' | 'date' | 'owner' | 'fields' | 'record';

const common = { id: 'text', name: 'text', url: 'text', owner: 'owner', fields: 'fields' } as const;

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
    ...all('text', 'id number subject status priority url'),
    ...all('boolean', 'open'),
    ...all('date', 'createdAt'),
    owner: 'owner',
    fields: 'fields',
  },
  others: { ...all('text', 'name company url'), kind: 'record' },
} as const satisfies Record<string, Readonly<Record<string, Kind>>>;

/** @throws {AssertionError} naming the word that is not of the contract, or not plain JSON. */
export function plainAnswer(answer: PersonRecord): void {
  const { contact, company, deals, tickets, others, missing, ...more } = answer;
  const { moreDeals, moreTickets, moreOthers, ...rest } = more;
  expect(Object.keys(rest), 'words that no answer has').to.deep.equal([]);
  record('contact', contact, words.contact);
  if (company !== undefined && company !== null) plainCompany(company);
  for (const deal of deals ?? []) record('deal', deal, words.deals);
  for (const ticket of tickets ?? []) record('ticket', ticket, words.tickets);
  for (const other of others ?? []) record('other', other, words.others);
  expect(typeof moreDeals, 'moreDeals').to.be.oneOf(['undefined', 'boolean']);
  expect(typeof moreTickets, 'moreTickets').to.be.oneOf(['undefined', 'boolean']);
  expect(typeof moreOthers, 'moreOthers').to.be.oneOf(['undefined', 'boolean']);
  for (const section of missing ?? []) expect(section, 'missing').to.be.a('string');
  expect(JSON.parse(JSON.stringify(answer)), 'after a way through JSON').to.deep.equal(
    withoutAbsent(answer),
  );
}

export function plainCompany(company: unknown): void {
  record('company', company, words.company);
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

function record(what: string, value: unknown, kinds: Readonly<Record<string, Kind>>): void {
  plainObject(what, value);
  for (const [word, v] of Object.entries(value as object)) {
    const kind = kinds[word];
    expect(kind, `${what}.${word} is a word of the contract`).to.not.be.undefined;
    if (kind !== undefined && v !== undefined && v !== null) ofKind(`${what}.${word}`, v, kind);
  }
}

function ofKind(path: string, value: unknown, kind: Kind): void {
  switch (kind) {
    case 'text':
      return void expect(value, path).to.be.a('string').and.not.equal('');
    case 'number':
      return void expect(value, path).to.be.a('number').and.satisfy(Number.isFinite);
    case 'boolean':
      return void expect(value, path).to.be.a('boolean');
    case 'date':
      expect(value, path).to.match(
        /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/,
      );
      return void expect(Date.parse(value as string), path).to.satisfy(Number.isFinite);
    case 'record':
      return void expect(value, path).to.be.oneOf(['contact', 'lead']);
    case 'owner':
      record(path, value, all('text', 'name email'));
      return;
    case 'fields':
      plainObject(path, value);
      for (const [name, v] of Object.entries(value as object))
        expect(v === null || ['string', 'number', 'boolean'].includes(typeof v), `${path}.${name}`)
          .to.be.true;
  }
}

function plainObject(path: string, value: unknown): void {
  expect(value, path).to.be.an('object');
  expect(Object.getPrototypeOf(value), `${path} is a plain object`).to.equal(Object.prototype);
}

function all<K extends Kind>(kind: K, names: string): Readonly<Record<string, K>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}
