/** The objects, fields and relationships of the emulated org. */

export type FieldType = 'id' | 'reference' | 'text' | 'number' | 'boolean' | 'date' | 'datetime';

export interface ObjectSchema {
  /** By name, in Salesforce's capital letters. */
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly parents: Readonly<Record<string, Parent>>;
  readonly children: Readonly<Record<string, ChildRelationship>>;
}

export interface Parent {
  /** As error messages name it; `Name` stands for users and queues. */
  readonly object: string;
  readonly key: string;
}

export interface ChildRelationship {
  readonly object: string;
  readonly key: string;
}

export type Schema = ReadonlyMap<string, ObjectSchema>;

export interface SchemaOptions {
  readonly multiCurrency?: boolean;
  readonly personAccounts?: boolean;
  /** Such as `{ Contact: ['Loyalty_Tier__c'] }`; all are texts. */
  readonly customFields?: Readonly<Record<string, readonly string[]>>;
  /** Objects behind the tenant's own relationships, such as `{ 'Contact.Region__r': 'Region__c' }`. */
  readonly lookups?: Readonly<Record<string, string>>;
  /** Such as `Contact.Phone`: hidden by field-level security, so they seem not to exist. */
  readonly hidden?: ReadonlySet<string>;
  /** Objects the user may not read. */
  readonly unreadable?: ReadonlySet<string>;
}

const OBJECTS: Readonly<Record<string, string>> = {
  Contact:
    'Id:id IsDeleted:boolean AccountId:reference LastName FirstName Name MailingCity MailingCountry Phone MobilePhone ' +
    'Email Title Department LeadSource OwnerId:reference HasOptedOutOfEmail:boolean CreatedDate:datetime ' +
    'LastModifiedDate:datetime LastActivityDate:date',
  Account:
    'Id:id Name Type Industry Website Phone NumberOfEmployees:number AnnualRevenue:number BillingCity BillingCountry ' +
    'OwnerId:reference CreatedDate:datetime LastModifiedDate:datetime LastActivityDate:date',
  Lead:
    'Id:id LastName FirstName Name Title Company Website City Country Phone MobilePhone Email LeadSource Status Industry Rating ' +
    'NumberOfEmployees:number AnnualRevenue:number OwnerId:reference IsConverted:boolean CreatedDate:datetime ' +
    'LastModifiedDate:datetime LastActivityDate:date',
  Opportunity:
    'Id:id AccountId:reference Name StageName Amount:number Probability:number CloseDate:date Type NextStep LeadSource ' +
    'IsClosed:boolean IsWon:boolean OwnerId:reference CreatedDate:datetime LastModifiedDate:datetime',
  OpportunityContactRole:
    'Id:id OpportunityId:reference ContactId:reference Role IsPrimary:boolean CreatedDate:datetime',
  Case:
    'Id:id CaseNumber ContactId:reference AccountId:reference Type Status Origin Subject Priority IsClosed:boolean ' +
    'ClosedDate:datetime OwnerId:reference CreatedDate:datetime LastModifiedDate:datetime',
  User: 'Id:id Name Email IsActive:boolean',
  Name: 'Id:id Name Email',
};

const PARENTS: Readonly<Record<string, Readonly<Record<string, Parent>>>> = {
  Contact: {
    Account: { object: 'Account', key: 'AccountId' },
    Owner: { object: 'User', key: 'OwnerId' },
  },
  Account: { Owner: { object: 'User', key: 'OwnerId' } },
  Lead: { Owner: { object: 'Name', key: 'OwnerId' } },
  Opportunity: {
    Account: { object: 'Account', key: 'AccountId' },
    Owner: { object: 'User', key: 'OwnerId' },
  },
  OpportunityContactRole: {
    Opportunity: { object: 'Opportunity', key: 'OpportunityId' },
    Contact: { object: 'Contact', key: 'ContactId' },
  },
  Case: {
    Contact: { object: 'Contact', key: 'ContactId' },
    Account: { object: 'Account', key: 'AccountId' },
    Owner: { object: 'Name', key: 'OwnerId' },
  },
};

const CHILDREN: Readonly<Record<string, Readonly<Record<string, ChildRelationship>>>> = {
  Contact: {
    Cases: { object: 'Case', key: 'ContactId' },
    OpportunityContactRoles: { object: 'OpportunityContactRole', key: 'ContactId' },
  },
  Account: {
    Contacts: { object: 'Contact', key: 'AccountId' },
    Opportunities: { object: 'Opportunity', key: 'AccountId' },
    Cases: { object: 'Case', key: 'AccountId' },
  },
  Opportunity: {
    OpportunityContactRoles: { object: 'OpportunityContactRole', key: 'OpportunityId' },
  },
};

/** The org as the integration user sees it: what is hidden is not there. */
export function makeSchema(options: SchemaOptions = {}): Schema {
  const granted = (object: string) => options.unreadable?.has(object) !== true;
  // Who may read opportunities may read roles.
  const readable = (object: string) =>
    granted(object) && (object !== 'OpportunityContactRole' || granted('Opportunity'));
  const own = Object.values(options.lookups ?? {}).map((object) => [object, 'Id:id Name'] as const);
  const entries = [...Object.entries(OBJECTS), ...own].filter(([object]) => readable(object));
  return new Map(
    entries.map(([object, list]) => [
      object,
      {
        fields: new Map(
          fieldsOf(object, list, options).filter(
            ([name]) => options.hidden?.has(`${object}.${name}`) !== true,
          ),
        ),
        parents: only(parentsOf(object, options), ({ object: parent }) => readable(parent)),
        children: only(CHILDREN[object] ?? {}, ({ object: child }) => readable(child)),
      },
    ]),
  );
}

function parentsOf(
  object: string,
  { lookups = {} }: SchemaOptions,
): Readonly<Record<string, Parent>> {
  const own = Object.entries(lookups).flatMap(([path, parent]) => {
    const [home, relationship = ''] = path.split('.');
    const key = relationship.replace(/__r$/, '__c');
    return home === object ? [[relationship, { object: parent, key }] as const] : [];
  });
  return { ...PARENTS[object], ...Object.fromEntries(own) };
}

function fieldsOf(object: string, list: string, options: SchemaOptions): [string, FieldType][] {
  const standard = list.split(' ').map((entry): [string, FieldType] => {
    const [name = '', type = 'text'] = entry.split(':');
    return [name, type as FieldType];
  });
  const currency = ['Account', 'Contact', 'Lead', 'Opportunity', 'Case'].includes(object);
  const person = ['Account', 'Contact'].includes(object);
  const custom = options.customFields?.[object] ?? [];
  return [
    ...standard,
    ...custom.map((name): [string, FieldType] => [name, 'text']),
    ...Object.values(parentsOf(object, { lookups: options.lookups ?? {} }))
      .filter(({ key }) => key.endsWith('__c'))
      .map(({ key }): [string, FieldType] => [key, 'reference']),
    ...(options.multiCurrency === true && currency
      ? [['CurrencyIsoCode', 'text'] as [string, FieldType]]
      : []),
    ...(options.personAccounts === true && person
      ? [['IsPersonAccount', 'boolean'] as [string, FieldType]]
      : []),
  ];
}

function only<T>(
  entries: Readonly<Record<string, T>>,
  keep: (value: T) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => keep(value)));
}
