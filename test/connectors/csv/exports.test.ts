import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PersonRecord } from '../../../src/connector/index.ts';
import { problemsOf, signal, warningsOf, withFiles } from './temporary-folder.ts';

type Content = string | Uint8Array;
type Settings = Readonly<Record<string, unknown>>;

const FIXTURES = join(import.meta.dirname, '../../fixtures/csv-exports');
const fixture = (name: string): Promise<Buffer> => readFile(join(FIXTURES, name));

async function lookup(
  files: Readonly<Record<string, Content>>,
  email: string,
  settings: Settings = {},
): Promise<PersonRecord | undefined> {
  let answer: PersonRecord | undefined;
  const find = async ({ connector }: Parameters<Parameters<typeof withFiles>[1]>[0]) => {
    answer = await connector.lookup(email, { signal: signal() });
  };
  await withFiles(files, find, settings);
  return answer;
}

/** One row below the headings, by heading; what a program exports besides goes to `fields`. */
const table = (row: Readonly<Record<string, string>>): string =>
  [Object.keys(row), Object.values(row)]
    .map((cells) => cells.map((cell) => `"${cell}"`).join(','))
    .join('\r\n');

describe('csv: files as they were exported', () => {
  it('a Salesforce report of leads', async () => {
    const { contact, company } =
      (await lookup(
        {
          'people.csv': table({
            'Lead Owner': 'Sam Field',
            'First Name': 'Jane',
            'Last Name': 'Doe',
            Title: 'CTO',
            'Company / Account': 'ACME GmbH',
            'Lead Source': 'Web',
            'Lead Status': 'Working - Contacted',
            'State/Province (text only)': 'Berlin',
            'Country (text only)': 'Germany',
            City: 'Berlin',
            Email: 'jane.doe@acme.example',
            Phone: '+49 30 5550100',
            Mobile: '+49 170 5550101',
            Industry: 'Energy',
            'No. of Employees': '120',
            'Annual Revenue': '1,000,000',
            'Created Date': '11/20/2026',
            'Last Activity': '11/24/2026',
            Rating: 'Hot',
            'Lead ID': '00Q000000000001',
          }),
        },
        'jane.doe@acme.example',
        { dates: 'mdy' },
      )) ?? {};
    expect(contact).to.deep.include({
      id: '00Q000000000001',
      firstName: 'Jane',
      lastName: 'Doe',
      title: 'CTO',
      leadSource: 'Web',
      leadStatus: 'Working - Contacted',
      city: 'Berlin',
      country: 'Germany',
      phone: '+49 30 5550100',
      mobilePhone: '+49 170 5550101',
      createdAt: '2026-11-20',
      lastActivityAt: '2026-11-24',
      owner: { name: 'Sam Field' },
      fields: { Rating: 'Hot', 'State/Province (text only)': 'Berlin' },
    });
    expect(company).to.deep.equal({
      name: 'ACME GmbH',
      industry: 'Energy',
      employees: 120,
      annualRevenue: 1_000_000,
    });
  });

  it('Outlook', async () => {
    const people = await fixture('outlook-contacts.csv');
    for (const email of ['jane.doe@acme.example', 'jd@home.example']) {
      const { contact, company } = (await lookup({ 'people.csv': people }, email)) ?? {};
      expect(contact).to.include({
        email: 'jane.doe@acme.example',
        firstName: 'Jane',
        lastName: 'Doe',
        title: 'VP Operations',
        department: 'Ops',
        city: 'Berlin',
        country: 'Germany',
        phone: '+49 30 5550100',
        mobilePhone: '+49 170 5550101',
      });
      expect(contact?.fields).to.include({ Title: 'Ms.', Birthday: null });
      expect(company).to.deep.equal({ name: 'ACME GmbH' });
    }
    expect(await warningsOf({ 'people.csv': people })).to.deep.equal([]);
  });

  it('HubSpot, contacts and deals', async () => {
    const files = {
      'people.csv': await fixture('hubspot-contacts.csv'),
      'deals.csv': await fixture('hubspot-deals.csv'),
    };
    const answer = await lookup(files, 'jane.doe@acme.example');
    expect(answer?.contact).to.deep.include({
      id: '101',
      phone: '+49 30 5550100',
      owner: { name: 'Kim Lee' },
      lifecycleStage: 'Customer',
      leadStatus: 'Connected',
      createdAt: '2024-03-05T09:30:00.000Z',
      lastActivityAt: '2026-11-20T15:02:00.000Z',
      city: 'Berlin',
    });
    expect(answer?.company?.name).to.equal('ACME GmbH');
    expect(answer?.deals).to.have.length(1);
    expect(answer?.deals?.[0]).to.deep.include({
      id: '555',
      name: 'Renewal 2027',
      stage: 'Appointment scheduled',
      pipeline: 'Sales Pipeline',
      amount: 60000,
      currency: 'EUR',
      closeDate: '2027-01-29T12:00:00.000Z',
      owner: { name: 'Kim Lee' },
    });
    expect(await warningsOf(files)).to.deep.equal([]);
  });

  it('a Salesforce report, its footer is not read', async () => {
    const files = { 'people.csv': await fixture('salesforce-report.csv') };
    const settings = { dates: 'mdy' };
    const answer = await lookup(files, 'jane.doe@acme.example', settings);
    expect(answer?.contact).to.deep.include({
      id: '003000000000001AAA',
      title: 'VP Operations',
      city: 'Berlin',
      country: 'Germany',
      leadSource: 'Web',
      createdAt: '2024-03-05',
      lastActivityAt: '2026-11-20',
      owner: { name: 'Kim Lee' },
    });
    await withFiles(
      files,
      async ({ connector }) => {
        const results = (await connector.check?.({ signal: signal() })) ?? [];
        expect(results.map(({ level }) => level)).to.deep.equal(['ok', 'ok']);
        expect(results[0]?.message).to.equal(
          '2 people with 2 addresses in people.csv, 4 lines below the table from people.csv:6 on not read',
        );
      },
      settings,
    );
  });

  it('a Salesforce report without the setting for its dates: the people are known, the warning names the setting', async () => {
    const files = { 'people.csv': await fixture('salesforce-report.csv') };
    const answer = await lookup(files, 'sam@acme.example');
    expect(answer?.contact).to.include({ firstName: 'Sam', lastName: 'Low' });
    expect((await warningsOf(files))[1]).to.match(/^people\.csv:2:12 .*\(set dates: mdy\)$/);
  });

  it('Excel, "Unicode Text", and "CSV" of Windows', async () => {
    const windows = { 'people.csv': await fixture('excel-windows-1252.csv') };
    const answers = [
      await lookup(
        { 'people.csv': await fixture('excel-unicode-text.txt') },
        'j.mueller@acme.example',
      ),
      await lookup(windows, 'j.mueller@acme.example', { encoding: 'windows-1252' }),
    ];
    for (const answer of answers) {
      expect(answer?.contact).to.include({ firstName: 'Jürgen', city: 'Köln' });
      expect(answer?.contact.fields).to.deep.equal({ 'Umsatz Notiz': '10 – 20 € im Monat' });
      expect(answer?.company?.name).to.equal('Müller & Söhne');
    }
    expect(await problemsOf(windows)).to.deep.equal([
      'people.csv:2: expected UTF-8, got another encoding; set encoding: windows-1252, or save the file as "CSV UTF-8"',
    ]);
  });

  const PERSON = { email: 'a@x.example', firstName: 'Ada', lastName: 'Byron' };
  const WORK = { ...PERSON, phone: '1', mobilePhone: '2', city: 'Köln', country: 'DE' };
  const exported: Readonly<Record<string, readonly [Record<string, string>, object, object?]>> = {
    'German Outlook': [
      {
        Anrede: 'Frau',
        Vorname: 'Ada',
        Nachname: 'Byron',
        Firma: 'Engines',
        Abteilung: 'F+E',
        Position: 'Chefin',
        'Ort geschäftlich': 'Köln',
        'Land/Region geschäftlich': 'DE',
        'Ort privat': 'Bonn',
        'Telefon geschäftlich': '1',
        'Telefon privat': '3',
        Mobiltelefon: '2',
        'E-Mail-Adresse': 'a@x.example',
        'E-Mail: Angezeigter Name': 'Ada',
        'E-Mail 2: Adresse': 'b@x.example',
      },
      { ...WORK, title: 'Chefin', department: 'F+E' },
      { name: 'Engines' },
    ],
    Thunderbird: [
      {
        'First Name': 'Ada',
        'Last Name': 'Byron',
        'Display Name': 'Ada Byron',
        'Primary Email': 'a@x.example',
        'Secondary Email': 'b@x.example',
        'Work Phone': '1',
        'Home Phone': '3',
        'Mobile Number': '2',
        'Home City': 'Bonn',
        'Work City': 'Köln',
        'Work Country': 'DE',
        'Job Title': 'Chief',
        Organization: 'Engines',
      },
      { ...WORK, name: 'Ada Byron', title: 'Chief' },
      { name: 'Engines' },
    ],
    'German Thunderbird': [
      {
        Vorname: 'Ada',
        Nachname: 'Byron',
        Anzeigename: 'Ada Byron',
        'Primäre E-Mail-Adresse': 'a@x.example',
        'Sekundäre E-Mail-Adresse': 'b@x.example',
        'Tel. dienstlich': '1',
        'Mobil-Tel.-Nr.': '2',
        'Privat: Ort': 'Bonn',
        'Dienstlich: Ort': 'Köln',
        'Dienstlich: Land': 'DE',
        Arbeitstitel: 'Chefin',
        Organisation: 'Engines',
      },
      { ...WORK, name: 'Ada Byron', title: 'Chefin' },
      { name: 'Engines' },
    ],
    Google: [
      {
        'First Name': 'Ada',
        'Last Name': 'Byron',
        'Organization Name': 'Engines',
        'Organization Title': 'Chief',
        'Organization Department': 'R+D',
        'E-mail 1 - Label': '* Work',
        'E-mail 1 - Value': 'a@x.example ::: b@x.example',
        'Phone 1 - Label': 'Work',
        'Phone 1 - Value': '1',
        'Address 1 - City': 'Köln',
        'Address 1 - Country': 'DE',
      },
      { ...PERSON, phone: '1', city: 'Köln', country: 'DE', title: 'Chief', department: 'R+D' },
      { name: 'Engines' },
    ],
    'an older Google': [
      {
        Name: 'Ada Byron',
        'Given Name': 'Ada',
        'Family Name': 'Byron',
        Subject: '',
        Priority: '',
        'E-mail 1 - Type': '*',
        'E-mail 1 - Value': 'a@x.example',
        'E-mail 2 - Value': 'b@x.example',
        'Organization 1 - Name': 'Engines',
        'Organization 1 - Title': 'Chief',
      },
      { ...PERSON, name: 'Ada Byron', title: 'Chief' },
      { name: 'Engines' },
    ],
    'German HubSpot': [
      {
        'Datensatz-ID': '7',
        Vorname: 'Ada',
        Nachname: 'Byron',
        'E-Mail': 'a@x.example',
        'Zusätzliche E-Mail-Adressen': 'b@x.example',
        Telefonnummer: '1',
        'Für Kontakt zuständiger Mitarbeiter': 'Kim',
        'Lifecycle-Phase': 'Kunde',
        'Lead-Status': 'Neu',
        Erstellungsdatum: '2024-03-05 09:30',
        'Datum der letzten Aktivität': '2026-11-20 15:02',
        'Zugeordnetes Unternehmen': 'Engines',
        Stadt: 'Köln',
      },
      {
        ...PERSON,
        id: '7',
        phone: '1',
        city: 'Köln',
        lifecycleStage: 'Kunde',
        leadStatus: 'Neu',
        createdAt: '2024-03-05T09:30:00.000Z',
        lastActivityAt: '2026-11-20T15:02:00.000Z',
        owner: { name: 'Kim' },
      },
      { name: 'Engines' },
    ],
    'German Salesforce': [
      {
        Vorname: 'Ada',
        Nachname: 'Byron',
        Position: 'Chefin',
        'E-Mail': 'a@x.example; b@x.example',
        Telefon: '1',
        Mobil: '2',
        Accountname: 'Engines',
        'Postanschrift: Ort': 'Köln',
        'Postanschrift: Land': 'DE',
        'Lead-Quelle': 'Web',
        Erstelldatum: '05.03.2024',
        'Letzte Aktivität': '20.11.2026',
        Kontaktinhaber: 'Kim',
        'Kontakt-ID': '003',
      },
      {
        ...WORK,
        id: '003',
        title: 'Chefin',
        leadSource: 'Web',
        createdAt: '2024-03-05',
        lastActivityAt: '2026-11-20',
        owner: { name: 'Kim' },
      },
      { name: 'Engines' },
    ],
    "Salesforce's Data Loader": [
      {
        ID: '003',
        FIRSTNAME: 'Ada',
        LASTNAME: 'Byron',
        EMAIL: 'a@x.example,b@x.example',
        TITLE: 'Chief',
        PHONE: '1',
        MOBILEPHONE: '2',
        MAILINGCITY: 'Köln',
        MAILINGCOUNTRY: 'DE',
        'ACCOUNT.NAME': 'Engines',
        'OWNER.NAME': 'Kim',
        CREATEDDATE: '2024-03-05T09:30:00.000+0000',
        LASTACTIVITYDATE: '2026-11-20',
      },
      {
        ...WORK,
        id: '003',
        title: 'Chief',
        createdAt: '2024-03-05T09:30:00.000Z',
        lastActivityAt: '2026-11-20',
        owner: { name: 'Kim' },
      },
      { name: 'Engines' },
    ],
  };
  for (const [program, [row, contact, company]] of Object.entries(exported))
    it(`${program}, people`, async () => {
      const files = { 'people.csv': table(row) };
      for (const email of ['a@x.example', ...(table(row).includes('b@x') ? ['b@x.example'] : [])]) {
        const answer = await lookup(files, email, { dates: 'dmy' });
        expect(answer?.contact).to.deep.include(contact);
        expect(answer?.company).to.deep.equal(company);
      }
      expect(await warningsOf(files, { dates: 'dmy' })).to.deep.equal([]);
    });

  it('HubSpot: deals and tickets of a person by the ids of contact and company', async () => {
    const files = {
      'people.csv': table({
        'Record ID': '7',
        Email: 'a@x.example',
        'Associated Company IDs': '9;8',
      }),
      'companies.csv': table({
        'Record ID': '9',
        'Company name': 'Engines',
        'Company Domain Name': 'x.example',
        'Company owner': 'Kim',
        'Number of Employees': '1,200',
        'Annual Revenue': '500000',
        'Country/Region': 'UK',
      }),
      'deals.csv': table({
        'Deal Name': 'Big',
        'Is Closed Won': 'false',
        'Associated Company IDs': '8;5',
      }),
      'tickets.csv': table({
        'Ticket ID': '3',
        'Ticket name': 'Smoke',
        'Ticket status': 'New',
        'Create date': '2026-11-20 15:02',
        'Associated Contact IDs': '6;7',
      }),
    };
    const answer = await lookup(files, 'a@x.example');
    expect(answer?.company).to.deep.equal({
      id: '9',
      name: 'Engines',
      domain: 'x.example',
      employees: 1200,
      annualRevenue: 500000,
      country: 'UK',
      owner: { name: 'Kim' },
    });
    expect(answer?.deals).to.deep.equal([{ name: 'Big', won: false }]);
    expect(answer?.tickets).to.deep.equal([
      { id: '3', subject: 'Smoke', status: 'New', createdAt: '2026-11-20T15:02:00.000Z' },
    ]);
  });

  it('Salesforce: opportunities and cases in English and German', async () => {
    const people = table({ Email: 'a@x.example', 'Account ID': '001' });
    for (const [deals, tickets] of [
      [
        {
          'Opportunity Name': 'Big',
          Stage: 'Won',
          'Close Date': '24.11.2026',
          'Probability (%)': '90',
          'Account ID': '001',
        },
        {
          'Case Number': '0042',
          Subject: 'Smoke',
          Status: 'New',
          'Date/Time Opened': '20.11.2026 15:02',
          'Contact Email': 'a@x.example',
        },
      ],
      [
        {
          'Opportunity-Name': 'Big',
          Phase: 'Won',
          Schlusstermin: '24.11.2026',
          'Wahrscheinlichkeit (%)': '90',
          'Account-ID': '001',
        },
        {
          Vorgangsnummer: '0042',
          Betreff: 'Smoke',
          Status: 'New',
          'Erstellt am': '20.11.2026 15:02',
          'Kontakt: E-Mail': 'a@x.example',
        },
      ],
    ] as const) {
      const files = {
        'people.csv': people,
        'deals.csv': table(deals),
        'tickets.csv': table(tickets),
      };
      const answer = await lookup(files, 'a@x.example', { dates: 'dmy' });
      expect(answer?.deals).to.deep.equal([
        { name: 'Big', stage: 'Won', closeDate: '2026-11-24', probability: 90 },
      ]);
      expect(answer?.tickets).to.deep.equal([
        { number: '0042', subject: 'Smoke', status: 'New', createdAt: '2026-11-20T15:02:00.000Z' },
      ]);
    }
  });
});

describe('csv: the settings of columns and values', () => {
  const people =
    'Kontakt,Betrieb,Titel,VIP,Plätze,Ablauf\na@x.example,Engines,Dr.,nein,"1.200,5",24.11.2026\n';

  it('columns map headings that are not understood, types give fields a type', async () => {
    const answer = await lookup({ 'people.csv': people }, 'a@x.example', {
      columns: { email: 'kontakt', company: 'Betrieb', department: 'Titel' },
      types: { vip: 'boolean', Plätze: 'number', Ablauf: 'date' },
      decimal: ',',
      dates: 'dmy',
    });
    expect(answer?.contact).to.deep.equal({
      kind: 'contact',
      email: 'a@x.example',
      department: 'Dr.',
      fields: { VIP: false, Plätze: 1200.5, Ablauf: '2026-11-24' },
    });
    expect(answer?.company).to.deep.equal({ name: 'Engines' });
  });

  it('columns that say nothing about a person, and those that settings omit, are not read', async () => {
    const files = {
      'people.csv':
        'E-mail 1 - Value,E-mail 1 - Label,E-mail 2 Type,Phone 2 - Label,Labels,Title,Notes,Type\n' +
        'a@x.example,Work,SMTP,Mobile,* myContacts,Dr.,rude,B2B\n',
    };
    const read = async (settings?: { readonly omit: readonly string[] }) => {
      const { title, fields } = (await lookup(files, 'a@x.example', settings))?.contact ?? {};
      return { title, fields };
    };
    expect(await read()).to.deep.equal({ title: 'Dr.', fields: { Notes: 'rude', Type: 'B2B' } });
    expect(await read({ omit: ['notes', '* - Label', 'Labels', 'T*'] })).to.deep.equal({
      title: undefined,
      fields: { 'E-mail 2 Type': 'SMTP' },
    });
    expect((await read({ omit: [] })).fields).to.include({ Labels: '* myContacts' });
  });

  it('a mapped heading goes before the word itself, which becomes a field', async () => {
    const file = 'email,Work mail,title\nold@x.example,a@x.example,B\n';
    const settings = { columns: { email: 'Work mail' } };
    const answer = await lookup({ 'people.csv': file }, 'a@x.example', settings);
    expect(answer?.contact.fields).to.deep.equal({ email: 'old@x.example' });
    expect(await lookup({ 'people.csv': file }, 'old@x.example', settings)).to.equal(undefined);
  });

  it('without them the error says which heading to map', async () => {
    expect(await problemsOf({ 'people.csv': people })).to.deep.equal([
      'people.csv:1 (row 1): expected the columns\' names with "email" among them, got 6 other names; ' +
        'that column has addresses: columns: { email: "Kontakt" }',
    ]);
  });

  it('a heading of the settings that no file has is reported', async () => {
    const settings = { columns: { email: 'Kontakte' } };
    expect(await problemsOf({ 'people.csv': people }, settings)).to.deep.equal([
      'people.csv:1 (row 1): expected the columns\' names with "email" among them, got 6 other names; ' +
        'no column has the name that columns.email says',
    ]);
    expect(
      await warningsOf(
        { 'people.csv': 'email,name\na@x.example,Ada\n' },
        {
          columns: { company: 'Firm' },
          types: { vip: 'boolean', name: 'number' },
        },
      ),
    ).to.deep.equal([
      'columns.company: no file has a column of that name',
      'types.vip: no file has such a column that goes to fields',
      'types.name: no file has such a column that goes to fields',
    ]);
    expect(
      await warningsOf(
        { 'people.csv': 'email,Firma,Stufe,Notiz\na@x.example,Acme,1,x\n' },
        {
          columns: { company: 'Frima' },
          types: { stuffe: 'number' },
          omit: ['Notitz', 'No*', 'Zzzz*', 'Labels'],
        },
      ),
    ).to.deep.equal([
      'columns.company: no file has a column of that name; did you mean "Firma"?',
      'types.stuffe: no file has such a column that goes to fields; did you mean "Stufe"?',
      'omit[0]: no file has a column of that name; did you mean "Notiz"?',
      'omit[2]: no file has a column of that name',
    ]);
  });

  it('what may be a misplaced secret is not quoted', async () => {
    const secret = 'Hx7Secret9Pw2';
    const word = `fields.${secret}`;
    const file = { 'people.csv': 'email,Stufe,Notiz\na@x.example,1,x\n' };
    expect(
      await warningsOf(file, {
        columns: { [word]: 'Kontakt', 'company.name': secret },
        types: { Stufen: 'number', [secret]: 'number', 'correct horse battery': 'date' },
        omit: [secret],
      }),
    ).to.deep.equal([
      'columns.… (number 1): no file has a column of that name',
      'columns.company.name: no file has a column of that name',
      'types.Stufen: no file has such a column that goes to fields; did you mean "Stufe"?',
      'types.… (number 2): no file has such a column that goes to fields',
      'types.… (number 3): no file has such a column that goes to fields',
      'omit[0]: no file has a column of that name',
    ]);
    const twice = 'email,Notiz,Notiz\nb@x.example,1,x\na@x.example,"1"2,x\n';
    expect(
      await warningsOf({ 'people.csv': twice }, { columns: { [word]: 'Notiz' } }),
    ).to.deep.equal([
      'people.csv:1 (row 1): columns 2 and 3 have the same name; the first is used',
      'people.csv:3:2 (row 3, column "Notiz"): expected a closing quote (") at the end of the cell, got none; left out (write a quote as "")',
    ]);
  });

  it('a heading that is found later is no longer reported', async () => {
    const format = { columns: { title: 'Beruf' } };
    await withFiles(
      { 'people.csv': 'email,Beruff\na@x.example,x\n' },
      async ({ context, folder }) => {
        const text = 'columns.title: no file has a column of that name; did you mean "Beruff"?';
        expect([...context.notices.values()]).to.deep.equal([text]);
        await folder.write('people.csv', 'email,Beruf\na@x.example,x\n');
        const reloaded = context.nextLine(/reloaded/);
        context.changed('people.csv');
        await reloaded;
        expect([...context.notices.values()]).to.deep.equal([]);
      },
      format,
    );
  });

  it('a word that does not exist can never work', async () => {
    const opening = withFiles({ 'people.csv': people }, () => undefined, {
      columns: { emial: 'Kontakt' },
    });
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).to.equal(
      'expected a word of a profile, such as company.name; did you mean "email"?',
    );
  });

  it('a word of the contact stands alone', async () => {
    const opening = withFiles({ 'people.csv': people }, () => undefined, {
      columns: { 'contact.name': 'Kontakt' },
    });
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).to.equal(
      'expected a word of a profile, such as company.name; in the row of a person the words stand without "contact.": write "name"',
    );
  });

  it('a cell of a typed field that cannot be read is left out and reported', async () => {
    const files = { 'people.csv': 'email,VIP\na@x.example,vielleicht\n' };
    const settings = { types: { VIP: 'boolean' } };
    expect((await lookup(files, 'a@x.example', settings))?.contact.fields).to.deep.equal({
      VIP: null,
    });
    expect(await warningsOf(files, settings)).to.deep.equal([
      'people.csv:2:2 (row 2, column "VIP"): expected true or false (or yes, no, 1, 0), got a text; left out',
    ]);
  });
});
