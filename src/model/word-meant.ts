/** Which word of a profile is meant by a name that is none: a slip, a part of a word, or what other programs call it. */
import { closestMatch } from './closest-match.ts';

/** By word: its other names, folded. A name may be that of several words, of different sections. */
const OTHER_NAMES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    id: 'recordid uid guid',
    name: 'fullname displayname label title subject',
    firstName: 'givenname forename vorname',
    lastName: 'surname familyname nachname',
    title: 'position role jobtitle jobfunction funktion',
    department: 'division abteilung',
    email: 'mail mailaddress',
    phone: 'telephone tel telefon landline',
    mobilePhone: 'cell cellphone handy mobil',
    city: 'town place location ort stadt',
    country: 'nation land',
    lifecycleStage: 'stage',
    leadStatus: 'status state',
    leadSource: 'source origin channel',
    createdAt: 'created createdate createdon opened openedat creationdate',
    lastActivityAt: 'lastactivity lastcontact lastcontacted lastcontactedat lastseen',
    url: 'link href weblink',
    domain: 'website homepage web',
    type: 'category',
    industry: 'sector branche',
    employees: 'size employeecount numberofemployees headcount staff mitarbeiter',
    annualRevenue: 'revenue turnover umsatz',
    stage: 'status state phase step',
    amount: 'value sum total price betrag wert',
    closeDate: 'duedate due enddate expectedclosedate closingdate closesat',
    open: 'isopen',
    won: 'iswon',
    probability: 'chance likelihood',
    number: 'no nr casenumber ticketnumber',
    subject: 'title name summary topic betreff',
    status: 'state stage',
    priority: 'urgency severity',
  }).map(([word, others]) => [word, new Set(others.split(' '))]),
);

/** Endings that add nothing, as in `phone_number` and `email_address`. */
const ENDING = /(?:address|number|text|value|date|on|at)$/;
/** Of two letters one is too many to say what is meant. */
const MIN_PART = 3;

/**
 * @param words those that there are here.
 * @returns `undefined` when none is near.
 */
export function wordMeant(name: string, words: readonly string[]): string | undefined {
  const plain = foldWord(name);
  return (
    wordNamed(name, words) ??
    closestMatch(name, words) ??
    onlyOne(plain, words) ??
    (ENDING.test(plain) ? wordNamed(plain.replace(ENDING, ''), words) : undefined)
  );
}

/** The same without slips: another spelling, or another name. */
export function wordNamed(name: string, words: readonly string[]): string | undefined {
  const plain = foldWord(name);
  return (
    words.find((word) => foldWord(word) === plain) ??
    words.find((word) => OTHER_NAMES.get(word)?.has(plain))
  );
}

/** The one word that begins or ends with the name: `mobile` is `mobilePhone`, `last` may be two. */
function onlyOne(plain: string, words: readonly string[]): string | undefined {
  if (plain.length < MIN_PART) return undefined;
  const found = words.filter((word) => foldWord(word).startsWith(plain) || endsWith(word, plain));
  return found.length === 1 ? found[0] : undefined;
}

/** Whether the name is the last words of `annualRevenue`. */
function endsWith(word: string, plain: string): boolean {
  const parts = word.split(/(?=\p{Lu})/u);
  return parts.some((_, index) => foldWord(parts.slice(index).join('')) === plain);
}

/** @returns a name as it is compared: databases fold names, so `FIRST_NAME` and `firstname` mean `firstName`. */
export function foldWord(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}
