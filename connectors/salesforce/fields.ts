/** Which fields are requested, which object has each of them, and how the org says which it has. */
import type { Clock } from '../../src/connector/index.ts';
import type { Subrequest, SubrequestResult } from './session.ts';
import type { FieldLists } from './settings.ts';

export interface Field {
  /** As in the statement, such as `Account.Name`. */
  readonly path: string;
  /** The object that has the last part, such as `Account`; `Contact.Region__r` for one that only the org knows. */
  readonly object: string;
  /** Without it the row cannot be used. */
  readonly needed: boolean;
}

/** Features of the org that come with further fields. */
export interface FeatureFields {
  readonly multiCurrency: boolean;
  readonly personAccounts: boolean;
}

/** The fields that may hold the address of a person. */
export type AddressFields = Readonly<Record<'contact' | 'lead', readonly string[]>>;

export interface RequestedFields {
  readonly fields: FieldLists;
  readonly emailFields: AddressFields;
  readonly features: FeatureFields;
}

/** The objects the bridge reads. */
export type ReadObject = 'Contact' | 'Account' | 'Lead' | 'Opportunity' | 'Case';

const STANDARD: Readonly<Record<ReadObject, readonly string[]>> = {
  Contact: names(
    'Id Email Name FirstName LastName Title Department Phone MobilePhone MailingCity MailingCountry',
    'LeadSource CreatedDate LastActivityDate LastModifiedDate Owner.Name Owner.Email AccountId Account.Name',
  ),
  Account: names(
    'Id Name Website Type Industry NumberOfEmployees AnnualRevenue BillingCity BillingCountry',
    'LastActivityDate LastModifiedDate Owner.Name Owner.Email',
  ),
  Lead: names(
    'Id Email Name FirstName LastName Title Phone MobilePhone City Country Company Website Industry',
    'NumberOfEmployees Status LeadSource CreatedDate LastActivityDate LastModifiedDate Owner.Name Owner.Email',
  ),
  Opportunity: names(
    'Id Name StageName Amount CloseDate Probability IsClosed IsWon Owner.Name Owner.Email',
  ),
  Case: names('Id CaseNumber Subject Status Priority IsClosed CreatedDate Owner.Name Owner.Email'),
};

function names(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(' '));
}

/** The object behind a relationship. A lead's or case's owner may be a queue: Salesforce calls that `Name`. */
const PARENTS: Readonly<Record<string, string>> = {
  'Contact.Owner': 'User',
  'Contact.Account': 'Account',
  'Account.Owner': 'User',
  'Opportunity.Owner': 'User',
  'Opportunity.Account': 'Account',
  'Lead.Owner': 'Name',
  'Case.Owner': 'Name',
  'Case.Contact': 'Contact',
  'Case.Account': 'Account',
};

/** The standard fields, those of the settings, and those of the org's features, each once. */
export function fieldsOf(
  object: ReadObject,
  { fields, emailFields, features }: RequestedFields,
): readonly Field[] {
  const addressFields = emailFieldsOf(object, emailFields);
  const paths = [
    ...STANDARD[object],
    ...(features.multiCurrency && (object === 'Account' || object === 'Opportunity')
      ? ['CurrencyIsoCode']
      : []),
    ...(features.personAccounts && object === 'Account' ? ['IsPersonAccount'] : []),
    ...(features.personAccounts && object === 'Contact' ? ['Account.IsPersonAccount'] : []),
    ...tenantFields(object, fields),
    ...addressFields,
  ];
  // Salesforce refuses a field that is named twice, in any case.
  const unique = new Map(paths.map((path) => [path.toLowerCase(), path]));
  // Of several fields with an address each can be done without.
  const address = addressFields.length === 1 ? addressFields[0]?.toLowerCase() : undefined;
  return [...unique].map(([name, path]) => ({
    path,
    object: objectOf(object, path),
    needed: name === 'id' || name === address,
  }));
}

/** The same fields as seen from another object, by way of a relationship. */
export function through(relationship: string, fields: readonly Field[]): readonly Field[] {
  return fields.map((field) => ({ ...field, path: `${relationship}.${field.path}` }));
}

/** The fields of an object that the settings name; none when its records are not requested. */
export function tenantFields(object: ReadObject, lists: FieldLists): readonly string[] {
  return lists[object.toLowerCase() as Lowercase<ReadObject>] || [];
}

/** The fields of a condition. @param more further paths. */
export function conditionFields(
  object: ReadObject,
  condition: { readonly fields: readonly string[] } | undefined,
  more: readonly string[] = [],
): readonly Field[] {
  const paths = [...more, ...(condition?.fields ?? [])];
  return paths.map((path) => ({ path, object: objectOf(object, path), needed: false }));
}

export function emailFieldsOf(object: ReadObject, emailFields: AddressFields): readonly string[] {
  if (object === 'Contact') return emailFields.contact;
  return object === 'Lead' ? emailFields.lead : [];
}

function objectOf(object: string, path: string): string {
  const dot = path.indexOf('.');
  if (dot === -1) return object;
  const parent = `${object}.${path.slice(0, dot)}`;
  return objectOf(PARENTS[parent] ?? parent, path.slice(dot + 1));
}

export function describeRequest(object: string): Subrequest {
  return { name: `describe${object}`, path: `/sobjects/${object}/describe` };
}

/**
 * Reads an object's description, which lists what the Run-As user sees.
 * @returns the names of fields and of relationships to parents, in lower case; `undefined` when it is invalid.
 */
export function visibleFields(description: unknown): ReadonlySet<string> | undefined {
  const { fields } = Object(description) as { fields?: unknown };
  if (!Array.isArray(fields)) return undefined;
  const names = fields.flatMap((field: unknown) => {
    const { name, relationshipName } = Object(field) as Record<string, unknown>;
    return [name, relationshipName].filter((text) => typeof text === 'string');
  });
  return new Set(names.map((name) => name.toLowerCase()));
}

/** @returns the relationships of an object that lead to one other object, with that. */
export function parentsIn(description: unknown): readonly (readonly [string, string])[] {
  const { fields } = Object(description) as { fields?: readonly unknown[] };
  return (fields ?? []).flatMap((field) => {
    const { relationshipName, referenceTo } = Object(field) as Record<string, unknown>;
    const [parent, ...others] = Array.isArray(referenceTo) ? (referenceTo as unknown[]) : [];
    const isKnown = typeof relationshipName === 'string' && typeof parent === 'string';
    return isKnown && others.length === 0 ? [[relationshipName, parent] as const] : [];
  });
}

const PROBES = [
  { name: 'hasCurrencies', feature: 'multiCurrency', field: 'CurrencyIsoCode' },
  { name: 'hasPersonAccounts', feature: 'personAccounts', field: 'IsPersonAccount' },
] as const;
const PROBE_INTERVAL_MS = 3_600_000;

/**
 * Whether the org has several currencies and Person Accounts. Most have neither, and requesting their fields there
 * would cost every first lookup a second request. So two tiny queries travel with a lookup once an hour; one
 * that fails is the answer "no".
 */
export class Features {
  readonly #clock: Clock;
  #present: FeatureFields = { multiCurrency: false, personAccounts: false };
  #probedAtMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get present(): FeatureFields {
    return this.#present;
  }

  /** The queries to send along this time; none for an hour after they succeeded. */
  pendingProbes(): readonly { readonly name: string; readonly soql: string }[] {
    if (this.#clock.monotonic() - this.#probedAtMs < PROBE_INTERVAL_MS) return [];
    return PROBES.map(({ name, field }) => ({
      name,
      soql: `SELECT ${field} FROM Account LIMIT 1`,
    }));
  }

  /** @returns whether a feature has turned up that the statements lacked. */
  recordFrom(results: ReadonlyMap<string, SubrequestResult>): boolean {
    const before = this.#present;
    const probed = PROBES.flatMap(({ name, feature }) => {
      const result = results.get(name);
      return result !== undefined && isConclusive(result) ? [[feature, result.ok] as const] : [];
    });
    if (probed.length === PROBES.length) this.#probedAtMs = this.#clock.monotonic();
    this.#present = { ...before, ...Object.fromEntries(probed) };
    return probed.some(([feature, isPresent]) => isPresent && !before[feature]);
  }
}

/** A failure for another reason than a missing field says nothing about the feature. */
function isConclusive(result: SubrequestResult): boolean {
  return result.ok || result.code === 'INVALID_FIELD' || result.code === 'INVALID_TYPE';
}
