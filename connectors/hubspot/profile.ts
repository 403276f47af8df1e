/** Maps HubSpot's records to the words of a profile. */
import type {
  Company,
  Contact,
  Deal,
  FieldValue,
  PartialRecord,
  PersonRecord,
  Ticket,
} from '../../src/connector/index.ts';
import type { Labels } from './labels.ts';
import type { PropertyNames } from './requests.ts';
import { objectTypes, type HubSpotRecord, type ObjectType } from './responses.ts';
import {
  boolean,
  dateTime,
  day,
  fullName,
  latestActivity,
  number,
  text,
  type Raw,
} from './values.ts';

/** A person as HubSpot returned it: ids and codes, no names. */
export interface RawPerson {
  readonly contact: HubSpotRecord;
  readonly company: HubSpotRecord | undefined;
  readonly deals: readonly HubSpotRecord[];
  readonly tickets: readonly HubSpotRecord[];
  readonly moreDeals: boolean;
  readonly moreTickets: boolean;
  readonly moreOpenDeals: boolean;
  readonly moreOpenTickets: boolean;
  /** Further contacts with the same address. */
  readonly others: readonly HubSpotRecord[];
  /** Sections that could not be read. */
  readonly missing: readonly string[];
}

/** A value is shown up to a thousand characters. */
const MAX_OPTIONS = 500;

/** The properties that the words of a profile come from. */
const properties = {
  contacts: `email hs_additional_emails firstname lastname jobtitle phone mobilephone city country
    lifecyclestage hs_lead_status hs_analytics_source createdate notes_last_updated
    hs_last_sales_activity_timestamp hubspot_owner_id`,
  companies: `name domain hs_additional_domains type industry numberofemployees annualrevenue city country hubspot_owner_id`,
  deals: `dealname dealstage pipeline amount deal_currency_code closedate hs_is_closed
    hs_is_closed_won hs_deal_stage_probability hubspot_owner_id`,
  // Unlike deals, tickets have no hs_is_closed: whether one is open follows from its stage.
  tickets: `subject hs_pipeline hs_pipeline_stage hs_ticket_priority closed_date createdate
    hubspot_owner_id`,
} as const satisfies Record<ObjectType, string>;

/** @param fields the tenant's own properties. @returns all properties to ask for. */
export function requestedProperties(fields: PropertyNames): PropertyNames {
  const all = (type: ObjectType) => [
    ...new Set([...properties[type].split(/\s+/), ...fields[type]]),
  ];
  return {
    contacts: all('contacts'),
    companies: all('companies'),
    deals: all('deals'),
    tickets: all('tickets'),
  };
}

export class ProfileMapper {
  readonly #labels: Labels;
  readonly #fields: PropertyNames;

  constructor(labels: Labels, fields: PropertyNames) {
    this.#labels = labels;
    this.#fields = fields;
  }

  person({ contact, company, deals, tickets, others, ...rest }: RawPerson): PersonRecord {
    return {
      contact: this.#contact(contact),
      company: company === undefined ? null : this.company(company),
      deals: deals.map((deal) => this.#deal(deal)),
      tickets: tickets.map((ticket) => this.#ticket(ticket)),
      others: others.map((other) => {
        const { kind, id, email, name, url } = this.#contact(other);
        return { kind, id, email, name, url };
      }),
      ...rest,
    };
  }

  company(record: HubSpotRecord): PartialRecord<Company> {
    const { properties: p } = record;
    const annualRevenue = number(p['annualrevenue']);
    return {
      ...this.#common('companies', record),
      name: text(p['name']),
      domain: text(p['domain']),
      type: this.#labels.option('companies', 'type', p['type']),
      industry: this.#labels.option('companies', 'industry', p['industry']),
      employees: number(p['numberofemployees']),
      annualRevenue,
      currency: this.#labels.currencyOf(annualRevenue),
      city: text(p['city']),
      country: text(p['country']),
    };
  }

  #contact(record: HubSpotRecord): PartialRecord<Contact> {
    const { properties: p } = record;
    const option = (name: string) => this.#labels.option('contacts', name, p[name]);
    return {
      ...this.#common('contacts', record),
      kind: 'contact',
      name: fullName(p['firstname'], p['lastname']),
      firstName: text(p['firstname']),
      lastName: text(p['lastname']),
      title: text(p['jobtitle']),
      email: text(p['email']),
      phone: text(p['phone']),
      mobilePhone: text(p['mobilephone']),
      city: text(p['city']),
      country: text(p['country']),
      lifecycleStage: option('lifecyclestage'),
      leadStatus: option('hs_lead_status'),
      leadSource: option('hs_analytics_source'),
      createdAt: dateTime(p['createdate']),
      lastActivityAt: latestActivity(p),
    };
  }

  #deal(record: HubSpotRecord): PartialRecord<Deal> {
    const { properties: p } = record;
    const stage = p['dealstage']
      ? this.#labels.stage('deals', p['pipeline'], p['dealstage'])
      : null;
    const closed = boolean(p['hs_is_closed']) ?? stage?.closed ?? null;
    const amount = number(p['amount']);
    const probability = number(p['hs_deal_stage_probability']) ?? stage?.probability ?? null;
    return {
      ...this.#common('deals', record),
      name: text(p['dealname']),
      stage: stage?.label ?? text(p['dealstage']),
      pipeline: this.#labels.pipeline('deals', p['pipeline']),
      amount,
      currency: text(p['deal_currency_code']) ?? this.#labels.currencyOf(amount),
      closeDate: day(p['closedate'], () => this.#labels.zone),
      open: closed === null ? null : !closed,
      won: boolean(p['hs_is_closed_won']) ?? (closed === null ? null : closed && probability === 1),
      // 0.29 becomes 29, not 28.999999999999996.
      probability: probability === null ? null : Number((probability * 100).toFixed(2)),
    };
  }

  #ticket(record: HubSpotRecord): PartialRecord<Ticket> {
    const { id, properties: p } = record;
    const status = p['hs_pipeline_stage'];
    const stage = status ? this.#labels.stage('tickets', p['hs_pipeline'], status) : null;
    const closed = stage?.closed ?? (text(p['closed_date']) === null ? null : true);
    return {
      ...this.#common('tickets', record),
      number: id,
      subject: text(p['subject']),
      status: stage?.label ?? text(status),
      priority: this.#labels.option('tickets', 'hs_ticket_priority', p['hs_ticket_priority']),
      open: closed === null ? null : !closed,
      createdAt: dateTime(p['createdate']),
    };
  }

  /** What records of every type have. */
  #common(type: ObjectType, { id, url, properties: p }: HubSpotRecord) {
    return {
      id,
      url: this.#recordUrl(type, id) ?? (url?.startsWith('https://') ? url : null),
      owner: this.#labels.owner(p['hubspot_owner_id']),
      fields: Object.fromEntries(
        this.#fields[type].map((name) => [name, this.#field(type, name, p[name])]),
      ),
    };
  }

  /** @returns the address of a record in HubSpot, when the account is known. */
  #recordUrl(type: ObjectType, id: string): string | undefined {
    const { uiDomain, portalId } = this.#labels.account ?? {};
    return uiDomain && `https://${uiDomain}/contacts/${portalId}/record/${objectTypes[type]}/${id}`;
  }

  /** A property of the tenant's own by its definition; as a text while that is unknown. */
  #field(type: ObjectType, name: string, raw: Raw): FieldValue {
    if (!raw?.trim()) return null;
    const definition = this.#labels.property(type, name);
    if (definition?.referencedObjectType === 'OWNER' || name.endsWith('_owner_id'))
      return this.#labels.owner(raw)?.name ?? raw;
    // The id of another record stays a text, even if it is declared as a number.
    if (definition?.referencedObjectType || name.endsWith('_id')) return raw;
    switch (definition?.type) {
      case 'number':
        return number(raw) ?? raw;
      case 'bool':
        return boolean(raw) ?? raw;
      case 'date':
        return day(raw) ?? raw;
      case 'datetime':
        return dateTime(raw) ?? raw;
      case 'enumeration':
        return raw
          .split(';', MAX_OPTIONS)
          .filter(Boolean)
          .map((value) => this.#labels.option(type, name, value))
          .join(', ');
      case undefined:
      default:
        return raw;
    }
  }
}
