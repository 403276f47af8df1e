import { expect } from 'chai';
import fc from 'fast-check';
import { ConnectorError } from '../../src/connector/errors.ts';
import { sanitizeText } from '../../src/model/sanitize.ts';
import { parseCompany, parsePerson } from '../../src/upstream/parse-person.ts';
import { FORGING, hostile } from '../support/hostile-texts.ts';

/** The kind and message of what parsing throws. */
function refusal(answer: unknown): string {
  try {
    parsePerson(answer);
  } catch (error) {
    if (error instanceof ConnectorError) return `${error.kind} ${error.message}`;
    throw error;
  }
  return 'no refusal';
}

const contactOf = (contact: object) => parsePerson({ contact }).profile.contact;

describe('parsePerson', () => {
  for (const amount of [NaN, Infinity, -Infinity]) {
    it(`says that ${amount} is not finite`, () => {
      expect(refusal({ contact: {}, deals: [{ amount }] })).to.equal(
        `bad_response the connector returned an invalid record: deals[0].amount: expected a finite number, got ${amount}`,
      );
    });
  }

  it('fills in every word of a profile', () => {
    expect(parsePerson({ contact: {} })).to.deep.equal({
      profile: {
        contact: {
          kind: 'contact',
          id: null,
          name: null,
          firstName: null,
          lastName: null,
          title: null,
          department: null,
          email: null,
          phone: null,
          mobilePhone: null,
          city: null,
          country: null,
          lifecycleStage: null,
          leadStatus: null,
          leadSource: null,
          createdAt: null,
          lastActivityAt: null,
          url: null,
          owner: null,
          fields: {},
        },
        company: null,
        deals: [],
        tickets: [],
        others: [],
        moreDeals: false,
        moreTickets: false,
        moreOpenDeals: true,
        moreOpenTickets: true,
        moreOthers: false,
      },
      otherKeys: [],
      missing: [],
      provisional: false,
    });
  });

  it('fills in every word of companies, deals, tickets and others', () => {
    const { profile } = parsePerson({
      contact: {},
      company: {},
      deals: [{}],
      tickets: [{}],
      others: [{}],
    });
    const words = (record: object | null | undefined) => Object.keys(record ?? {}).sort();
    expect(words(profile.company)).to.deep.equal(
      'annualRevenue city country currency domain employees fields id industry name owner type url'.split(
        ' ',
      ),
    );
    expect(words(profile.deals[0])).to.deep.equal(
      'amount closeDate currency fields id name open owner pipeline probability stage url won'.split(
        ' ',
      ),
    );
    expect(words(profile.tickets[0])).to.deep.equal(
      'createdAt fields id number open owner priority status subject url'.split(' '),
    );
    expect(words(profile.others[0])).to.deep.equal('company kind name url'.split(' '));
  });

  it('takes over what fits', () => {
    const contact = { kind: 'lead', name: 'Jane', createdAt: '2026-11-24T09:40:00.000Z' };
    const owner = { name: 'Bob', email: 'bob@example.com' };
    const deal = { name: 'Renewal', amount: 1200.5, open: true, probability: 0, owner };
    const { profile, missing } = parsePerson({
      contact,
      company: { name: 'ACME', employees: 12 },
      deals: [deal],
      tickets: [{ subject: 'Help', open: false }],
      others: [{ kind: 'lead', name: 'J.' }],
      moreDeals: true,
      moreTickets: true,
      moreOpenDeals: false,
      moreOpenTickets: false,
      moreOthers: true,
      missing: ['tickets'],
    });
    expect(profile.contact).to.include(contact);
    expect(profile.company).to.include({ name: 'ACME', employees: 12 });
    expect(profile.deals[0]).to.deep.include(deal);
    expect(profile.tickets[0]).to.include({ subject: 'Help', open: false });
    expect(profile.others[0]).to.include({ kind: 'lead', name: 'J.' });
    const { moreDeals, moreTickets, moreOthers } = profile;
    expect([moreDeals, moreTickets, moreOthers]).to.deep.equal([true, true, true]);
    expect([profile.moreOpenDeals, profile.moreOpenTickets]).to.deep.equal([false, false]);
    expect(missing).to.deep.equal(['tickets']);
  });

  it('keeps the id and the address of further records for purges, and shows neither', () => {
    const others = [{ kind: 'lead', id: 7, email: 'j@acme.example', name: 'J.' }, {}];
    const { profile, otherKeys } = parsePerson({ contact: {}, others });
    expect(Object.keys(profile.others[0] ?? {}).sort()).to.deep.equal(
      'company kind name url'.split(' '),
    );
    expect(otherKeys).to.deep.equal([
      { kind: 'lead', id: '7', email: 'j@acme.example' },
      { kind: 'contact', id: null, email: null },
    ]);
  });

  it('leaves out words that are not of the contract', () => {
    const { profile } = parsePerson({ contact: { nickname: 'J', toString: 'x' }, secret: 1 });
    expect(profile.contact).to.not.have.property('nickname');
    expect(profile).to.not.have.property('secret');
    expect(Object.keys(profile.contact)).to.not.include('toString');
  });

  it('does not take what an object inherits for a word', () => {
    expect(contactOf({}).name).to.equal(null);
    expect(parsePerson({ contact: {}, deals: [{}] }).profile.deals[0]?.id).to.equal(null);
  });

  describe('names', () => {
    it('puts the name together when the CRM has only its parts', () => {
      expect(contactOf({ firstName: 'Jane', lastName: 'Doe' }).name).to.equal('Jane Doe');
      expect(contactOf({ lastName: ' Doe ' }).name).to.equal('Doe');
      expect(contactOf({ name: ' \n', firstName: 'Jane' }).name).to.equal('Jane');
      expect(contactOf({ firstName: 4, lastName: 'Doe' }).name).to.equal('4 Doe');
    });

    it("keeps the CRM's own full name", () => {
      expect(contactOf({ name: 'Dr. J. Doe', firstName: 'Jane' }).name).to.equal('Dr. J. Doe');
    });

    it('drops an owner without name and e-mail', () => {
      expect(contactOf({ owner: { name: '', email: null } }).owner).to.equal(null);
      expect(contactOf({ owner: { name: 'Bob' } }).owner).to.deep.equal({
        name: 'Bob',
        email: null,
      });
    });
  });

  describe('addresses of records', () => {
    const urlsOf = (url: string) => {
      const fields = { url };
      const { profile } = parsePerson({
        contact: { url, fields },
        company: { url },
        deals: [{ url }],
        tickets: [{ url }],
        others: [{ url }],
      });
      const { contact, company, deals, tickets, others } = profile;
      expect(contact.fields).to.deep.equal(fields);
      expect(parseCompany({ url }).url).to.equal(company?.url);
      return [contact, company, ...deals, ...tickets, ...others].map((record) => record?.url);
    };

    it('are never cut', () => {
      expect(parseCompany({ url: `https://a.example/${'x'.repeat(1000)}` }).url).to.equal(null);
    });

    it('are of http or https, in each section; fields stay texts', () => {
      const five = (url: string | null) => [url, url, url, url, url];
      expect(urlsOf('https://crm.example/1')).to.deep.equal(five('https://crm.example/1'));
      expect(urlsOf('javascript:alert(1)')).to.deep.equal(five(null));
      expect(urlsOf('crm.example/1')).to.deep.equal(five(null));
      expect(urlsOf('https://a.example/x y')).to.deep.equal(five('https://a.example/x%20y'));
    });
  });

  describe('dates', () => {
    it('keeps a bare date and a time as they are', () => {
      for (const date of ['2026-11-24', '2026-11-24T09:40:00.000Z', '2026-11-24T10:40:00+01:00']) {
        expect(contactOf({ createdAt: date }).createdAt).to.equal(date);
      }
    });

    it('makes ISO 8601 of a Date', () => {
      expect(contactOf({ createdAt: new Date(0) }).createdAt).to.equal('1970-01-01T00:00:00.000Z');
      expect(contactOf({ createdAt: new Date(NaN) }).createdAt).to.equal(null);
    });

    it('shows a text that is no date, cleaned', () => {
      expect(contactOf({ createdAt: 'next\nweek' }).createdAt).to.equal('next week');
    });

    it('refuses a number: its unit is unknown', () => {
      expect(refusal({ contact: { createdAt: 1_700_000_000 } })).to.match(
        /^bad_response .*contact\.createdAt: expected an ISO 8601 text or a Date, got a number$/,
      );
    });
  });

  describe('numbers and flags', () => {
    const deal = (words: object) => parsePerson({ contact: {}, deals: [words] }).profile.deals[0];

    it('reads numbers and flags from their texts', () => {
      expect(deal({ amount: '1200.50', probability: ' 7 ' })).to.include({
        amount: 1200.5,
        probability: 7,
      });
      expect(deal({ open: 'true', won: 'false' })).to.include({ open: true, won: false });
    });

    it('takes the empty text for nothing known, not for 0 or false', () => {
      expect(deal({ amount: '', open: '' })).to.include({ amount: null, open: null });
    });

    it('knows no negative zero', () => {
      expect(Object.is(deal({ amount: '-0' })?.amount, 0)).to.be.true;
    });

    it('takes a number for a text where the CRM counts', () => {
      const { tickets } = parsePerson({
        contact: {},
        tickets: [{ number: 4711, id: 12n }],
      }).profile;
      expect(tickets[0]).to.include({ number: '4711', id: '12' });
    });
  });

  describe('fields', () => {
    const fieldsOf = (fields: unknown) => contactOf({ fields }).fields;

    it('keeps texts, numbers and flags, cleaned', () => {
      expect(
        fieldsOf({ Tier__c: 'Gold\r\nx', n: 1.5, yes: true, no: false, nil: null }),
      ).to.deep.equal({ Tier__c: 'Gold x', n: 1.5, yes: true, no: false, nil: null });
    });

    it('makes one text of several values', () => {
      expect(fieldsOf({ tags: ['a\n', null, 2, ['b', true]] })).to.deep.equal({
        tags: 'a, 2, b, true',
      });
      expect(fieldsOf({ tags: [], more: [null] })).to.deep.equal({ tags: null, more: null });
    });

    it('sanitizes names too, and drops an invisible one', () => {
      expect(fieldsOf({ 'a\nb': 1, '\u200b': 2 })).to.deep.equal({ 'a b': 1 });
    });

    it('shows nothing for what is no plain value', () => {
      expect(fieldsOf({ o: { city: 'Bonn' }, f: () => 1, u: undefined, nan: NaN })).to.deep.equal({
        o: null,
        f: null,
        u: null,
        nan: null,
      });
    });

    it('keeps large whole numbers and dates', () => {
      expect(fieldsOf({ id: 9007199254740993n, at: new Date(0) })).to.deep.equal({
        id: '9007199254740993',
        at: '1970-01-01T00:00:00.000Z',
      });
    });

    it('treats names like __proto__ as any other, and pollutes nothing', () => {
      const given: unknown = JSON.parse(
        '{"__proto__": {"polluted": "yes"}, "constructor": "c", "toString": "t", "hasOwnProperty": 1}',
      );
      const fields = fieldsOf(given);
      expect(Object.getPrototypeOf(fields)).to.equal(Object.prototype);
      expect(Object.keys(fields)).to.have.members([
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
      ]);
      expect(Object.getOwnPropertyDescriptor(fields, '__proto__')?.value).to.equal(null);
      expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
    });
  });

  it('treats __proto__ in the answer itself as no word at all', () => {
    const { profile } = parsePerson(
      JSON.parse('{"contact": {"__proto__": {"name": "Forged", "kind": "x"}}, "deals": []}'),
    );
    expect(Object.getPrototypeOf(profile.contact)).to.equal(Object.prototype);
    expect(profile.contact.name).to.equal(null);
  });

  describe('refuses wrong types, naming the key', () => {
    const secret = 'jane@example.com';
    const wrong: [answer: unknown, message: string][] = [
      [secret, 'answer: expected an object, got a string'],
      [[secret], 'answer: expected an object, got a list'],
      [null, 'answer: expected an object, got null'],
      [{}, 'contact: expected an object, got undefined'],
      [{ contact: secret }, 'contact: expected an object, got a string'],
      [{ contact: { name: { first: secret } } }, 'contact.name: expected text, got an object'],
      [{ contact: { email: [secret] } }, 'contact.email: expected text, got a list'],
      [{ contact: { phone: true } }, 'contact.phone: expected text, got a boolean'],
      [{ contact: { phone: NaN } }, 'contact.phone: expected text, got NaN'],
      [{ contact: { kind: secret } }, 'contact.kind: expected "contact" or "lead", got a string'],
      [{ contact: { owner: secret } }, 'contact.owner: expected an object, got a string'],
      [{ contact: { owner: { name: {} } } }, 'contact.owner.name: expected text, got an object'],
      [{ contact: { fields: [secret] } }, 'contact.fields: expected an object, got a list'],
      [{ contact: {}, company: secret }, 'company: expected an object, got a string'],
      [
        { contact: {}, company: { employees: secret } },
        'company.employees: expected a finite number',
      ],
      [{ contact: {}, deals: { a: secret } }, 'deals: expected a list, got an object'],
      [{ contact: {}, deals: [{}, secret] }, 'deals[1]: expected an object, got a string'],
      [{ contact: {}, deals: [{ amount: secret }] }, 'deals[0].amount: expected a finite number'],
      [{ contact: {}, deals: [{ amount: Infinity }] }, 'deals[0].amount: expected a finite number'],
      [{ contact: {}, deals: [{ won: 1 }] }, 'deals[0].won: expected true or false, got a number'],
      [{ contact: {}, deals: [{ open: secret }] }, 'deals[0].open: expected true or false'],
      [{ contact: {}, tickets: [{ subject: {} }] }, 'tickets[0].subject: expected text'],
      [{ contact: {}, tickets: [{ fields: secret }] }, 'tickets[0].fields: expected an object'],
      [{ contact: {}, others: [{ kind: 'x' }] }, 'others[0].kind: expected "contact" or "lead"'],
      [{ contact: {}, moreDeals: secret }, 'moreDeals: expected true or false, got a string'],
      [{ contact: {}, missing: secret }, 'missing: expected a list, got a string'],
      [{ contact: {}, missing: [{}] }, 'missing[0]: expected text, got an object'],
    ];
    for (const [answer, message] of wrong) {
      it(message, () => {
        const said = refusal(answer);
        expect(said).to.match(/^bad_response /);
        expect(said).to.include(message);
        expect(said).to.not.include(secret);
      });
    }
  });

  it('reads any JSON to a clean profile or refuses it without quoting it', () => {
    const text = fc.oneof(hostile, fc.constant('SECRET'), fc.integer(), fc.constant(null));
    const odd = fc.oneof(fc.boolean(), fc.constant({ a: 'SECRET' }), fc.constant(['SECRET']));
    /** Mostly of the right type. */
    const mostly = (right: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 50, arbitrary: right }, { weight: 1, arbitrary: odd });
    const field = fc.oneof(text, fc.boolean(), fc.array(text, { maxLength: 3 }), odd);
    const record = fc.record(
      {
        name: mostly(text),
        id: mostly(text),
        url: mostly(text),
        kind: mostly(fc.constantFrom('contact', 'lead', null)),
        owner: mostly(fc.record({ name: text, email: text }, { requiredKeys: [] })),
        fields: mostly(fc.dictionary(fc.oneof(hostile, fc.constant('__proto__')), field)),
        createdAt: mostly(hostile),
        amount: mostly(fc.oneof(fc.double({ noNaN: true }), fc.constant('12'), fc.constant(null))),
        open: mostly(fc.constantFrom(true, false, 'true', '', null)),
      },
      { requiredKeys: [] },
    );
    const answer = fc.record(
      {
        contact: mostly(record),
        company: mostly(fc.option(record)),
        deals: mostly(fc.array(record, { maxLength: 3 })),
        tickets: mostly(fc.array(record, { maxLength: 3 })),
        others: mostly(fc.array(record, { maxLength: 2 })),
        moreDeals: mostly(fc.boolean()),
        missing: mostly(fc.array(hostile)),
      },
      { requiredKeys: ['contact'] },
    );
    let read = 0;
    fc.assert(
      fc.property(answer, (given) => {
        let clean: ReturnType<typeof parsePerson>;
        try {
          clean = parsePerson(given);
        } catch (error) {
          if (!(error instanceof ConnectorError)) throw error;
          expect(error.kind).to.equal('bad_response');
          expect(error.message).to.not.include('SECRET');
          expect(error.message).to.not.match(FORGING);
          return;
        }
        read += 1;
        expect(JSON.parse(JSON.stringify(clean))).to.deep.equal(clean);
        for (const text of textsOf(clean)) {
          expect(text).to.not.match(FORGING);
          expect(text).to.equal(sanitizeText(text));
        }
        const others = clean.profile.others.map((other, index) => ({
          ...other,
          ...clean.otherKeys[index],
        }));
        const again = { ...clean.profile, others, missing: clean.missing };
        expect(parsePerson(again)).to.deep.equal(clean);
      }),
      { numRuns: 1000 },
    );
    expect(read, 'answers that were read at all').to.be.greaterThan(200);
  });
});

describe('a list of more than 1,000 records', () => {
  const closed = Array.from({ length: 1200 }, (_, id) => ({ id, number: id, open: 'false' }));

  it('is cut to those that come first, wherever they stand', () => {
    const { deals, tickets } = parsePerson({
      contact: {},
      deals: [
        ...closed,
        { id: 'late', open: true, closeDate: '2027-01-02' },
        { id: 'soon', open: true, closeDate: new Date('2027-01-01') },
        { id: 'unknown' },
      ],
      tickets: [
        ...closed,
        { number: 'old', open: 'true', createdAt: '2026-01-01' },
        { number: 'new', open: 'true', createdAt: '2026-01-02' },
        { number: 'lately closed', open: false, createdAt: '2026-01-03' },
      ],
    }).profile;
    expect(deals.slice(0, 4).map(({ id }) => id)).to.deep.equal(['soon', 'late', 'unknown', '0']);
    expect(tickets.slice(0, 4).map((ticket) => ticket.number)).to.deep.equal([
      ...['new', 'old', 'lately closed', '0'],
    ]);
    expect([deals.length, tickets.length]).to.deep.equal([1000, 1000]);
  });

  it('says that there are more people', () => {
    const others = closed.map(({ id }) => ({ id }));
    expect(parsePerson({ contact: {}, others }).profile.moreOthers).to.equal(true);
  });
});

describe('parseCompany', () => {
  it('cleans like a company of an answer', () => {
    const company = { name: 'AC\nME', employees: '7', fields: { Plan: 'Gold' } };
    expect(parseCompany(company)).to.deep.equal(
      parsePerson({ contact: {}, company }).profile.company,
    );
  });

  it('reads no more of a long list than a value shows', () => {
    const list = Array<string>(1_000_000).fill('tag');
    Object.defineProperty(list, 5000, { get: () => expect.fail('the rest is read') });
    const { tags, nested } = contactOf({ fields: { tags: list, nested: [[list]] } }).fields;
    expect(tags)
      .to.match(/^tag, tag, .*…$/)
      .and.have.length(1000);
    expect(nested).to.equal(tags);
  });

  it('refuses what is no record', () => {
    expect(() => parseCompany('ACME')).to.throw(ConnectorError, 'company: expected an object');
  });
});

/** Every string and key in a value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value)
    ? value.flatMap(textsOf)
    : Object.entries(value).flatMap(([key, entry]) => [key, ...textsOf(entry)]);
}
