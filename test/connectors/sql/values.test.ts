/** Types of columns: what a word and a field get, in each database. */
import { expect } from 'chai';
import { forEachEngine, never, openSql, type EngineName } from '../../support/sql/databases.ts';

const EMAIL = 'jane@acme.example';

/** An expression of each dialect, and its value in `fields`. */
type Case = readonly [expression: string, value: unknown];

const CASES: Readonly<Record<EngineName, readonly Case[]>> = {
  postgres: [
    ['12.50::numeric(10,2)', 12.5],
    ['100::numeric', 100],
    ["'NaN'::numeric", null],
    ["'Infinity'::float8", null],
    ['1.1::real', 1.1],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993::bigint', '9007199254740993'],
    ['-9007199254740993::bigint', '-9007199254740993'],
    ['12345678901234567890::numeric', '12345678901234567890'],
    ["date '2026-01-05'", '2026-01-05'],
    ["date 'infinity'", 'infinity'],
    ["timestamp '2026-01-05 10:20:30.123456'", '2026-01-05T10:20:30.123Z'],
    ["timestamptz '2026-01-05 10:20:30+02'", '2026-01-05T08:20:30.000Z'],
    ["timestamptz '2026-07-05 23:30:00 America/St_Johns'", '2026-07-06T02:00:00.000Z'],
    ["(timestamptz '2026-01-05 23:30:00+00')::date", '2026-01-05'],
    ["time '10:20:30'", '10:20:30'],
    ['true', true],
    ['false', false],
    ["b'1'::bit(1)", true],
    ["b'0'::bit(1)", false],
    ["b'101'::bit(3)", '101'],
    ["array['a','b, c']", 'a, b, c'],
    ['array[1,2]', '1, 2'],
    ["array['a',null,'b']", 'a, b'],
    [`array['NULL', 'say "}"', 'C:\\{', '', E'1\\n2']`, 'NULL, say "}", C:\\{, , 1\n2'],
    ["array[['a', 'b'], ['c', null]]", 'a, b, c'],
    ["'[0:1]={a,b}'::text[]", 'a, b'],
    ["'{}'::text[]", ''],
    [`array['{"a": 1}'::jsonb]`, '{"a": 1}'],
    ["array[inet '10.0.0.1']", '10.0.0.1'],
    [`'{"a": 1}'::jsonb`, '{"a": 1}'],
    ["'ä'::bytea", 'ä'],
    ["'\\xff'::bytea", null],
    ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ["'x'::char(3)", 'x  '],
    ['null', null],
  ],
  mysql: [
    ['cast(12.50 as decimal(10,2))', 12.5],
    ['cast(100 as decimal(10,0))', 100],
    ['c_float', 1.1],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['cast(12345678901234567890 as decimal(30,0))', '12345678901234567890'],
    ["date '2026-01-05'", '2026-01-05'],
    ['c_zero', null],
    ["timestamp '2026-01-05 10:20:30.123456'", '2026-01-05T10:20:30.123Z'],
    ['c_stamp', '2026-01-05T10:20:30.000Z'],
    ["time '10:20:30'", '10:20:30'],
    ['c_bool', true],
    ['c_tiny', 5],
    ['c_bit', true],
    ['c_bits', 5],
    ['c_json', '{"a": 1}'],
    ["cast('ä' as binary)", 'ä'],
    ["x'ff'", null],
    ['null', null],
  ],
  sqlite: [
    ['12.5', 12.5],
    ['9e999', null],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['c_date', '2026-01-05'],
    ['c_time', '2026-01-05T10:20:30.123Z'],
    ['c_bool', true],
    [`'{"a": 1}'`, '{"a": 1}'],
    ["cast('ä' as blob)", 'ä'],
    ["x'ff'", null],
    ['null', null],
  ],
};

const TABLES: Readonly<Record<EngineName, string>> = {
  postgres: 'create table odd (); insert into odd default values',
  mysql: `set session time_zone = '+05:00', sql_mode = '';
    create table odd (c_float float, c_bool tinyint(1), c_tiny tinyint, c_bit bit(1), c_bits bit(3), c_json json,
      c_zero date, c_stamp timestamp);
    insert into odd values (1.1, 1, 5, b'1', b'101', '{"a": 1}', '0000-00-00', '2026-01-05 15:20:30')`,
  sqlite: `create table odd (c_date date, c_time datetime, c_bool boolean);
    insert into odd values ('2026-01-05', '2026-01-05 10:20:30.123456', 1)`,
};

forEachEngine((engine, database) => {
  before(() => database().exec(TABLES[engine]));

  async function ask(columns: string, settings: object = {}) {
    const person = `select '${EMAIL}' as "key", ${columns} from odd where 'a' in (:emails) or 1 = 1`;
    const { connector } = await openSql({ url: database().url, person, ...settings });
    try {
      return await connector.lookup(EMAIL, never);
    } finally {
      await connector.close();
    }
  }

  it('fields have plain values, exact where a number would not be', async () => {
    const columns = CASES[engine].map(([expression], at) => `${expression} as f${at}`).join(', ');
    const found = await ask(columns);
    for (const [at, [expression, value]] of CASES[engine].entries()) {
      const held: unknown = found?.contact.fields?.[`f${at}`] ?? null;
      expect(Array.isArray(held) ? held.join(', ') : held, expression).to.deep.equal(value);
    }
  });

  it('a date stays the day it is in whatever time zone the process, the session and the server are', async () => {
    const zone = process.env['TZ'];
    if (engine === 'postgres') {
      const name = new URL(database().url).pathname.slice(1);
      await database().exec(`alter database ${name} set timezone = 'Pacific/Kiritimati'`);
    }
    try {
      for (const one of ['Pacific/Kiritimati', 'America/Los_Angeles', 'UTC']) {
        process.env['TZ'] = one;
        const day = engine === 'sqlite' ? 'c_date' : "date '2026-01-05'";
        const found = await ask(`${day} as "createdAt", ${day} as day`);
        expect(found?.contact.createdAt, one).to.equal('2026-01-05');
        expect(found?.contact.fields, one).to.deep.equal({ day: '2026-01-05' });
        const time = await ask(
          engine === 'sqlite'
            ? 'c_time as "createdAt"'
            : `timestamp '2026-01-05 10:00:00' as "createdAt"`,
        );
        expect(time?.contact.createdAt, one).to.match(/^2026-01-05T10:/);
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it('words get the type they have, and what does not fit is left out', async () => {
    const deals = `select '${EMAIL}' as "key", 7 as id, '12.50' as amount, 1 as open, 0 as won, 'soon' as probability
      where 'a' in (:emails) or 1 = 1`;
    const found = await ask('42 as id, 5 as phone, 7 as "createdAt"', { deals });
    expect(found?.contact).to.deep.include({ id: '42', phone: '5' });
    expect(found?.contact.createdAt ?? null).to.equal(null);
    expect(found?.deals?.[0]).to.deep.include({ id: '7', amount: 12.5, open: true, won: false });
    expect(found?.deals?.[0]?.probability ?? null).to.equal(null);
  });

  it('names that the database folds are understood', async () => {
    const found = await ask(`'Jane' as firstname, 'Doe' as LAST_NAME, 'gold' as plan, 5 as age`);
    expect(found?.contact).to.deep.include({ firstName: 'Jane', lastName: 'Doe' });
    const fields = Object.entries(found?.contact.fields ?? {});
    expect(fields, 'in the order of the columns').to.deep.equal([
      ['plan', 'gold'],
      ['age', 5],
    ]);
  });

  it('of two columns with one name the first counts, and odd names are fields like others', async () => {
    // mysql2 itself refuses this name.
    const odd = engine === 'mysql' ? 'constructor' : '__proto__';
    const found = await ask(`1 as id, 2 as id, 'x' as "${odd}", 'y' as "company.fields.tier"`);
    expect(found?.contact.id).to.equal('1');
    expect(Object.entries(found?.contact.fields ?? {})).to.deep.equal([[odd, 'x']]);
    expect(found?.company?.fields).to.deep.equal({ tier: 'y' });
  });
});
