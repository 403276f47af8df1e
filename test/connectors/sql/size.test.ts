/** Results of any size: what is kept of a cell, and of all of them. */
import { expect } from 'chai';
import { recordsIn } from '../../../src/connector/testing/use.ts';
import { forEachEngine, never, openSql, type EngineName } from '../../support/sql/databases.ts';
import { failureOf } from '../../support/sql/wait.ts';

/** A text of so many characters. */
const TEXT: Readonly<Record<EngineName, (chars: number) => string>> = {
  postgres: (chars) => `repeat('x', ${chars})`,
  mysql: (chars) => `repeat('x', ${chars})`,
  sqlite: (chars) => `replace(hex(zeroblob(${chars / 2})), '0', 'x')`,
};

forEachEngine((engine, database) => {
  const notes = (chars: number) =>
    `select email as "key", name, ${TEXT[engine](chars)} as notes from people where email in (:emails)`;
  /** 201 rows of 7 texts that are kept as far as they go: 22 MB. */
  const columns = [1, 2, 3, 4, 5, 6, 7].map((n) => `${TEXT[engine](16_000)} as text${n}`).join();
  const large = `with recursive n (i) as (select 1 union all select i + 1 from n where i < 201)
    select email as "key", i as id, ${columns} from people, n where email in (:emails)`;

  before(() =>
    database().exec(`create table people (email varchar(99), name varchar(99));
      insert into people values ('jane@acme.example', 'Jane')`),
  );
  const open = (statements: Readonly<Record<string, string>>) =>
    openSql({ url: database().url, ...statements });

  it('of a cell of 2 MB the beginning is kept', async () => {
    const { connector } = await open({ person: notes(2_000_000) });
    const found = await connector.lookup('jane@acme.example', never);
    expect(found?.contact.fields?.['notes']).to.have.length(16_000);
    await connector.close();
  });

  it('more than 16 MiB for one statement is a bad response, which says what to change', async () => {
    const { connector } = await open({ person: large });
    for (let round = 0; round < 2; round += 1) {
      const error = await failureOf(connector.lookup('jane@acme.example', never));
      expect(error).to.include({ kind: 'bad_response' });
      expect(error.message).to.match(/ sent more than 16 MiB for one statement; select fewer rows/);
    }
    await connector.close();
  });

  it('rows that are too large together are had for each person, and all others have theirs', async () => {
    await database().exec(
      `insert into people values ${Array.from({ length: 20 }, (_, n) => `('p${n}@acme.example', 'P${n}')`).join()}`,
    );
    const { connector, context } = await open({
      person: notes(10),
      // 11 MB for two people each, 110 kB for the others.
      deals: `with recursive n (i) as (select 1 union all select i + 1 from n where i < 201)
        select email as "key", i as id, name, ${columns} from people, n where email in (:emails)
          and (name in ('P3', 'P4') and i <= 100 or i = 1)`,
    });
    const emails = Array.from({ length: 20 }, (_, n) => `p${n}@acme.example`);
    const found = recordsIn(await connector.lookupMany(emails, never));
    expect(context.observed.filter(({ operation }) => operation === 'person')).to.have.length(1);
    for (const [n, email] of emails.entries()) {
      const person = found.get(email);
      expect(person?.missing, email).to.deep.equal([]);
      expect(person?.deals, email).to.have.length(n === 3 || n === 4 ? 100 : 1);
    }
    await connector.close();
  });

  it('deals of that size are missing; the person is shown', async () => {
    const { connector } = await open({ person: notes(10), deals: large });
    for (let round = 0; round < 2; round += 1) {
      const found = await connector.lookup('jane@acme.example', never);
      expect(found?.contact.name).to.equal('Jane');
      expect(found?.missing).to.deep.equal(['deals']);
    }
    await connector.close();
  });
});

forEachEngine(
  (engine, database) => {
    it('a cell of 400 MB is not taken into memory', async () => {
      await database().exec('create table people (email varchar(99))');
      const { connector } = await openSql({
        url: database().url,
        person: `select 'jane@acme.example' as "key", ${TEXT[engine](400_000_000)} as notes where 'jane@acme.example' in (:emails)`,
      });
      const error = await failureOf(connector.lookup('jane@acme.example', never));
      expect(error).to.include({ kind: 'bad_response' });
      await connector.close();
    });

    for (const [what, array] of [
      ['of 2,000,000 elements', `array_fill('"\\'::text, array[2000000])`],
      ['of three dimensions', `array_fill('"\\'::text, array[1000, 1000, 2])`],
    ] as const) {
      it(`of an array ${what} the beginning is kept`, async () => {
        const { connector } = await openSql({
          url: database().url,
          person: `select 'jane@acme.example' as "key", ${array} as tags where 'jane@acme.example' in (:emails)`,
        });
        const found = await connector.lookup('jane@acme.example', never);
        expect(found?.contact.fields?.['tags']).to.deep.equal(Array<string>(500).fill('"\\'));
        await connector.close();
      });
    }

    it('of an element of 2 MB the beginning is kept', async () => {
      const { connector } = await openSql({
        url: database().url,
        person: `select 'jane@acme.example' as "key", array[repeat('\\', 1000000), 'b'] as tags
          where 'jane@acme.example' in (:emails)`,
      });
      const found = await connector.lookup('jane@acme.example', never);
      expect(found?.contact.fields?.['tags']).to.deep.equal(['\\'.repeat(7_999)]);
      await connector.close();
    });
  },
  ['postgres'],
);
