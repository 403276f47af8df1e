import { expect } from 'chai';
import fc from 'fast-check';
import { parseStatement, type Dialect } from '../../../connectors/sql/statement.ts';
import { forEachEngine, openSql, postgres, mysql, never } from '../../support/sql/databases.ts';
import { hostileAddresses } from '../../../src/connector/testing/hostile-addresses.ts';

const DIALECTS = ['postgres', 'mysql', 'sqlite'] as const;

function bound(text: string, dialect: Dialect = 'postgres') {
  return parseStatement(text, dialect).bind({ emails: ['a', 'b'], contactIds: ['1'] });
}

describe('a statement', () => {
  it('has a list of values in the form of each dialect, never the values', () => {
    const text = 'select 1 from t where a in (:emails) or b IN ( :contactIds );';
    expect(bound(text)).to.deep.equal({
      text: 'select 1 from t where a = any($1) or b = any($2)',
      values: [['a', 'b'], ['1']],
    });
    expect(bound(text, 'mysql')).to.deep.equal({
      text: 'select 1 from t where a in (?, ?) or b in (?)',
      values: ['a', 'b', '1'],
    });
    expect(bound(text, 'sqlite')).to.deep.equal({
      text: 'select 1 from t where a in (select value from json_each(?)) or b in (select value from json_each(?))',
      values: ['["a","b"]', '["1",1]'],
    });
  });

  it('has lists of few lengths on MySQL, filled by the last value', () => {
    const { text, values } = parseStatement('select 1 where a in (:emails)', 'mysql').bind({
      emails: ['a', 'b', 'c'],
    });
    expect(text).to.equal('select 1 where a in (?, ?, ?, ?, ?)');
    expect(values).to.deep.equal(['a', 'b', 'c', 'c', 'c']);
  });

  const problems: readonly (readonly [
    text: string,
    message: RegExp,
    dialects?: readonly Dialect[],
  ])[] = [
    ['delete from t where a in (:emails)', /begins with SELECT or WITH/],
    ['with x as (select 1) delete from t where a in (:emails)', /only reads/],
    ['with x as (delete from t returning *) select * from x', /only reads/],
    ['(select 1)', /begins with SELECT/],
    ['select 1; select 2', /several/],
    ['select 1 into outfile "/tmp/x"', /INTO/],
    ['select a from t for update', /locks/],
    ['select a from t lock in share mode', /locks/],
    ['select 1 where a in (:emials)', /:emials is not a placeholder; did you mean :emails\?/],
    [
      'select 1 where a in (:ids)',
      /a name after ":" is not a placeholder; there are :emails, :contactIds/,
    ],
    ['select 1 where a = :emails', /:emails is a list; write "in \(:emails\)"/],
    ['select 1 where a not in (:emails)', /"not in \(:emails\)" is not supported/],
    ['select 1 where a in (:emails) and b = $1', /"\$1" has no value/, ['postgres']],
    ['select 1 where a in (:emails) and b = ?', /"\?" has no value/, ['mysql', 'sqlite']],
    ['select 1 where a in (:emails) and b = @c', /"@" has no value/, ['sqlite']],
    ['select 1 where "E-Mail" in (:emails)', /in MySQL the name of a column stands/, ['mysql']],
    ["select 'a", /the text or name that begins with ' has no end/],
    ['select 1 /* a', /a comment \/\* has no end/],
    ['select 1 /*!50000 , 2 */', /comments that MySQL executes/, ['mysql']],
    ['select 1 /*M!100100 , 2 */', /comments that MySQL executes/, ['mysql']],
    ['select \u0000 1', /control character/],
  ];
  for (const [text, message, dialects = DIALECTS] of problems) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      for (const dialect of dialects)
        expect(() => parseStatement(text, dialect), dialect).to.throw(message);
    });
  }

  it('may have a comment first, a semicolon and a comment last, and words like those of other statements', () => {
    for (const dialect of DIALECTS) {
      const text = '-- people\nselect updated, "delete" from t where a in (:emails) ; -- done';
      expect(bound(text, dialect).text, dialect).to.match(/^-- people\nselect .* /s);
      expect(bound(text, dialect).text).to.not.include(';');
      expect(() => parseStatement('with x as (select 1) select * from x', dialect)).to.not.throw();
    }
  });

  it('looks for nothing in texts, names, comments and casts', () => {
    const inside: Readonly<Record<Dialect, readonly string[]>> = {
      postgres: [
        `'in (:emails)'`,
        `"in (:emails)"`,
        `'a''in (:emails)'`,
        `'a\\' || 'in (:emails)'`,
        `E'a\\'in (:emails)'`,
        `E'a'\n'\\'in (:emails)'`,
        `$$in (:emails)$$`,
        `$a$ $$ in (:emails)$a$`,
        `1 /* /* */ in (:emails) */`,
        `1 -- in (:emails)\n`,
        `a::emails`,
        `b[1:emails]`,
      ],
      mysql: [
        `'in (:emails)'`,
        `"in (:emails)"`,
        '`in (:emails)`',
        `'a\\'in (:emails)'`,
        `1 # in (:emails)\n`,
        `1 -- in (:emails)\n`,
        `1 /* in (:emails) */`,
      ],
      sqlite: [
        `'in (:emails)'`,
        `"in (:emails)"`,
        '`in (:emails)`',
        `[in (:emails)]`,
        `'a\\' || 'in (:emails)'`,
        `1 -- in (:emails)\n`,
        `1 /* in (:emails) */`,
      ],
    };
    for (const dialect of DIALECTS)
      for (const text of inside[dialect])
        expect(parseStatement(`select ${text}`, dialect).bind({}).text).to.equal(`select ${text}`);
    expect(bound(`select 1 from t where "a"in(:emails)`).values).to.have.length(1);
    expect(bound(`select 1 from t where a--b\nin /* c */ (:emails)`).values).to.have.length(1);
    expect(bound(`select 1--1 where a in (:emails)`, 'mysql').values).to.have.length(2);
  });
});

/** @returns whether the server sees parameters in the text; `undefined` when it does not understand it. */
type Oracle = (text: string) => Promise<boolean | undefined>;

const PIECES: Readonly<Record<Dialect, readonly string[]>> = {
  postgres: [
    `'`,
    `''`,
    `E'`,
    `e'`,
    `\\`,
    `\\'`,
    `"`,
    `$$`,
    `$a$`,
    `$1`,
    'é',
    '--',
    '\n',
    '/*',
    '*/',
    '::text',
    `U&'`,
    `U&"`,
    `N'`,
    '@',
    '-',
    '*',
    '/',
    '?',
    '$',
    '\u00a0',
  ],
  mysql: [
    ...[`'`, `''`, `"`, '`', `\\`, `\\'`, '#', '--', '-- ', '\n', '/*', '*/', '_utf8mb4', "x'"],
    ...[`N'`, '--\t', '-', '*', '/', '!', '@', '$', '\u00a0', '\u2028'],
  ],
  sqlite: [
    ...[`'`, `''`, `"`, '`', '[', ']', `\\`, '--', '\n', '/*', '*/', "x'"],
    ...['-', '*', '/', '->>', '\u00a0', '\ufeff'],
  ],
};
const PARAMETER: Readonly<Record<Dialect, string>> = {
  postgres: '= any($1)',
  mysql: 'in (?)',
  sqlite: 'in (select value from json_each(?))',
};
const COMMON = [
  ' ',
  'a',
  '1',
  ',',
  '(',
  ')',
  `'a'`,
  `'a' in (:emails)`,
  'in (:emails)',
  ' or ',
  '+',
  '\r',
];

forEachEngine((engine, database) => {
  let isParameter: Oracle;
  let close: () => Promise<void>;

  before(async () => {
    const url = database().url;
    if (engine === 'postgres') {
      const client = await postgres(url);
      isParameter = async (text) => {
        const failed = await client.query(text, ['{a}']).then(
          () => undefined,
          (error: { code: string; message: string }) => error,
        );
        if (failed === undefined) return true;
        return /supplies 1 parameters, but .* requires 0/.test(failed.message) ? false : undefined;
      };
      close = () => client.end();
    } else if (engine === 'mysql') {
      const client = await mysql(url);
      isParameter = async (text) => {
        try {
          const prepared = await client.prepare(text);
          const { parameters } = (prepared as unknown as { statement: { parameters: unknown[] } })
            .statement;
          await prepared.close();
          return parameters.length > 0;
        } catch {
          return undefined;
        }
      };
      close = () => client.end();
    } else {
      isParameter = async (text) => {
        const { DatabaseSync } = await import('node:sqlite');
        const memory = new DatabaseSync(':memory:');
        try {
          memory.prepare(text).all('[]');
          return true;
        } catch (error) {
          return /column index out of range/.test(String(error)) ? false : undefined;
        } finally {
          memory.close();
        }
      };
      close = () => Promise.resolve();
    }
  });
  after(() => close());

  it('the scanner finds a placeholder exactly where the server sees code', async () => {
    let understood = 0;
    const piece = fc.constantFrom(...PIECES[engine], ...COMMON);
    const quoted = fc.constantFrom(...quotedTexts(engine));
    const soup = fc.array(fc.oneof(piece, quoted), { maxLength: 6 }).map((all) => all.join(''));
    const items = fc
      .array(quoted, { maxLength: 4 })
      .map((all) => all.map((one) => `${one}, `).join(''));
    const comments = fc.array(
      fc.constantFrom(' ', '\n', '/* in (:emails) */', `-- '\n`, '/*', '--', '*/'),
      {
        maxLength: 3,
      },
    );
    const before = fc.oneof(
      soup,
      items,
      fc.tuple(items, comments, soup).map((all) => all.flat().join('')),
    );
    const after = fc.oneof(
      fc.constant(''),
      soup,
      comments.map((all) => all.join('')),
    );
    await fc.assert(
      fc.asyncProperty(before, after, async (start, end) => {
        const [front, mark] = [`select 1, ${start} 'a' `, 'in (:domains)'];
        let found: boolean;
        try {
          const { placeholders } = parseStatement(front + mark + end, engine);
          if (placeholders.has('emails')) return; // The server would take it for another parameter.
          found = placeholders.has('domains');
        } catch (error) {
          // Stricter than the server, such as "not in"; what stands in a text is not looked at.
          expect(String(error), JSON.stringify(front + mark + end)).to.not.match(
            /:domains is a list/,
          );
          return;
        }
        const isCode = await isParameter(front + PARAMETER[engine] + end);
        if (isCode === undefined) return;
        understood += 1;
        expect(found, JSON.stringify(front + mark + end)).to.equal(isCode);
      }),
      { numRuns: Number(process.env['SQL_RUNS'] ?? 800) },
    );
    expect(understood, 'statements that the server understood').to.be.greaterThan(50);
  });

  it('no address whatever changes a statement', async () => {
    const person = `select ${echo(engine)} as "key", 'n' as name where 1 = 1 or 'a' in (:emails)`;
    const { connector } = await openSql({ url: database().url, person });
    const domain = 'odd.example';
    const local = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
      fc.stringMatching(/^['"\\$;:?%`{}()@,\-#/* ]{1,20}$/),
    );
    try {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(local, { minLength: 1, maxLength: 10 }), async (locals) => {
          const emails = locals.map((one) => `${one.replaceAll('\0', '')}@${domain}`);
          await connector.lookupMany(emails, never);
        }),
        { numRuns: 100 },
      );
      const hostile = hostileAddresses('jane@acme.example');
      expect((await connector.lookupMany(hostile, never)).size).to.equal(0);
    } finally {
      await connector.close();
    }
  });

  it('every address comes back from the server as it was sent', async () => {
    const { text, values } = parseStatement(roundTrip(engine), engine).bind({ emails: ODD });
    const rows = await run(text, values);
    expect(new Set(rows)).to.deep.equal(new Set(ODD));
  });

  async function run(text: string, values: readonly unknown[]): Promise<readonly unknown[]> {
    const { url } = database();
    if (engine === 'postgres') {
      const client = await postgres(url);
      const { rows } = await client.query<{ v: string }>(text, [...values]);
      await client.end();
      return rows.map(({ v }) => v);
    }
    if (engine === 'mysql') {
      const client = await mysql(url);
      const [rows] = await client.execute(text, values as string[]);
      await client.end();
      return (rows as unknown as readonly { v: string }[]).map(({ v }) => v);
    }
    const { DatabaseSync } = await import('node:sqlite');
    const file = new DatabaseSync(url.slice('sqlite:'.length));
    const rows = file.prepare(text).all(...(values as string[]));
    file.close();
    return rows.map(({ v }) => v);
  }
});

/** A table of the odd addresses themselves would need escaping: the lists hold them, so they are compared there. */
const ODD = [
  `o'brien@a.example`,
  `"a b"@a.example`,
  `a\\'; drop table t; --@a.example`,
  `$$a$$@a.example`,
  `:emails@a.example`,
  `{a,b}@a.example`,
  `%_?@a.example`,
  `zoé🎉@a.example`,
  `null@a.example`,
  `[1]@a.example`,
] as const;

function roundTrip(engine: Dialect): string {
  const all = ODD.map((one) => `select ${literal(one, engine)} as v`).join(' union all ');
  return `select v from (${all}) as odd where v in (:emails)`;
}

function literal(text: string, engine: Dialect): string {
  const escaped = text.replaceAll("'", "''");
  return `'${engine === 'mysql' ? escaped.replaceAll('\\', '\\\\') : escaped}'`;
}

function echo(engine: Dialect): string {
  return engine === 'mysql' ? `'jane@acme.example'` : `'jane@' || 'acme.example'`;
}

function quotedTexts(engine: Dialect): readonly string[] {
  const common = [`'x in (:emails) '`, `"y"`, `/* in (:emails) */`, `-- in (:emails)\n`, `'it''s'`];
  const own: Readonly<Record<Dialect, readonly string[]>> = {
    postgres: [
      `$$ in (:emails) $$`,
      `$q$ ' $q$`,
      `E'\\' in (:emails)'`,
      `E'a'\n'\\''`,
      `/* /* ' */ */`,
      `'\\'`,
    ],
    mysql: [`'\\' in (:emails)'`, `"\\""`, `# '\n`, '`in (:emails)`', `--1`],
    sqlite: [`[in (:emails)]`, '`a`', `'\\'`],
  };
  return [...common, ...own[engine]];
}
