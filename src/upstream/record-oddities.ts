/**
 * What a connector's record has and agents do not see: names that are no words, and texts where dates belong. For the
 * trace of one lookup, so names only, never values.
 */
import { isNameLike } from '../config/quotable.ts';
import { PROFILE_WORDS } from '../model/profile-words.ts';
import { wordMeant } from '../model/word-meant.ts';
import { parseDate } from '../render/parse-date.ts';

export interface RecordOddities {
  /** Such as `contact.nmae (did you mean "name"?)`. */
  readonly unknownNames?: string;
  /** Such as `deals.closeDate`: the words that hold a text which is no ISO 8601 date. */
  readonly unreadableDates?: string;
}

/** @param record what `lookup` returned, or an error in its place. @returns `undefined` when there is nothing odd. */
export function personOddities(record: unknown): RecordOddities | undefined {
  if (record instanceof Error) return undefined;
  const found = new Oddities();
  found.names('', record, TOP);
  const { contact, company, deals, tickets, others } = Object(record) as Raw;
  found.section('contact', contact, 'contact');
  found.section('company', company, 'company');
  for (const deal of listOf(deals)) found.section('deals', deal, 'deal');
  for (const ticket of listOf(tickets)) found.section('tickets', ticket, 'ticket');
  for (const other of listOf(others)) found.names('others.', other, OTHER);
  return found.result();
}

/** The same for what `findCompany` returned. */
export function companyOddities(record: unknown): RecordOddities | undefined {
  const found = new Oddities();
  found.section('company', record, 'company', ['provisional']);
  return found.result();
}

type Raw = Readonly<Record<string, unknown>>;

const TOP = [
  ...['contact', 'company', 'deals', 'tickets', 'others', 'missing', 'provisional'],
  ...['moreDeals', 'moreTickets', 'moreOpenDeals', 'moreOpenTickets', 'moreOthers'],
];
const OTHER = ['kind', 'id', 'name', 'company', 'email', 'url'];
const OWNER = ['name', 'email'];
/** Of one record; a trace is read by people. */
const MAX_NAMES = 10;
const MAX_ITEMS = 100;

class Oddities {
  readonly #unknown = new Set<string>();
  readonly #dates = new Set<string>();

  names(prefix: string, record: unknown, words: readonly string[]): void {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) return;
    for (const [name, value] of Object.entries(record)) {
      if (this.#unknown.size > MAX_NAMES) return;
      if (value === undefined || words.includes(name)) continue;
      const meant = wordMeant(name, words);
      const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
      // Who takes texts of a CRM for names puts an address or a key here.
      this.#unknown.add(isNameLike(name) ? `${prefix}${name}${hint}` : `${prefix}…`);
    }
  }

  section(
    path: string,
    record: unknown,
    section: keyof typeof PROFILE_WORDS,
    further: readonly string[] = [],
  ): void {
    const kinds = PROFILE_WORDS[section];
    const words = Object.keys(kinds).filter((word) => !word.includes('.'));
    this.names(`${path}.`, record, [...words, 'owner', 'fields', ...further]);
    const raw = Object(record) as Raw;
    this.names(`${path}.owner.`, raw['owner'], OWNER);
    for (const word of words) {
      const value = kinds[word] === 'date' ? raw[word] : undefined;
      const isText = typeof value === 'string' && value.trim() !== '';
      if (isText && parseDate(value) === undefined) this.#dates.add(`${path}.${word}`);
    }
  }

  result(): RecordOddities | undefined {
    const names = [...this.#unknown];
    const shown = names.slice(0, MAX_NAMES).join(', ');
    const unknownNames = names.length > MAX_NAMES ? `${shown}, …` : shown;
    const unreadableDates = [...this.#dates].join(', ');
    if (unknownNames === '' && unreadableDates === '') return undefined;
    return {
      ...(unknownNames === '' ? {} : { unknownNames }),
      ...(unreadableDates === '' ? {} : { unreadableDates }),
    };
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [];
}
