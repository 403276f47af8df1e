/**
 * The headings with which Outlook, Google, Thunderbird, HubSpot and Salesforce export the words, in English and
 * German, separated by `|`; case, spaces and punctuation do not count, nor does the name of the record in front, and `ae` is `ä`.
 * Of several columns for one word the one that stands first here is used. The word itself goes before all of them
 * unless it is listed: beside "Job Title" Outlook's "Title" is a salutation.
 *
 * Tried with exports: Outlook, HubSpot's contacts and deals, a Salesforce report of contacts, in English. The German
 * headings, and those of other reports, are from general knowledge: no export was there to try.
 */
export type Headings = Readonly<Record<string, string>>;

/** What Google and Outlook write beside each address and number: it says nothing about a person. */
export const NOISE: readonly string[] = [
  ...['* - Label', '* - Type', 'Labels', 'Group Membership'],
  ...['E-mail Type', 'E-mail * Type', 'E-mail Display Name', 'E-mail * Display Name'],
];

const OWNER = 'Owner|Inhaber|Zuständiger Mitarbeiter|Owner Full Name';

export const HEADINGS: Readonly<Record<'people' | 'companies' | 'deals' | 'tickets', Headings>> = {
  people: {
    // All columns with addresses count, not only the first.
    email:
      'E-mail Address|Email Address|Primary Email|Work Email|Business Email|E-mail 1 - Value|E-mail 1 Address|' +
      'Secondary Email|Personal Email|Private Email|Home Email|Other Email|Additional email addresses|' +
      'E-mail 2 Address|E-mail 3 Address|E-mail 2|E-mail 3|Email Address 2|Email Address 3|E-mail 2 - Value|' +
      'E-mail 3 - Value|E-mail 4 - Value|E-Mail-Adresse|Mail|Mailadresse|Primäre E-Mail-Adresse|' +
      'Sekundäre E-Mail-Adresse|Weitere E-Mail-Adressen|Zusätzliche E-Mail-Adressen|E-Mail 2: Adresse|' +
      'E-Mail 3: Adresse|E-Mail-Adresse 2|E-Mail-Adresse 3|E-Mail 1 - Wert|E-Mail 2 - Wert|E-Mail 3 - Wert|' +
      'E-Mail geschäftlich|E-Mail privat|E-Mail dienstlich',
    firstName: 'Given Name|Forename|Vorname|Rufname',
    lastName: 'Surname|Family Name|Nachname|Familienname',
    name: 'Full Name|Display Name|Anzeigename|Vollständiger Name|Angezeigter Name|Kontaktname',
    title:
      'Job Title|Organization Title|Organization 1 - Title|Position|Stellenbezeichnung|Berufsbezeichnung|' +
      'Jobbezeichnung|Jobtitel|Arbeitstitel|Organisation 1 - Titel|Titel der Organisation|Funktion|Title|Titel',
    department:
      'Organization Department|Organization 1 - Department|Abteilung|Abteilung der Organisation|' +
      'Organisation 1 - Abteilung',
    phone:
      'Business Phone|Work Phone|Phone Number|Primary Phone|Phone 1 - Value|Telephone|Home Phone|' +
      'Telefon geschäftlich|Tel. dienstlich|Telefon|Telefonnummer|Telefon 1 - Wert|Haupttelefon|Telefon privat|' +
      'Tel. privat',
    mobilePhone:
      'Mobile|Mobile Number|Mobile Phone Number|Cell Phone|Mobiltelefon|Mobil|Mobiltelefonnummer|' +
      'Mobil-Tel.-Nr.|Handy|Handynummer',
    city:
      'Business City|Work City|Mailing City|Address 1 - City|Home City|Other City|Ort geschäftlich|' +
      'Dienstlich: Ort|Postanschrift Ort|Postanschrift Stadt|Ort (Postanschrift)|Stadt (Postanschrift)|' +
      'Adresse 1 - Ort|Adresse 1 - Stadt|Ort|Stadt|Ort privat|Privat: Ort',
    country:
      'Country/Region|Business Country/Region|Business Country|Work Country|Mailing Country|' +
      'Country (text only)|Mailing Country (text only)|Address 1 - Country|Home Country/Region|Home Country|Land/Region geschäftlich|Land geschäftlich|' +
      'Dienstlich: Land|Postanschrift Land|Land (Postanschrift)|Adresse 1 - Land|Land|Land/Region|' +
      'Land/Region privat|Privat: Land',
    lifecycleStage: 'Lifecycle-Phase',
    leadStatus: 'Lead-Status',
    leadSource: 'Original Source|Lead-Quelle|Originalquelle|Ursprüngliche Quelle',
    createdAt:
      'Created Date|Create Date|Creation Date|Erstelldatum|Erstellungsdatum|Angelegt am|Erstellt am',
    lastActivityAt:
      'Last Activity|Last Activity Date|Last Contacted|Letzte Aktivität|Datum der letzten Aktivität|' +
      'Zuletzt kontaktiert',
    id: 'Record ID|Contact ID 18|Lead ID|Kontakt-ID|Datensatz-ID|hs_object_id|Record ID - Contact',
    'owner.name':
      `${OWNER}|Contact Owner|Lead Owner|Contact Owner Name|Kontaktinhaber|Kontakt-Inhaber|Lead-Inhaber|` +
      'Für Kontakt zuständiger Mitarbeiter|Kontakt zuständiger Mitarbeiter',
    'owner.email': 'Contact Owner Email|Contact Owner: Email',
    'company.name':
      'Company|Account Name|Company / Account|Firma / Account|Unternehmen / Account|Account|Associated Company|Primary Associated Company|Organization|' +
      'Organization Name|Organization 1 - Name|Organisation|Organization: Name|Firma|Firmenname|Unternehmen|' +
      'Unternehmensname|Name des Unternehmens|Accountname|Account-Name|Name der Organisation|' +
      'Organisation 1 - Name|Zugeordnetes Unternehmen|Zugehöriges Unternehmen|Account Name: Account Name',
    'company.domain': 'Company Domain Name|Email Domain',
    'company.industry': 'Industry|Branche',
    'company.employees':
      'Number of Employees|No. of Employees|Employees|Mitarbeiterzahl|Anzahl der Mitarbeiter',
    'company.annualRevenue': 'Annual Revenue|Jahresumsatz',
    'company.owner.name': 'Account Owner|Company Owner|Accountinhaber|Account-Inhaber',
    companyId:
      'Associated Company ID|Associated Company IDs|Associated Company IDs (Primary)|Primary Associated Company ID|' +
      'Account ID|Account ID 18|Account-ID|Unternehmens-ID|Zugeordnete Unternehmens-IDs|' +
      'IDs der zugeordneten Unternehmen|associatedcompanyid',
  },
  companies: {
    id: 'Record ID|Company ID|Account ID|Account-ID|Account ID 18|Unternehmens-ID|Datensatz-ID|hs_object_id',
    name: 'Account Name|Accountname|Account-Name|Unternehmensname|Name des Unternehmens|Firma|Firmenname|Organization Name',
    domain:
      'Company Domain Name|Domain Name|Domain-Name|Unternehmensdomain|Domain-Name des Unternehmens',
    type: 'Account Type|Typ|Accounttyp|Account-Typ',
    industry: 'Branche',
    employees:
      'Number of Employees|Employees Number|Mitarbeiter|Mitarbeiterzahl|Anzahl der Mitarbeiter|numberofemployees',
    annualRevenue: 'Jahresumsatz|Jährlicher Umsatz',
    currency: 'Account Currency|Währung|Accountwährung',
    city: 'Billing City|Rechnungsanschrift Ort|Ort (Rechnungsanschrift)|Rechnungsanschrift Stadt|Ort|Stadt',
    country:
      'Country/Region|Billing Country|Rechnungsanschrift Land|Land (Rechnungsanschrift)|Land|Land/Region',
    'owner.name':
      `${OWNER}|Account Owner|Company Owner|Accountinhaber|Account-Inhaber|` +
      'Für Unternehmen zuständiger Mitarbeiter',
  },
  deals: {
    id: 'Record ID|Opportunity ID|Opportunity-ID|Deal-ID|Datensatz-ID|hs_object_id',
    name: 'Opportunity Name|Opportunity-Name|Opportunityname|Deal-Name|Deal|Opportunity',
    stage: 'Deal Stage|Stage Name|Phase|Deal-Phase|Opportunity-Phase',
    amount: 'Betrag|Deal Value|Value|Wert',
    currency: 'Opportunity Currency|Amount Currency|Währung|Opportunity-Währung|Betrag Währung',
    closeDate: 'Closing Date|Schlusstermin|Abschlussdatum|Abschlusstermin',
    won: 'Is Won|Is Closed Won|Gewonnen|hs_is_closed_won',
    probability: 'Probability (%)|Wahrscheinlichkeit (%)|Wahrscheinlichkeit',
    'owner.name':
      `${OWNER}|Deal Owner|Opportunity Owner|Opportunity-Inhaber|Opportunityinhaber|` +
      'Für Deal zuständiger Mitarbeiter',
    email:
      'Contact Email|Contact: Email|Email Address|E-mail Address|Primary Contact Email|Associated Contact|' +
      'Associated Contacts|Kontakt-E-Mail|Kontakt: E-Mail|E-Mail-Adresse|Zugeordneter Kontakt|Zugehöriger Kontakt|' +
      'Zugeordnete Kontakte',
    contactId:
      'Associated Contact ID|Associated Contact IDs|Primary Contact ID|Kontakt-ID|Zugeordnete Kontakt-IDs',
    companyId:
      'Associated Company ID|Associated Company IDs|Associated Company IDs (Primary)|Account ID|Account-ID|' +
      'Account ID 18|Zugeordnete Unternehmens-IDs|Unternehmens-ID',
  },
  tickets: {
    id: 'Record ID|Case ID|Fall-ID|Kundenvorgangs-ID|Ticket-ID|Datensatz-ID|hs_object_id',
    number:
      'Case Number|Ticket Number|Kundenvorgangsnummer|Vorgangsnummer|Fallnummer|Kundenvorgang',
    subject: 'Ticket Name|Name|Betreff|Ticket-Name|Ticketname',
    status: 'Ticket Status|Case Status|Ticketstatus|Ticket-Status',
    priority: 'Priorität',
    createdAt:
      'Created Date|Create Date|Date/Time Opened|Opened Date|Creation Date|Erstelldatum|Erstellungsdatum|' +
      'Datum/Uhrzeit der Öffnung|Eröffnungsdatum|Erstellt am',
    'owner.name':
      `${OWNER}|Ticket Owner|Case Owner|Ticketverantwortlicher|Kundenvorgangsinhaber|` +
      'Für Ticket zuständiger Mitarbeiter',
    email:
      'Contact Email|Contact: Email|Web Email|Email Address|E-mail Address|Requester Email|Associated Contact|' +
      'Associated Contacts|Kontakt-E-Mail|Kontakt: E-Mail|Web-E-Mail|E-Mail-Adresse|Zugeordneter Kontakt|' +
      'Zugehöriger Kontakt|Zugeordnete Kontakte',
    contactId: 'Associated Contact ID|Associated Contact IDs|Kontakt-ID|Zugeordnete Kontakt-IDs',
    companyId:
      'Associated Company ID|Associated Company IDs|Associated Company IDs (Primary)|Account ID|Account-ID|' +
      'Account ID 18|Zugeordnete Unternehmens-IDs|Unternehmens-ID',
  },
};
