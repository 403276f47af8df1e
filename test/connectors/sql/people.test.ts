/** Whose rows are whose, in each database. */
import { expect } from 'chai';
import { recordsIn } from '../../../src/connector/testing/use.ts';
import type { PersonRecord } from '../../../src/connector/index.ts';
import { forEachEngine, never, openSql } from '../../support/sql/databases.ts';
import { failureOf } from '../../support/sql/wait.ts';

const tables = `
  create table people (email varchar(99), id bigint, kind varchar(9), name varchar(99), org bigint, seen varchar(30));
  create table orders (id bigint, who bigint, org bigint, email varchar(99), title varchar(99));
  create table orgs (id bigint, name varchar(99), domain varchar(99));
  insert into people values ('zoé@acme.example', 1, null, 'Zoé', 10, null),
    ('zoe@acme.example', 2, null, 'Zoe', 10, null),
    ('two@acme.example', 3, 'lead', 'Lead', null, '2026-01-09'),
    ('two@acme.example', 4, 'contact', 'Older', null, '2026-01-01'),
    ('two@acme.example', 5, 'contact', 'Newer', null, '2026-01-05'),
    ('big@acme.example', 9007199254740993, null, 'Big', 9007199254740993, null),
    ('near@acme.example', 9007199254740992, null, 'Near', null, null),
    ('user@bücher.example', 6, null, 'Unicode', null, null),
    ('user@xn--fsq.example', 7, null, 'Ascii', null, null);
  insert into orders values (1, 9007199254740993, null, null, 'of Big'), (2, 9007199254740992, null, null, 'of Near'),
    (3, null, 10, null, 'of the company'), (4, null, null, 'ZOE@acme.example', 'by address'),
    (5, 2, 10, 'zoe@acme.example', 'in all ways');
  insert into orgs values (10, 'ACME', 'acme.example'), (11, 'Acmé', 'acmé.example'), (12, 'Bücher', 'bücher.example');
`;

const person = `select p.email as "key", p.id, p.kind, p.name, p.seen as "lastActivityAt", p.org as "company.id", o.name as "company.name"
  from people p left join orgs o on o.id = p.org where p.email in (:emails)`;
const deals = `select who as "contact.id", org as "company.id", email as "key", id, title as name from orders
  where who in (:contactIds) or org in (:companyIds) or lower(email) in (:emails)`;

/** A condition that takes long. */
const SLOW = {
  postgres: `pg_sleep(60)::text = ''`,
  // MariaDB may need seconds to end a sleep().
  mysql: `benchmark(100000000000, md5('a')) = 1`,
  sqlite: `(with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000000000) select max(i) from n) = 0`,
} as const;

forEachEngine((engine, database) => {
  before(() => database().exec(tables));

  async function open(settings: object = {}) {
    return await openSql({ url: database().url, person, deals, ...settings });
  }

  async function names(email: string, settings: object = {}) {
    const { connector } = await open(settings);
    try {
      const found = await connector.lookup(email, never);
      return found?.deals?.map(({ name }) => name).toSorted();
    } finally {
      await connector.close();
    }
  }

  it('a row counts only for the very address that it has', async () => {
    const { connector } = await open();
    const found = await connector.lookupMany(['zoe@acme.example', 'zoé@acme.example'], never);
    expect(
      [...recordsIn(found)].map(([email, { contact }]) => [email, contact.name]),
    ).to.have.deep.members([
      ['zoe@acme.example', 'Zoe'],
      ['zoé@acme.example', 'Zoé'],
    ]);
    expect((await connector.lookup('zoe@acme.example', never))?.others).to.deep.equal([]);
    await connector.close();
  });

  it('an international domain is found in both its forms', async () => {
    const { connector } = await open();
    const [a, b] = ['user@xn--bcher-kva.example', 'user@xn--fsq.example'];
    const found = await connector.lookupMany([a, b], never);
    const records = recordsIn(found);
    expect([records.get(a)?.contact.name, records.get(b)?.contact.name]).to.deep.equal([
      'Unicode',
      'Ascii',
    ]);
    await connector.close();
  });

  it('several rows with one address are ranked', async () => {
    const { connector } = await open();
    const found = await connector.lookup('two@acme.example', never);
    expect(found?.contact.name).to.equal('Newer');
    expect(found?.others?.map(({ name }) => name)).to.deep.equal(['Older', 'Lead']);
    await connector.close();
  });

  it('a person whom a join repeats is one person, and so is a deal', async () => {
    const twice = '(select 1 as n union all select 2) as twice';
    const many = person.replace('from people p', `from ${twice} cross join people p`);
    const { connector } = await open({
      person: many,
      deals: deals.replace('from orders', `from ${twice} cross join orders`),
    });
    const found = await connector.lookup('zoe@acme.example', never);
    expect(found?.others).to.deep.equal([]);
    expect(found?.deals).to.have.length(3);
    const { connector: other } = await open({ person: many.replace('p.id,', '') });
    expect((await other.lookup('zoe@acme.example', never))?.others).to.deep.equal([]);
    await connector.close();
    await other.close();
  });

  it('deals are joined by contact, by company and by address, each once', async () => {
    expect(await names('zoe@acme.example')).to.deep.equal([
      'by address',
      'in all ways',
      'of the company',
    ]);
    expect(await names('two@acme.example')).to.deep.equal([]);
  });

  it('ids beyond 2^53 stay apart', async () => {
    expect(await names('big@acme.example')).to.deep.equal(['of Big']);
    expect(await names('near@acme.example')).to.deep.equal(['of Near']);
  });

  it('ids are compared with expressions, too', async () => {
    const cast = engine === 'mysql' ? 'who + 0' : 'who * 1';
    expect(
      await names('zoe@acme.example', {
        deals: deals.replace('who in', `${cast} in`),
      }),
    ).to.include('in all ways');
  });

  it('a section has at most 200 rows a person, says so, and takes none from others', async () => {
    const numbers = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 450)';
    const text =
      engine === 'postgres' ? `'d' || i` : engine === 'mysql' ? `concat('d', i)` : `'d' || i`;
    const { connector } = await open({
      deals: `${numbers} select p.id as "contact.id", ${text} as id, 'x' as name from n cross join people p
        where p.id in (:contactIds) and (i <= 3 or p.id = 2)`,
    });
    const found = await connector.lookupMany(
      ['zoe@acme.example', 'zoé@acme.example', 'two@acme.example'],
      never,
    );
    const counts = [...recordsIn(found).values()].map((one) => [
      one.deals?.length,
      one.moreDeals,
      one.moreOpenDeals,
    ]);
    expect(counts).to.have.deep.members([
      [200, true, true],
      [3, false, false],
      [3, false, false],
    ]);
    await connector.close();
  });

  it('a hundred people are at most three statements', async () => {
    const { connector, context } = await open({
      tickets: deals.replaceAll('title as name', 'title as subject'),
    });
    const many = Array.from({ length: 95 }, (_, i) => `unknown-${i}@acme.example`);
    const found = await connector.lookupMany(
      [...many, 'zoe@acme.example', 'two@acme.example'],
      never,
    );
    expect(found.size).to.equal(2);
    expect(
      context.observed.map(({ operation, status }) => `${operation} ${status}`),
    ).to.have.members(['person ok', 'deals ok', 'tickets ok']);
    await connector.close();
  });

  it('nothing is asked about deals of people who are unknown or have no id', async () => {
    const { connector, context } = await open({
      deals: 'select org as "company.id", id from orders where org in (:companyIds)',
    });
    await connector.lookup('unknown@acme.example', never);
    await connector.lookup('two@acme.example', never);
    expect(context.observed.map(({ operation }) => operation)).to.deep.equal(['person', 'person']);
    await connector.close();
  });

  it('deals that cannot be read are missing, and the person is there', async () => {
    const { connector, context } = await open({
      deals: 'select nothing as "key" from orders where email in (:emails)',
    });
    const found = await connector.lookup('zoe@acme.example', never);
    expect(found?.contact.name).to.equal('Zoe');
    expect(found?.missing).to.deep.equal(['deals']);
    expect([...context.notices.values()].join()).to.match(
      /^deals cannot be read at present: .*refused a statement: .*nothing/,
    );
    await connector.lookup('zoe@acme.example', never);
    const lines = context.lines.map(({ level, message, fields }) => [
      level,
      message,
      fields['section'],
      fields['kind'],
    ]);
    expect(lines).to.deep.equal([['warn', 'a section cannot be read', 'deals', 'misconfigured']]);
    await connector.close();
  });

  it('deals and tickets that cannot be read are both missing', async () => {
    const unreadable = 'select nothing as "key" from orders where email in (:emails)';
    const { connector } = await open({ deals: unreadable, tickets: unreadable });
    const found = await connector.lookup('zoe@acme.example', never);
    expect(found?.contact.name).to.equal('Zoe');
    expect(found?.missing).to.deep.equal(['deals', 'tickets']);
    await connector.close();
  });

  it('deals that do not come in time are missing in what is known by then, and all else is there', async () => {
    const { connector, context } = await open({
      deals: `select email as "key" from orders where email in (:emails) and ${SLOW[engine]}`,
      tickets: 'select email as "key", id, title as subject from orders where email in (:emails)',
    });
    const time = new AbortController();
    const reads = new Map<string, () => PersonRecord | undefined>();
    const began: unknown[] = [];
    const failure = await failureOf(
      connector.lookupMany(['zoe@acme.example', 'unknown@acme.example'], {
        signal: time.signal,
        onPartial(email, read) {
          reads.set(email, read);
          began.push([email, read()?.missing]);
          const timer = setInterval(() => {
            if (read()?.missing?.length === 2) return;
            clearInterval(timer);
            if (email === 'zoe@acme.example') time.abort();
          }, 10);
        },
      }),
    );
    expect(failure).to.include({ kind: 'timeout' });
    expect(began).to.deep.equal([
      ['zoe@acme.example', ['deals', 'tickets']],
      ['unknown@acme.example', undefined],
    ]);
    const found = reads.get('zoe@acme.example')?.();
    expect(found?.contact.name).to.equal('Zoe');
    expect(found?.missing).to.deep.equal(['deals']);
    expect(found?.tickets).not.to.be.empty;
    expect([...context.notices]).to.deep.equal([]);
    await connector.close();
  });

  describe('a statement that fails on the values of some', () => {
    const emails = Array.from({ length: 20 }, (_, n) => `p${n}@odd.example`);
    const odd = (email: string) => ['p3@odd.example', 'p11@odd.example'].includes(email);
    /** Too large a number when `odd` is 1. */
    const overflow =
      engine === 'sqlite' ? 'abs(-9223372036854775807 - odd)' : '9223372036854775807 + odd';
    const oddDeals = `select who as "contact.id", id, title as name, ${overflow} as number from odd_orders
      where who in (:contactIds)`;
    before(() =>
      database().exec(`
        create table odd_people (id bigint, email varchar(99), odd bigint);
        create table odd_orders (id bigint, who bigint, title varchar(99), odd bigint);
        insert into odd_people values ${emails.map((one, n) => `(${n}, '${one}', ${Number(odd(one))})`).join()};
        insert into odd_orders values ${emails.map((one, n) => `(${n}, ${n}, 'of p${n}', ${Number(odd(one))})`).join()};
      `),
    );
    const simple = 'select email as "key", id from odd_people where email in (:emails)';

    it('for deals takes away those of these people alone, and is not run again for people or tickets', async () => {
      const { connector, context } = await open({
        person: simple,
        deals: oddDeals,
        tickets: 'select who as "contact.id", id from odd_orders where who in (:contactIds)',
      });
      const found = recordsIn(await connector.lookupMany(emails, never));
      for (const [n, email] of emails.entries()) {
        const { missing, deals: own, tickets } = found.get(email) ?? {};
        expect(missing, email).to.deep.equal(odd(email) ? ['deals'] : []);
        expect(
          own?.map(({ name }) => name),
          email,
        ).to.deep.equal(odd(email) ? undefined : [`of p${n}`]);
        expect(tickets, email).to.have.length(1);
      }
      const run = (operation: string) =>
        context.observed.filter((one) => one.operation === operation).length;
      expect([run('person'), run('tickets')]).to.deep.equal([1, 1]);
      expect(run('deals')).to.be.within(11, 21);
      const notice = context.notices.get('deals');
      expect(notice).to.match(/^deals cannot be read at present: .* on these values/);
      expect(notice).to.not.match(/odd|p3|p11|of p/);
      await connector.lookupMany(['p3@odd.example', 'p11@odd.example'], never);
      expect(context.lines).to.have.length(1);
      await connector.lookupMany(['p0@odd.example', 'p1@odd.example'], never);
      expect([...context.notices]).to.deep.equal([]);
      await connector.close();
    });

    it('for people is an error of these people alone', async () => {
      const { connector } = await open({
        person: simple.replace('id from', `id, ${overflow} as number from`),
        deals: undefined,
      });
      const found = await connector.lookupMany(emails, never);
      for (const email of emails) {
        const one = found.get(email);
        if (odd(email)) expect(one, email).to.include({ kind: 'bad_response' });
        else expect(one, email).to.have.property('contact');
      }
      await connector.close();
    });

    it('for all people is an error of the call, after few statements', async () => {
      const { connector, context } = await open({
        person: simple.replace('id from', `id, ${overflow.replace('odd', '1')} as number from`),
        deals: undefined,
      });
      const error = await failureOf(connector.lookupMany(emails, never));
      expect(error).to.include({ kind: 'bad_response' });
      expect(context.observed).to.have.length.below(20);
      await connector.close();
    });

    describe('of a hundred people', () => {
      const hundred = Array.from({ length: 100 }, (_, n) => `h${n}@odd.example`);
      before(() =>
        database().exec(`
          create table many_people (id bigint, email varchar(99));
          insert into many_people values ${hundred.map((one, n) => `(${n}, '${one}')`).join()};
        `),
      );
      const of = (word: string, join: string, ids: readonly number[]) => {
        const number = overflow.replace('odd', `case when id in (${ids.join()}) then 1 else 0 end`);
        return `select email as "key", id, ${number} as number from many_people where ${join} in (:${word})`;
      };
      const all = hundred.map((_, n) => n);
      const readable = of('emails', 'email', [-1]);
      async function ask(statements: Readonly<Record<string, string>>) {
        const { connector, context } = await open({ deals: undefined, ...statements });
        const found = await connector.lookupMany(hundred, never).catch((error: unknown) => error);
        await connector.close();
        const failed = context.observed.filter(({ status }) => status !== 'ok').length;
        return {
          found: found as Awaited<ReturnType<typeof connector.lookupMany>>,
          context,
          failed,
        };
      }
      const withoutDeals = (found: Awaited<ReturnType<typeof ask>>['found']) =>
        [...recordsIn(found)].flatMap(([email, { missing }]) => (missing?.length ? [email] : []));

      it('and for all is given up, for deals and tickets together', async () => {
        const deals = of('contactIds', 'id', all);
        const { found, context, failed } = await ask({ person: readable, deals, tickets: deals });
        for (const [email, { missing }] of recordsIn(found))
          expect(missing, email).to.deep.equal(['deals', 'tickets']);
        expect(recordsIn(found)).to.have.length(100);
        expect(failed).to.be.within(16, 17);
        expect(context.observed).to.have.length(failed + 1);
      });

      it('finds one or two, and all others have theirs', async () => {
        for (const ids of [[42], [7, 93]]) {
          const { found, failed } = await ask({
            person: readable,
            deals: of('contactIds', 'id', ids),
          });
          expect(withoutDeals(found)).to.deep.equal(ids.map((n) => hundred[n]));
          expect(failed).to.be.at.most(15);
        }
      });

      it('takes only people next to these when there are more, and leaves the others', async () => {
        const ids = [7, 42, 93];
        const { found } = await ask({ person: readable, deals: of('contactIds', 'id', ids) });
        expect(withoutDeals(found)).to.include.members(ids.map((n) => hundred[n]));
        expect(withoutDeals(found)).to.have.length.below(15);
        const { found: people } = await ask({ person: of('emails', 'email', ids) });
        const errors = [...people].filter(([, one]) => one instanceof Error);
        expect(errors.map(([email]) => email)).to.include.members(ids.map((n) => hundred[n]));
        expect(errors).to.have.length.below(15);
        for (const [, error] of errors) expect(error).to.include({ kind: 'bad_response' });
        expect(people).to.have.length(100);
      });
    });

    if (engine === 'postgres') {
      it('such as an id that is no number, where the deals have numbers', async () => {
        const { connector } = await open({
          person: `select email as "key", case odd when 1 then 'lead-' else '' end || id as id from odd_people
            where email in (:emails)`,
          deals: 'select who as "contact.id", id from odd_orders where who in (:contactIds)',
        });
        const found = recordsIn(await connector.lookupMany(emails, never));
        for (const email of emails)
          expect(found.get(email)?.missing, email).to.deep.equal(odd(email) ? ['deals'] : []);
        await connector.close();
      });
    }
  });

  it('a company is found by its very domain, in both forms', async () => {
    const { connector } = await open({
      company: 'select id, name, domain from orgs where domain in (:domains)',
    });
    const find = async (domain: string) => (await connector.findCompany?.(domain, never))?.name;
    expect(await find('acme.example')).to.equal('ACME');
    expect(await find('xn--acm-dma.example')).to.equal('Acmé');
    expect(await find('xn--bcher-kva.example')).to.equal('Bücher');
    await connector.close();
  });

  it('a statement without the column "key" says so', async () => {
    const { connector } = await open({ person: person.replace(' as "key"', '') });
    const error = await connector.lookup('zoe@acme.example', never).catch((one: unknown) => one);
    expect(error).to.include({ kind: 'misconfigured' });
    expect(String(error)).to.match(/no column "key"/);
    await connector.close();
  });
});
