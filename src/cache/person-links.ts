/** By which names, besides the address that was asked for, a cached person is found again to be purged. */
import { createHash } from 'node:crypto';
import { normalizeEmail } from '../model/email.ts';
import type { PersonResult } from '../upstream/connection.ts';
import type { Entry } from './entry.ts';

/** What an entry says about who is in it. All links begin with the connection's prefix. */
export interface PersonLinks {
  /** Identify the record that is shown: another address may lead to the same one. */
  readonly shown: readonly string[];
  /** Identify the records with the same address, which are listed. */
  readonly listed: readonly string[];
  /** The record that is shown, as other entries may list it. */
  readonly listedAs: readonly string[];
  /** The address the record shows. */
  readonly address: string | undefined;
}

const NO_LINKS: PersonLinks = { shown: [], listed: [], listedAs: [], address: undefined };

/** What is known of a record, shown or listed. */
interface RecordInfo {
  readonly kind: string;
  readonly id?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly url: string | null;
  readonly name: string | null;
  readonly company: string | null;
}

/** @param entry of a person. */
export function linksOf(prefix: string, entry: Entry<PersonResult> | undefined): PersonLinks {
  if (entry?.found !== true) return NO_LINKS;
  const { profile, otherKeys = [] } = entry.value;
  const { contact, company, others } = profile;
  const record = { ...contact, company: company?.name ?? null };
  const listedAs = [...identityOf(record), ...descriptionOf(record)];
  const identity = identityOf(record);
  if (contact.id === null) identity.push(...descriptionOf(record), documentMark(contact));
  const listed = others.flatMap((other, index) => {
    const info = { ...other, ...otherKeys[index] };
    return [...identityOf(info), ...(isGiven(info.id) ? [] : descriptionOf(info))];
  });
  return {
    shown: identity.map((mark) => `${prefix}shows ${mark}`),
    listed: listed.map((mark) => `${prefix}lists ${mark}`),
    listedAs: listedAs.map((mark) => `${prefix}lists ${mark}`),
    address: addressOf(record),
  };
}

/** The links of entries that show, and of entries that list, a record with this address. @param address normalised. */
export function addressLinks(
  prefix: string,
  address: string,
): { readonly shown: string; readonly listed: string } {
  const mark = `address ${address}`;
  return { shown: `${prefix}shows ${mark}`, listed: `${prefix}lists ${mark}` };
}

function identityOf(record: RecordInfo): string[] {
  const { kind, id } = record;
  const address = addressOf(record);
  return [
    ...(isGiven(id) ? [`id ${kind} ${id}`] : []),
    ...(address === undefined ? [] : [`address ${address}`]),
  ];
}

/** Not every connector has ids. Without one, records of one name and company are taken for one person. */
function descriptionOf({ url, name, company }: RecordInfo): string[] {
  return [
    ...(isGiven(url) ? [`url ${url}`] : []),
    ...(isGiven(name) ? [`name ${JSON.stringify([name, company]).toLowerCase()}`] : []),
  ];
}

/** All that the record shows, but for the address, which may be the one that was asked for. */
function documentMark(contact: object): string {
  const content = JSON.stringify({ ...contact, email: null });
  return `document ${createHash('sha256').update(content).digest('base64url')}`;
}

function addressOf({ email }: Pick<RecordInfo, 'email'>): string | undefined {
  return isGiven(email) ? normalizeEmail(email)?.normalized : undefined;
}

function isGiven(value: string | null | undefined): value is string {
  return value !== null && value !== undefined;
}
