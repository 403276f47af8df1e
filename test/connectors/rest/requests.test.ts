import { expect } from 'chai';
import fc from 'fast-check';
import rest from '../../../connectors/rest/index.ts';
import type { Connector, ConnectorError, PersonRecord } from '../../../src/connector/index.ts';
import { connectorContext, type TestContext } from '../../../src/connector/testing/context.ts';
import { recordsIn } from '../../../src/connector/testing/use.ts';
import { restSettings, startRestEmulator, type RestEmulator } from '../../support/rest/emulator.ts';

const signal = () => AbortSignal.timeout(5000);

describe('the requests of the rest connector', () => {
  let api: RestEmulator;
  let context: TestContext;
  const opened: Connector[] = [];

  beforeEach(async () => {
    api = await startRestEmulator();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close?.()));
    await api.close();
  });

  async function open(
    changes: Readonly<Record<string, unknown>> = {},
    without: readonly string[] = [],
  ) {
    const given = Object.entries({ ...restSettings(api.url), ...changes }).filter(
      ([key]) => !without.includes(key),
    );
    const checked = await rest.settings['~standard'].validate(Object.fromEntries(given));
    if (checked.issues !== undefined) throw new Error(JSON.stringify(checked.issues));
    context = connectorContext({ publicMailDomains: ['mail.stadt.example'] });
    const connector = await rest.open(checked.value, context);
    opened.push(connector);
    return connector;
  }

  it('asks for the person, then for deals and tickets side by side', async () => {
    const connector = await open();
    const person = await connector.lookup('jane.doe@acme.example', { signal: signal() });
    expect(api.requests[0]).to.equal('GET /api/customers?email=jane.doe%40acme.example&limit=5');
    expect(api.requests.slice(1)).to.have.members([
      'GET /api/customers/7/orders',
      'GET /api/customers/7/tickets',
    ]);
    expect(person).to.deep.include({
      contact: {
        email: 'jane.doe@acme.example',
        id: '7',
        name: 'Jane Doe',
        firstName: 'Jane',
        lastName: 'Doe',
        fields: { plan: 'pro' },
      },
      company: { name: 'ACME GmbH' },
      deals: [{ id: 'o1', name: 'Renewal', amount: 186000, closeDate: '2027-01-29', open: true }],
      tickets: [
        { number: '41', subject: 'Export stops', createdAt: '2026-11-20T08:00:00Z', open: true },
      ],
    });
  });

  it('shows nobody whom a fuzzy search finds for another address', async () => {
    const connector = await open();
    expect(await connector.lookup('jan@acme.example', { signal: signal() })).to.equal(undefined);
  });

  it('asks for a company only when the row has none, and never by the domain of a mail provider', async () => {
    const connector = await open();
    await connector.lookup('jane.doe@acme.example', { signal: signal() });
    expect(api.requests.join()).to.not.include('/companies');
    const joe = await connector.lookup('joe@acme.example', { signal: signal() });
    expect(joe?.company).to.deep.equal({ id: 'c9', name: 'ACME GmbH', domain: 'acme.example' });
    for (const domain of ['gmail.com', 'mail.stadt.example']) {
      api.customers.push({ id: '20', first: 'P', last: 'Q', mail: `private@${domain}` });
      api.companies.push({ id: 'g', domain, title: 'Wrong' });
      const before = api.requests.length;
      const person = await connector.lookup(`private@${domain}`, { signal: signal() });
      expect(person?.company).to.equal(undefined);
      expect(api.requests.slice(before).join()).to.not.include('/companies');
    }
  });

  describe('a row with the id of a company but not its name', () => {
    const byId = {
      get: 'companies',
      query: { domain: '{{ contact.email | split: "@" | last }}', id: '{{ company.id }}' },
      rows: 'data',
      map: { name: 'title' },
    };
    const changes = () => {
      const { person } = restSettings(api.url) as { readonly person: object };
      const map = { id: 'id', 'company.id': 'id', 'fields.count': 'plan.name | size' };
      return { person: { ...person, map }, companyById: byId };
    };

    it('asks for it by its id', async () => {
      const person = await (
        await open(changes())
      ).lookup('jane.doe@acme.example', {
        signal: signal(),
      });
      expect(person?.company).to.deep.equal({ id: '7', name: 'ACME GmbH' });
      expect(api.requests).to.include('GET /api/companies?domain=acme.example&id=7');
      expect(person?.contact.fields).to.deep.equal({ count: 3 });
    });

    it('shows the person without it when that fails', async () => {
      api.faults.push((request, response) => {
        if (request.url?.includes('/companies') !== true) return false;
        response.writeHead(500).end();
        return true;
      });
      const person = await (
        await open(changes())
      ).lookup('jane.doe@acme.example', {
        signal: signal(),
      });
      expect(person).to.deep.include({ company: { id: '7' }, missing: ['company'] });
    });

    it('has a notice while that fails, whatever company is found by its domain', async () => {
      api.faults.push((request, response) => {
        if (request.url?.includes('&id=') !== true) return false;
        response.writeHead(500).end();
        return true;
      });
      const connector = await open(changes());
      const lookup = () => connector.lookup('jane.doe@acme.example', { signal: signal() });
      await lookup();
      expect(await connector.findCompany?.('acme.example', { signal: signal() })).to.be.an(
        'object',
      );
      expect([...context.notices]).to.deep.equal([
        [
          'companyById',
          'companyById cannot be read at present: the API answered 500 to "companyById"',
        ],
      ]);
      api.faults.splice(0);
      await lookup();
      expect([...context.notices]).to.deep.equal([]);
    });
  });

  it('writes a space in a query as every server reads it', async () => {
    const { person } = restSettings(api.url) as { readonly person: object };
    const connector = await open({ person: { ...person, query: { email: 'a b+{{ email }}' } } });
    await connector.lookup('jane+x@acme.example', { signal: signal() });
    expect(api.requests[0]).to.equal('GET /api/customers?email=a%20b%2Bjane%2Bx%40acme.example');
  });

  it('a status of notFound may be 204, which has no body', async () => {
    const { person } = restSettings(api.url) as { readonly person: object };
    api.faults.push((_request, response) => {
      response.writeHead(204).end();
      return true;
    });
    const connector = await open({ person: { ...person, notFound: [204] } });
    const found = await connector.lookup('jane.doe@acme.example', { signal: signal() });
    expect(found).to.equal(undefined);
  });

  it('asks for an international domain in both forms', async () => {
    const connector = await open({}, ['people']);
    const person = await connector.lookup('müller@xn--bcher-kva.example', { signal: signal() });
    expect(person?.contact.name).to.equal('Max Müller');
  });

  it('sends many addresses as a list, and keeps apart who is who', async () => {
    const connector = await open();
    const emails = ['joe@acme.example', 'jane.doe@acme.example', 'unknown@acme.example'];
    const found = await connector.lookupMany?.(emails, { signal: signal() });
    expect(
      [...recordsIn(found)].map(([email, { contact }]) => [email, contact.name]),
    ).to.have.deep.members([
      ['joe@acme.example', 'Joe Bloggs'],
      ['jane.doe@acme.example', 'Jane Doe'],
    ]);
    expect(api.requests.filter((one) => one.startsWith('POST'))).to.have.length(1);
  });

  it('sends the headers of the settings', async () => {
    await (await open()).lookup('jane.doe@acme.example', { signal: signal() });
    expect(api.headers()).to.include({ 'x-account': '42', accept: 'application/json' });
  });

  it('ranks several rows of one address, and lists the others', async () => {
    api.customers.push({
      id: '3',
      first: 'Older',
      last: 'Doe',
      mail: 'jane.doe@acme.example',
      account: 'Old Ltd',
    });
    const person = await (await open()).lookup('jane.doe@acme.example', { signal: signal() });
    expect(person?.contact.id).to.equal('3'); // neither has an activity: the lower id
    const [other, ...more] = person?.others ?? [];
    expect(other).to.include({ id: '7', name: 'Jane Doe', company: 'ACME GmbH' });
    expect(more).to.deep.equal([]);
  });

  for (const id of ['.', '..']) {
    it(`says that deals and tickets are missing when an id is "${id}", which no path can carry`, async () => {
      api.customers.push({
        id,
        first: 'Dot',
        last: 'Doe',
        mail: 'dot@acme.example',
        account: 'Dots',
      });
      const person = await (await open()).lookup('dot@acme.example', { signal: signal() });
      expect(person?.missing).to.have.members(['deals', 'tickets']);
      expect(api.requests).to.have.length(1);
      // It says nothing about the API.
      expect([...context.notices]).to.deep.equal([]);
    });
  }

  for (const id of [undefined, null, '', {}]) {
    it(`asks for no deals or tickets when the id they are asked by is ${JSON.stringify(id)}`, async () => {
      api.customers.push({
        id,
        first: 'No',
        last: 'Id',
        mail: 'noid@acme.example',
        account: 'A',
      } as never);
      const connector = await open({
        tickets: {
          get: 'tickets',
          query: { customer: '{{ contact.id }}' },
          map: { subject: 'title' },
        },
      });
      const person = await connector.lookup('noid@acme.example', { signal: signal() });
      expect(person?.missing).to.have.members(['deals', 'tickets']);
      expect(api.requests).to.have.length(1);
    });
  }

  it('who has no company has no deals of one: nothing is missing', async () => {
    const noted = { id: '77', first: 'No', last: 'Company', mail: 'solo@acme.example' };
    api.customers.push(noted as never);
    const connector = await open(
      {
        deals: { get: 'accounts/{{ company.id }}/deals', map: { name: 'title' } },
        tickets: {
          get: 'tickets',
          query: { account: '{{ company.id }}', customer: '{{ contact.id }}' },
          map: { subject: 'title' },
        },
      },
      ['company'],
    );
    const person = await connector.lookup('solo@acme.example', { signal: signal() });
    expect(person).to.deep.include({ missing: [], deals: [], tickets: [] });
    expect(api.requests).to.have.length(1);
  });

  it('finds the one row that can be shown among 10,000', async () => {
    const row = { id: '1', first: 'A', last: 'B', attributes: { mail: 'other@acme.example' } };
    const data = [
      ...Array.from({ length: 9_999 }, () => row),
      { ...row, attributes: { mail: 'one@acme.example' } },
    ];
    api.faults.push((request, response) => {
      if (!(request.url ?? '').includes('email=one')) return false;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
      return true;
    });
    const connector = await open({}, ['deals', 'tickets', 'company', 'people']);
    const person = await connector.lookup('one@acme.example', { signal: signal() });
    expect(person?.contact.id).to.equal('1');
  });

  it('shows of 1,500 rows with one address the one to show, and lists all the others', async () => {
    const data = Array.from({ length: 1500 }, (_, n) => ({
      ...{ id: String(n + 1), first: 'A', last: 'B' },
      attributes: { mail: 'one@acme.example', seen: n === 1400 ? '2026-11-28' : '2020-01-01' },
    }));
    api.faults.push((request, response) => {
      if (!(request.url ?? '').includes('email')) return false;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
      return true;
    });
    const connector = await open(
      {
        person: {
          get: 'customers',
          query: { email: '{{ email }}' },
          rows: 'data',
          match: 'attributes.mail',
          map: { id: 'id', lastActivityAt: 'attributes.seen' },
        },
      },
      ['deals', 'tickets', 'company', 'people'],
    );
    const person = await connector.lookup('one@acme.example', { signal: signal() });
    expect(person?.contact.id).to.equal('1401');
    expect(person?.others).to.have.length(1499);
  });

  it('an odd value is left out, and hides neither the person nor the other values', async () => {
    const odd = {
      id: 7,
      employees: 'n/a',
      revenue: `1${'0'.repeat(400)}`,
      kind: 'customer',
      seen: 1_700_000_000,
      tags: ['a', 2, {}],
      address: { city: 'Bonn' },
      mail: 'one@acme.example',
    };
    api.faults.push((_, response) => {
      const body = JSON.stringify({ data: [odd] }).replace('1700000000', '1e999');
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      return true;
    });
    const map = {
      id: 'id',
      kind: 'kind',
      lastActivityAt: 'seen',
      title: 'tags',
      city: 'address',
      'company.name': 'id',
      'company.employees': 'employees',
      'company.annualRevenue': 'revenue',
    };
    const connector = await open(
      {
        person: {
          get: 'customers',
          query: { email: '{{ email }}' },
          rows: 'data',
          match: 'mail',
          map,
        },
      },
      ['deals', 'tickets', 'company', 'people'],
    );
    const person = await connector.lookup('one@acme.example', { signal: signal() });
    expect(person?.contact).to.deep.equal({ email: 'one@acme.example', id: '7', title: 'a, 2' });
    expect(person?.company).to.deep.equal({ name: '7' });
  });

  it('an id beyond 2^53 stays the one it is, and a byte order mark is not part of JSON', async () => {
    api.faults.push((request, response) => {
      if (!(request.url ?? '').includes('?email=')) return false;
      const body =
        '\ufeff{"data":[{"id":9007199254740993,"attributes":{"mail":"one@acme.example"}}]}';
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      return true;
    });
    const connector = await open({}, ['company', 'people']);
    const person = await connector.lookup('one@acme.example', { signal: signal() });
    expect(person?.contact.id).to.equal('9007199254740993');
    expect(api.requests).to.include('GET /api/customers/9007199254740993/tickets');
  });

  it('people without an address among what a search finds are others, not an error', async () => {
    for (const mail of ['null', '""']) {
      const body = `{"data":[{"id":1,"attributes":{"mail":${mail}}}]}`;
      api.faults.splice(0, 1, (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
        return true;
      });
      const connector = await open({}, ['people']);
      expect(await connector.lookup('one@acme.example', { signal: signal() })).to.equal(undefined);
    }
  });

  it('an expression that fails on a value leaves it out; one that decides whether there is a person is an error', async () => {
    const row = { id: '7', mail: 'one@acme.example', long: 'x y '.repeat(500_000) };
    api.faults.push((_, response) => {
      const body = JSON.stringify({ data: [row] });
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      return true;
    });
    const fails = 'long | split: " " | join: "-"';
    const person = {
      get: 'customers',
      query: { email: '{{ email }}' },
      rows: 'data',
      match: 'mail',
    };
    const lookUp = async (changes: object) => {
      const all = { person: { ...person, map: { id: 'id' }, ...changes } };
      const connector = await open(all, ['deals', 'tickets', 'company', 'people']);
      return connector.lookup('one@acme.example', { signal: signal() });
    };
    expect((await lookUp({ map: { id: 'id', title: fails } }))?.contact).to.deep.equal({
      email: 'one@acme.example',
      id: '7',
    });
    for (const key of ['where', 'match']) {
      const error: unknown = await lookUp({ [key]: fails }).catch((reason: unknown) => reason);
      expect(error, key).to.include({ kind: 'bad_response' });
      expect((error as Error).message).to.equal(
        `"${key}" cannot be computed of the answer to "person"`,
      );
    }
  });

  it('check warns of a value inside of a query language that nothing quotes', async () => {
    const { person } = restSettings(api.url) as { readonly person: object };
    const warnings = async (changes: object) => {
      const connector = await open({ person: { ...person, ...changes } }, ['people']);
      const results = (await connector.check?.({ signal: signal() })) ?? [];
      return results.flatMap(
        ({ message }) => /^person\.(\S+): a value stands inside/.exec(message)?.[1] ?? [],
      );
    };
    for (const plain of [
      "emailaddress1 eq '{{ email }}'",
      'email:{{ email }}',
      'email = "{{ email | downcase }}"',
      'email eq {{ email | odata }} or name eq {{ domain }}',
    ])
      expect(await warnings({ query: { q: plain } }), plain).to.deep.equal(['query.q']);
    for (const quoted of [
      'email eq {{ email | odata }}',
      'email:{{ email | quoted }}',
      '{{ email }}',
      '{{ email }},{{ domain }}',
      '{% if domain %}{{ email }}{% endif %}',
    ])
      expect(await warnings({ query: { q: quoted } }), quoted).to.deep.equal([]);
    const json = { where: [{ jql: 'mail ~ "{{ email }}"' }], mail: '{{ email }}' };
    expect(await warnings({ get: undefined, post: 'customers/search', json })).to.deep.equal([
      'json.where.0.jql',
    ]);
  });

  it('no value leaves its place in a path', async () => {
    const connector = await open();
    const text = fc.oneof(
      fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
      fc.constantFrom(
        '../x',
        'a/b',
        'a?b=c',
        'a#b',
        '%2e%2e',
        '\r\nX: y',
        'http://evil.example/',
        '//evil.example',
        '{{ email }}',
        '\u202e',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        text.filter((id) => !/^\.{1,2}$/.test(id) && id.isWellFormed()),
        async (id) => {
          api.customers.splice(0, Infinity, {
            id,
            first: 'A',
            last: 'B',
            mail: 'any@acme.example',
            account: 'C',
          });
          const before = api.requests.length;
          await connector.lookup('any@acme.example', { signal: signal() });
          const paths = api.requests.slice(before + 1).map((line) => line.split(' ')[1] ?? '');
          for (const path of paths) {
            expect(path).to.match(/^\/api\/customers\/[^/?#]*\/(?:orders|tickets)$/);
            expect(decodeURIComponent(path.split('/')[3] ?? '')).to.equal(id);
          }
          expect(paths).to.have.length(2);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('no address leaves its place in a query or a body', async () => {
    const connector = await open({}, ['company', 'deals', 'tickets']);
    const local = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~]{1,20}$/);
    await fc.assert(
      fc.asyncProperty(local, async (name) => {
        const email = `${name}@acme.example`;
        const before = api.requests.length;
        await connector.lookup(email, { signal: signal() });
        const url = new URL(api.requests[before]?.split(' ')[1] ?? '', 'http://x');
        expect([...url.searchParams]).to.deep.equal([
          ['email', email],
          ['limit', '5'],
        ]);
        api.customers.splice(0, Infinity, { id: '1', first: 'A', last: 'B', mail: email });
        const found = await connector.lookupMany?.([email], { signal: signal() });
        expect([...(found?.keys() ?? [])]).to.deep.equal([email]);
      }),
      { numRuns: 60 },
    );
  });

  describe('what an API answers instead', () => {
    async function failure(
      fault: RestEmulator['faults'][number],
      changes = {},
    ): Promise<ConnectorError> {
      api.faults.push(fault);
      const connector = await open(changes);
      return connector.lookup('jane.doe@acme.example', { signal: signal() }).then(
        () => expect.fail('it answered'),
        (error: unknown) => error as ConnectorError,
      );
    }
    const answer =
      (
        status: number,
        body: string,
        headers: Readonly<Record<string, string>> = {},
      ): RestEmulator['faults'][number] =>
      (_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
        return true;
      };

    const cases = [
      [
        'a body without the path of rows',
        answer(200, '{"error":"jane.doe@acme.example"}'),
        'bad_response',
      ],
      ['a text at the path of rows', answer(200, '{"data":"maintenance"}'), 'bad_response'],
      ['a list of texts', answer(200, '{"data":["x"]}'), 'bad_response'],
      [
        'rows without what match names',
        answer(200, '{"data":[{"id":1,"email":"jane.doe@acme.example"}]}'),
        'bad_response',
      ],
      ['HTML', answer(200, '<html>', { 'content-type': 'text/html' }), 'bad_response'],
      ['broken JSON', answer(200, '{"data":['), 'bad_response'],
      ['a redirect', answer(302, '', { location: 'https://evil.example/' }), 'bad_response'],
      ['403', answer(403, '{}'), 'misconfigured'],
      ['404, when it does not mean nobody', answer(404, '{}'), 'misconfigured', { notFound: [] }],
      ['500', answer(500, '{}'), 'unavailable'],
      [
        'more than 10,000 rows',
        answer(200, `{"data":[${'{},'.repeat(10_000)}{}]}`),
        'bad_response',
      ],
      [
        'more than 10,000 addresses',
        answer(200, JSON.stringify({ data: [{ attributes: { mail: Array(10_001).fill('a') } }] })),
        'bad_response',
      ],
      [
        'a list of more than 10,000 that a filter gets',
        answer(200, JSON.stringify({ data: Array.from({ length: 10_001 }, (_, n) => ({ n })) })),
        'bad_response',
        { rows: 'data | sort: "n" | slice: 0, 5' },
      ],
      [
        '404 with a page for people, which a proxy sends when the API is away',
        answer(404, '<html>', { 'content-type': 'text/html' }),
        'bad_response',
      ],
    ] as const;
    for (const [name, fault, kind, person = {}] of cases) {
      it(`${name} is ${kind}, and the message quotes nothing of it`, async () => {
        const { person: own } = restSettings(api.url) as { readonly person: object };
        const error = await failure(fault, { person: { ...own, ...person } });
        expect(error.kind).to.equal(kind);
        expect(error.message).to.not.match(/jane|evil|token/);
      });
    }

    it('429 says how long to wait', async () => {
      const error = await failure(answer(429, '{}', { 'retry-after': '7' }));
      expect(error).to.include({ kind: 'rate_limited', retryAfterMs: 7000 });
    });

    it('a status of notFound means nobody', async () => {
      api.faults.push(answer(404, '{}'));
      expect(await (await open()).lookup('jane.doe@acme.example', { signal: signal() })).to.equal(
        undefined,
      );
    });

    it('null at the path of rows means nobody', async () => {
      api.faults.push(answer(200, '{"data":null}'));
      expect(await (await open()).lookup('jane.doe@acme.example', { signal: signal() })).to.equal(
        undefined,
      );
    });

    it('null before the end of the path, or beside errors, is no answer', async () => {
      const person = {
        ...(restSettings(api.url)['person'] as object),
        rows: 'data.contacts.nodes',
      };
      for (const [body, kind] of [
        ['{"errors":[{"message":"down"}],"data":null}', 'bad_response'],
        ['{"data":{"contacts":null}}', 'bad_response'],
        ['{"errors":[{"message":"down"}],"data":{"contacts":{"nodes":null}}}', 'bad_response'],
        ['{"errors":[],"data":{"contacts":{"nodes":null}}}', undefined],
        ['{"data":{"contacts":{"nodes":[]}}}', undefined],
      ] as const) {
        api.faults.splice(0, Infinity, answer(200, body));
        const connector = await open({ person }, ['people']);
        const found: unknown = await connector
          .lookup('jane.doe@acme.example', { signal: signal() })
          .catch((error: ConnectorError) => error.kind);
        expect(found, body).to.equal(kind);
      }
    });

    const only = (path: RegExp, fault: RestEmulator['faults'][number]) =>
      api.faults.splice(0, 1, (request, response) => {
        return path.test(request.url ?? '') && fault(request, response);
      });

    it('a failing part leaves the rest, is missing, and has a notice until it is read', async () => {
      only(/orders$/, answer(500, '{"error":"jane.doe@acme.example"}'));
      const connector = await open();
      for (let n = 0; n < 3; n += 1) {
        const person = await connector.lookup('jane.doe@acme.example', { signal: signal() });
        expect(person?.missing).to.deep.equal(['deals']);
        expect(person?.tickets).to.have.length(1);
      }
      const reason = 'the API answered 500 to "deals"';
      expect([...context.notices]).to.deep.equal([
        ['deals', `deals cannot be read at present: ${reason}`],
      ]);
      expect(context.lines).to.deep.equal([
        {
          level: 'warn',
          message: 'a section cannot be read',
          fields: { section: 'deals', kind: 'unavailable', reason },
        },
      ]);
      api.faults.splice(0);
      await connector.lookup('jane.doe@acme.example', { signal: signal() });
      expect([...context.notices]).to.deep.equal([]);
    });

    it('a company that is found for another lookup withdraws the notice, too', async () => {
      only(/companies/, answer(500, '{}'));
      const connector = await open();
      await connector.lookup('joe@acme.example', { signal: signal() });
      expect([...context.notices.keys()]).to.deep.equal(['company']);
      api.faults.splice(0);
      await connector.findCompany?.('acme.example', { signal: signal() });
      expect([...context.notices]).to.deep.equal([]);
    });

    it('429 to a part ends the lookup, after what is known of the person was given', async () => {
      only(/tickets$/, answer(429, '{}', { 'retry-after': '60' }));
      const connector = await open();
      const known: (PersonRecord | undefined)[] = [];
      let read: (() => PersonRecord | undefined) | undefined;
      const error: unknown = await connector
        .lookup('jane.doe@acme.example', {
          signal: signal(),
          onPartial(_email, of) {
            read = of;
            known.push(of());
          },
        })
        .catch((reason: unknown) => reason);
      expect(error).to.include({ kind: 'rate_limited', retryAfterMs: 60_000 });
      expect(known.map((person) => person?.missing)).to.deep.equal([['deals', 'tickets']]);
      expect(read?.()?.contact.name).to.equal('Jane Doe');
      expect(read?.()?.missing).to.include('tickets');
      expect([...context.notices]).to.deep.equal([]);
    });

    it('after a 429 to a part of one of many, no further request is sent', async () => {
      const emails = Array.from({ length: 60 }, (_, n) => `p${n}@acme.example`);
      for (const [n, mail] of emails.entries())
        api.customers.push({ id: `p${n}`, first: 'P', last: 'Q', mail, account: 'A' });
      const { promise: isOver, resolve: end } = Promise.withResolvers<undefined>();
      let count = 0;
      only(/orders$|tickets$/, (...exchange) => {
        const give = () => answer(429, '{}')(...exchange);
        count += 1;
        if (count === 1) give();
        else void isOver.then(give);
        return true;
      });
      const connector = await open();
      const error: unknown = await connector
        .lookupMany?.(emails, { signal: signal() })
        .catch((reason: unknown) => reason);
      expect(error).to.include({ kind: 'rate_limited' });
      end(undefined);
      // It is sent after those that wait for a connection.
      await connector.lookup('unknown@acme.example', { signal: signal() });
      expect(api.requests).to.have.length.below(60);
    });

    it('a lookup whose time is over is an error, and no notice', async () => {
      only(/tickets$/, () => true);
      const connector = await open();
      const time = new AbortController();
      const error: unknown = await connector
        .lookup('jane.doe@acme.example', {
          signal: time.signal,
          onPartial: () => setImmediate(() => time.abort()),
        })
        .catch((reason: unknown) => reason);
      expect(error).to.include({ kind: 'timeout' });
      expect([...context.notices]).to.deep.equal([]);
    });

    it('of many, those who are complete or unknown are known while others are read', async () => {
      only(/customers\/9\/tickets$/, () => true);
      const connector = await open();
      const time = new AbortController();
      const emails = ['jane.doe@acme.example', 'joe@acme.example', 'unknown@acme.example'];
      const reads = new Map<string, () => PersonRecord | undefined>();
      const looking = connector.lookupMany?.(emails, {
        signal: time.signal,
        onPartial: (email, read) => reads.set(email, read),
      });
      const missing = () => emails.map((email) => reads.get(email)?.()?.missing);
      const timer = setInterval(() => {
        const [first, second] = missing();
        if (first?.length === 0 && second?.length === 1) time.abort();
      }, 5);
      const error: unknown = await looking?.catch((reason: unknown) => reason);
      clearInterval(timer);
      expect(error).to.include({ kind: 'timeout' });
      expect([...reads.keys()]).to.have.members(emails);
      expect(missing()).to.deep.equal([[], ['tickets'], undefined]);
    });
  });
});
