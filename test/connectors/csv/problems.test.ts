import { expect } from 'chai';
import { Problems } from '../../../connectors/csv/problems.ts';
import { problemsOf, signal, warningsOf, withFiles } from './temporary-folder.ts';

describe('csv: what is said of a wrong file', () => {
  it('a text that no file is called is not shown: it may be a secret in a wrong place', async () => {
    const people = { 'people.csv': 'email,name\na@x.example,Ada\n' };
    expect(await problemsOf(people, { file: 'hunter2pw' })).to.deep.equal([
      'file: there is no such file',
    ]);
    expect(await problemsOf(people, { deals: 'hunter2pw' })).to.deep.equal([
      'deals: there is no such file',
    ]);
    expect((await problemsOf(people, { file: 'pople.csv' })).join()).to.match(
      /^pople\.csv: there is no such file: \/.*/,
    );
  });

  it('a cell of the wrong kind is left out with file, line, column and row, without its content', async () => {
    const files = {
      'people.csv': 'email,title\na@x.example,"two\nlines"\n',
      'deals.csv':
        'email,name,amount,open,closeDate\na@x.example,"x\ny",1.5,true,\na@x.example,secret,12 k€,perhaps,24.11.2026\n',
    };
    expect(await warningsOf(files)).to.deep.equal([
      'deals.csv:4:3 (row 3, column "amount"): expected a number such as 1234.50, got a number with a unit, or a text; left out',
      'deals.csv:4:4 (row 3, column "open"): expected true or false (or yes, no, 1, 0), got a text; left out',
      'deals.csv:4:5 (row 3, column "closeDate"): expected a date such as 2026-11-24, or 2026-11-24T09:40:00Z, got a date in another form; left out (set dates: dmy)',
    ]);
    await withFiles(files, async ({ connector }) => {
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.deals?.[1]).to.deep.equal({ name: 'secret' });
    });
  });

  it('an address of a record that is not one of http or https is left out', async () => {
    const people =
      'email,url\na@x.example,javascript:alert(1)\nb@x.example,https://crm.example/2\n';
    expect(await warningsOf({ 'people.csv': people })).to.deep.equal([
      'people.csv:2:2 (row 2, column "url"): expected an address that begins with https:// or http://, got a text; left out',
    ]);
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      const urlOf = async (email: string) =>
        (await connector.lookup(email, { signal: signal() }))?.contact.url;
      expect(await urlOf('a@x.example')).to.equal(undefined);
      expect(await urlOf('b@x.example')).to.equal('https://crm.example/2');
    });
  });

  it('a row with too many cells is left out, in one with too few the missing ones are empty', async () => {
    const people = 'email,name\na@x.example,Doe, Jane\nb@x.example\nc@x.example,Cy\n';
    expect(await warningsOf({ 'people.csv': people })).to.deep.equal([
      'people.csv:2 (row 2): expected 2 cells like the first row, got 3; the row is left out (a cell with the delimiter in it must be in quotes)',
      'people.csv:3 (row 3): expected 2 cells like the first row, got 1; the missing ones are taken for empty',
    ]);
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      const known = async (email: string) =>
        (await connector.lookup(email, { signal: signal() })) !== undefined;
      expect(await known('a@x.example')).to.equal(false);
      expect(await known('b@x.example')).to.equal(true);
      expect(await known('c@x.example')).to.equal(true);
    });
  });

  it('a cell with a quote that is not closed is left out, its row is read', async () => {
    const people = 'email,name\na@x.example,Ann\nb@x.example,"Bob\nc@x.example,Cy\n';
    expect(await warningsOf({ 'people.csv': people })).to.deep.equal([
      'people.csv:3:2 (row 3, column "name"): expected a closing quote (") at the end of the cell, got none; ' +
        'left out (write a quote as "")',
    ]);
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      for (const email of ['a@x.example', 'b@x.example', 'c@x.example'])
        expect((await connector.lookup(email, { signal: signal() }))?.contact).to.include({
          email,
        });
    });
  });

  it('a company without an id, or with one that is there already, is left out', async () => {
    const files = {
      'people.csv': 'email,companyId\na@x.example,C1\n',
      'companies.csv': 'id,name\nC1,One\n,None\nC1,Twin\n',
    };
    expect(await warningsOf(files)).to.deep.equal([
      'companies.csv:3:1 (row 3, column "id"): expected an id, got none; the row is left out',
      'companies.csv:4:1 (row 4, column "id"): another row has the same id; the row is left out',
    ]);
    await withFiles(files, async ({ connector }) => {
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.company?.name).to.equal('One');
    });
  });

  it('a companyId that no company has is a warning, in each file', async () => {
    const files = {
      'people.csv': 'email,companyId\na@x.example,C2\n',
      'companies.csv': 'id\nC1\n',
      'deals.csv': 'name,companyId\nx,C3\n',
      'tickets.csv': 'subject,companyId\nx,C1\n',
    };
    const text = 'expected the id of a row in the file of companies, got another; not joined';
    expect(await warningsOf(files)).to.deep.equal([
      `people.csv:2:2 (row 2, column "companyId"): ${text}`,
      `deals.csv:2:2 (row 2, column "companyId"): ${text}`,
    ]);
  });

  it('a broken file of companies does not make every companyId a problem', async () => {
    const files = {
      'people.csv': 'email,companyId\na@x.example,C2\n',
      'companies.csv': 'ident,employees\nC2,many\n',
    };
    expect(await problemsOf(files)).to.have.length(1);
  });

  it('without a file of companies a companyId only joins deals and tickets', async () => {
    const files = {
      'people.csv': 'email,companyId\na@x.example,C2\n',
      'deals.csv': 'name,companyId\nx,C2\n',
    };
    await withFiles(files, async ({ connector }) => {
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.deals).to.have.length(1);
      expect(answer?.company).to.be.undefined;
    });
  });

  it('the problems of all files are reported at once, missing files among them', async () => {
    const files = { 'people.csv': 'name\nJane\n', 'companies.csv': '', deals: 'x' };
    const problems = await problemsOf(files);
    expect(problems).to.have.length(3);
    expect(problems[0]).to.equal(
      'companies.csv: the file is empty; its first line must name the columns',
    );
    expect(problems[1]).to.match(/^people\.csv:1 \(row 1\): expected the columns' names/);
    expect(problems[2]).to.match(/^deals:1 \(row 1\): /);
  });

  it('twenty problems are reported, and how many more there are', async () => {
    const people = `email,kind\n${'a@x.example,friend\n'.repeat(30)}`;
    const warnings = await warningsOf({ 'people.csv': people });
    expect(warnings).to.have.length(21);
    expect(warnings[19]).to.match(/^people\.csv:21:2 /);
    expect(warnings[20]).to.equal('… and 10 more');
  });

  it('a file of people without any usable address is an error', async () => {
    expect(await problemsOf({ 'people.csv': 'email,name\nJane,a\nJoe,b\n' })).to.deep.equal([
      'people.csv: not one of the 2 rows has a usable address',
    ]);
  });

  it('a file without rows is not an error, but a warning', async () => {
    await withFiles({ 'people.csv': 'email,name\n' }, async ({ connector, context }) => {
      expect(await connector.lookup('a@x.example', { signal: signal() })).to.be.undefined;
      expect(context.notices.get('cells')).to.match(/people\.csv: expected people below/);
    });
  });

  it('the summary has the first problem and the number of the others', () => {
    const problems = new Problems();
    problems.add('a');
    expect(problems.summary()).to.equal('a');
    problems.add('b', 'c');
    expect(problems.summary()).to.equal('a (and 2 more)');
  });
});

describe('csv: what is left out', () => {
  const files = {
    'people.csv':
      'email,name\na@x.example; not an address,Ada\nneither,Bob\n,Cleo\nd@x.example,Dan\n',
    'deals.csv': 'email,companyId,name\n,,Nobody’s\na@x.example,,Renewal\n',
    'companies.csv': 'id,domain\nC1,https://acme.example/\n',
  };

  it('an invalid address, a deal without a person, an invalid domain are warnings', async () => {
    await withFiles(files, async ({ connector, context }) => {
      expect(await connector.check?.({ signal: signal() })).to.deep.equal([
        {
          level: 'ok',
          message:
            '2 people with 2 addresses in people.csv, 2 more without a usable address, ' +
            '1 company in companies.csv, 1 deal in deals.csv',
        },
        { level: 'ok', message: 'people.csv: has the columns email, name' },
        { level: 'ok', message: 'companies.csv: has the columns id, domain' },
        { level: 'ok', message: 'deals.csv: has the columns email, companyId, name' },
        {
          level: 'warning',
          message:
            'companies.csv:2:2 (row 2, column "domain"): expected a domain such as acme.example; not searched',
        },
        {
          level: 'warning',
          message:
            'people.csv:2:1 (row 2, column "email"): expected an e-mail address, got a text; left out',
        },
        {
          level: 'warning',
          message:
            'people.csv:3:1 (row 3, column "email"): expected an e-mail address, got a text; left out',
        },
        {
          level: 'warning',
          message: 'deals.csv:2 (row 2): expected an email or a companyId, got neither',
        },
      ]);
      expect(context.notices.get('cells')).to.match(/^companies\.csv:2:2 .*\(and 3 more\)$/);
      expect(context.lines.map(({ level }) => level)).to.deep.equal(['warn']);
    });
  });

  it('an empty address is nothing to warn about', async () => {
    const people = 'email,name\na@x.example,Ada\n,Bob\n';
    await withFiles({ 'people.csv': people }, ({ context }) => {
      expect(context.notices.size).to.equal(0);
      expect(context.lines).to.deep.equal([]);
    });
  });
});
