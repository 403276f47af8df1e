/**
 * The people of the emulated org: the same company as in the demo directory, seen by Salesforce. Some have
 * what is hard: two records with one address, a lead besides a contact, a Person Account, no account.
 */

export type Row = Readonly<Record<string, string | number | boolean | null>>;
/** Rows by object. Tests may add their own. */
export type Data = Record<string, Row[]>;

/** Salesforce's ids: three characters for the object, twelve, and three of check sum. */
export function idFor(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(12, '0')}AAA`;
}

export function makePeople(): Data {
  return {
    User: [
      { Id: idFor('005', 1), Name: 'Kim Lee', Email: 'kim.lee@brightside.example', IsActive: true },
      {
        Id: idFor('005', 2),
        Name: 'Marco Rossi',
        Email: 'marco.rossi@brightside.example',
        IsActive: true,
      },
      {
        Id: idFor('005', 3),
        Name: 'Lena Vogt',
        Email: 'lena.vogt@brightside.example',
        IsActive: true,
      },
    ],
    Group: [
      { Id: idFor('00G', 1), Name: 'Inbound Leads' },
      { Id: idFor('00G', 2), Name: 'Support Level 1' },
    ],
    Account: [
      account(1, 'ACME GmbH', {
        Website: 'https://www.acme.example/en',
        Type: 'Customer - Direct',
        Industry: 'Manufacturing',
        NumberOfEmployees: 420,
        AnnualRevenue: 61500000,
        BillingCity: 'Berlin',
        BillingCountry: 'Germany',
        CurrencyIsoCode: 'EUR',
        Support_Plan__c: 'Premium 24/7',
      }),
      account(2, 'Globex Corporation', {
        Website: 'globex.example',
        Type: 'Customer - Direct',
        Industry: 'Energy',
        NumberOfEmployees: 12400,
        BillingCity: 'Houston',
        BillingCountry: 'United States',
        OwnerId: idFor('005', 2),
      }),
      account(3, 'Hooli', { Website: 'http://hooli.example/?utm_source=web', Type: 'Prospect' }),
      account(4, 'Stark Fabrication', { Type: 'Prospect', BillingCity: 'Malmö' }),
      account(5, 'Nora Lind', { IsPersonAccount: true, BillingCity: 'Oslo' }),
    ],
    Contact: [
      contact(1, 'Jane', 'Doe', 'jane.doe@acme.example', 1, {
        Title: 'VP Operations',
        Department: 'Operations',
        Phone: '+49 30 5550 1201',
        MobilePhone: '+49 170 555 0112',
        MailingCity: 'Berlin',
        MailingCountry: 'Germany',
        LeadSource: 'Trade Show',
        CreatedDate: '2023-03-14T08:12:00.000Z',
        LastActivityDate: '2026-11-20',
        Loyalty_Tier__c: 'Platinum',
      }),
      contact(2, 'Priya', 'Sharma', 'priya.sharma@acme.example', 1, { Title: 'Head of IT' }),
      contact(3, 'Hank', 'Scorpio', 'Hank.Scorpio@Globex.example', 2, {
        Title: 'Chief Executive Officer',
        OwnerId: idFor('005', 2),
      }),
      contact(4, 'Front', 'Desk', 'info@globex.example', 2, { LastActivityDate: '2026-01-05' }),
      contact(5, 'Wei', 'Chen', 'info@globex.example', 2, {
        Title: 'Senior Buyer',
        LastActivityDate: '2026-11-11',
      }),
      contact(6, 'Seán', "O'Brien", "sean.o'brien@freelance.example", null, {
        Title: 'Consultant',
      }),
      contact(7, 'Pepper', 'Potts', 'pepper@stark.example', 4),
      contact(8, 'Happy', 'Hogan', 'happy@stark.example', 4),
      contact(9, 'Nora', 'Lind', 'nora.lind@mail.example', 5, { IsPersonAccount: true }),
      contact(10, 'Tony', 'Stark', 'tony@stark.example', 1),
    ],
    Lead: [
      lead(1, 'Aisha', 'Khan', 'aisha.khan@initech.example', 'Initech Ltd', {
        Title: 'IT Manager',
        Status: 'Working - Contacted',
        LeadSource: 'Web',
        Industry: 'Software',
        City: 'London',
        Country: 'United Kingdom',
        Phone: '+44 20 5550 1177',
        Website: 'www.initech.example',
        Webinar__c: 'March',
      }),
      lead(2, 'Globex', 'Web form', 'info@globex.example', 'Globex', { Status: 'Open' }),
      lead(3, 'Jane', 'Doe', 'jane.doe@acme.example', 'Acme', { IsConverted: true }),
    ],
    Opportunity: [
      opportunity(1, 'ACME renewal 2027', 1, 'Negotiation/Review', 186000, '2027-01-29', 70),
      opportunity(2, 'ACME second plant', 1, 'Proposal/Price Quote', 94500, '2027-03-31', 40),
      opportunity(3, 'ACME pilot', 1, 'Closed Won', 12000, '2023-06-30', 100),
      opportunity(4, 'Globex and ACME joint venture', 2, 'Prospecting', null, '2027-09-30', 10),
      opportunity(5, 'Globex expansion', 2, 'Closed Lost', 250000, '2026-05-15', 0),
      opportunity(6, 'Home office', 5, 'Prospecting', 900, '2027-02-01', 20),
    ],
    OpportunityContactRole: [role(1, 1, 1, 'Decision Maker'), role(2, 4, 1, 'Influencer')],
    Case: [
      supportCase(1, '00020871', 'Export stops after 10,000 rows', 1, 1, 'Working', 'High'),
      supportCase(2, '00020912', 'Second plant: how many seats?', 1, 1, 'New', 'Medium', {
        OwnerId: idFor('00G', 2),
      }),
      supportCase(3, '00020344', 'Invoice sent to the old address', 1, 1, 'Closed', 'Low'),
      supportCase(4, '00020930', 'Single sign-on fails', 2, 1, 'Escalated', 'High'),
      supportCase(5, '00020111', 'Forgotten password', 2, 1, 'Closed', 'Low'),
    ],
  };
}

const MADE = '2024-06-03T09:00:00.000Z';

export function account(number: number, name: string, more: Row): Row {
  return {
    Id: idFor('001', number),
    Name: name,
    OwnerId: idFor('005', 1),
    CreatedDate: MADE,
    LastModifiedDate: MADE,
    ...more,
  };
}

export function contact(
  number: number,
  first: string,
  last: string,
  email: string,
  accountNumber: number | null,
  more: Row = {},
): Row {
  return {
    Id: idFor('003', number),
    FirstName: first,
    LastName: last,
    Name: `${first} ${last}`,
    Email: email,
    AccountId: accountNumber === null ? null : idFor('001', accountNumber),
    OwnerId: idFor('005', 1),
    CreatedDate: MADE,
    LastModifiedDate: MADE,
    ...more,
  };
}

function lead(
  number: number,
  first: string,
  last: string,
  email: string,
  company: string,
  more: Row = {},
): Row {
  return {
    Id: idFor('00Q', number),
    FirstName: first,
    LastName: last,
    Name: `${first} ${last}`,
    Email: email,
    Company: company,
    IsConverted: false,
    OwnerId: idFor('00G', 1),
    CreatedDate: MADE,
    LastModifiedDate: MADE,
    ...more,
  };
}

export function opportunity(
  number: number,
  name: string,
  accountNumber: number,
  stage: string,
  amount: number | null,
  closeDate: string,
  probability: number,
): Row {
  return {
    Id: idFor('006', number),
    Name: name,
    AccountId: idFor('001', accountNumber),
    StageName: stage,
    Amount: amount,
    CloseDate: closeDate,
    Probability: probability,
    IsClosed: stage.startsWith('Closed'),
    IsWon: stage === 'Closed Won',
    OwnerId: idFor('005', 1),
    CurrencyIsoCode: accountNumber === 2 ? 'USD' : 'EUR',
    CreatedDate: MADE,
    LastModifiedDate: MADE,
  };
}

function role(number: number, opportunityNumber: number, contactNumber: number, name: string): Row {
  return {
    Id: idFor('00K', number),
    OpportunityId: idFor('006', opportunityNumber),
    ContactId: idFor('003', contactNumber),
    Role: name,
    IsPrimary: number === 1,
    CreatedDate: MADE,
  };
}

export function supportCase(
  number: number,
  caseNumber: string,
  subject: string,
  contactNumber: number,
  accountNumber: number,
  status: string,
  priority: string,
  more: Row = {},
): Row {
  const day = String(10 + number).padStart(2, '0');
  return {
    Id: idFor('500', number),
    CaseNumber: caseNumber,
    Subject: subject,
    ContactId: idFor('003', contactNumber),
    AccountId: idFor('001', accountNumber),
    Status: status,
    Priority: priority,
    IsClosed: status === 'Closed',
    OwnerId: idFor('005', 3),
    CreatedDate: `2026-11-${day}T13:05:00.000Z`,
    LastModifiedDate: `2026-11-${day}T13:05:00.000Z`,
    ...more,
  };
}
