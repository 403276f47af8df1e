import { expect } from 'chai';
import fc from 'fast-check';
import type { Place } from '../../../connectors/csv/problems.ts';
import { readRows } from '../../../connectors/csv/read-rows.ts';
import { folderOf, signal } from './temporary-folder.ts';

interface Read {
  readonly rows: readonly (readonly string[])[];
  readonly places: readonly Place[];
  /** The error's message, when the reading ended with one. */
  readonly error: string | undefined;
}

async function read(content: string | Uint8Array): Promise<Read> {
  const folder = await folderOf({ 'x.csv': content });
  const rows: (readonly string[])[] = [];
  const places: Place[] = [];
  try {
    const file = { name: 'x.csv', path: `${folder.path}/x.csv` };
    const error = await readRows(
      file,
      (cells, place) => {
        rows.push(cells);
        places.push(place);
      },
      signal(),
    ).then(
      () => undefined,
      (reason: unknown) => (reason as Error).message,
    );
    return { rows, places, error };
  } finally {
    await folder.delete();
  }
}

describe('csv: from bytes to rows', () => {
  for (const [name, delimiter] of Object.entries({ comma: ',', semicolon: ';', tab: '\t' }))
    it(`a ${name} is recognised as the delimiter`, async () => {
      const { rows } = await read(
        `email${delimiter}a b${delimiter}c\n1${delimiter}2${delimiter}3\n`,
      );
      expect(rows).to.deep.equal([
        ['email', 'a b', 'c'],
        ['1', '2', '3'],
      ]);
    });

  it('delimiters within quotes, or within the rows, do not decide', async () => {
    const { rows } = await read('"a;b;c",email\n"x","y;z;z;z"\n');
    expect(rows).to.deep.equal([
      ['a;b;c', 'email'],
      ['x', 'y;z;z;z'],
    ]);
  });

  it('a file of one column needs no delimiter', async () => {
    const { rows } = await read('email\na@x.example;b@x.example\n');
    expect(rows).to.deep.equal([['email'], ['a@x.example;b@x.example']]);
  });

  it('a byte order mark is skipped', async () => {
    const { rows } = await read('\ufeff"email",b\n1,2\n');
    expect(rows[0]).to.deep.equal(['email', 'b']);
  });

  for (const [name, end] of Object.entries({ LF: '\n', CRLF: '\r\n', CR: '\r' }))
    it(`lines may end with ${name}, the last one with nothing`, async () => {
      const { rows, places } = await read(['a,b', '1,2', '3,4'].join(end));
      expect(rows).to.have.length(3);
      expect(places.map(({ line }) => line)).to.deep.equal([1, 2, 3]);
    });

  for (const end of ['\n', '\r\n'])
    it(`lines are counted through quoted line breaks (${JSON.stringify(end)}) and blank lines`, async () => {
      const lines = ['a,b', '"1', '', '1",2', '', '3,4', ' , ', '5,6'];
      const { rows, places } = await read(lines.join(end));
      expect(rows[1]).to.deep.equal([`1${end}${end}1`, '2']);
      expect(places.map(({ line, row }) => [line, row])).to.deep.equal([
        [1, 1],
        [2, 2],
        [6, 4],
        [8, 6],
      ]);
    });

  it('cells are trimmed, doubled quotes are one', async () => {
    const { rows } = await read('a , b\n 1 ,"say ""hi"" "\n');
    expect(rows).to.deep.equal([
      ['a', 'b'],
      ['1', 'say "hi"'],
    ]);
  });

  it('any quoted text is read back, wherever the chunks are cut', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 8 });
    const tables = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(tables, fc.nat(70_000), async (table, padding) => {
        const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const all = [['a', 'é'.repeat(padding >> 1)], ...table];
        const { rows, error } = await read(all.map((row) => row.map(quote).join(',')).join('\n'));
        const clean = (text: string): string => text.replaceAll('\u001f', ' ').trim();
        const expected = all
          .map((row) => row.map(clean))
          .filter((row) => row.some((c) => c !== ''));
        expect(error).to.be.undefined;
        expect(rows).to.deep.equal(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('a missing file and a folder are distinguished', async () => {
    const folder = await folderOf({});
    const failures = ['missing.csv', '.'].map((name) =>
      readRows({ name, path: `${folder.path}/${name}` }, () => undefined, signal()).catch(
        (error: unknown) => (error as Error).message,
      ),
    );
    const [missing, directory] = await Promise.all(failures);
    expect(missing).to.match(/^missing\.csv: there is no such file: \/.*missing\.csv$/);
    expect(directory).to.match(/^\.: expected a file, got a folder or a device: /);
    await folder.delete();
  });

  it('a file in another encoding is refused with the line', async () => {
    const lines = `a,b\n${'1,ü\n'.repeat(30_000)}`;
    const latin1 = Buffer.concat([Buffer.from(lines), Buffer.from('3,\xfc\n', 'latin1')]);
    const { error } = await read(latin1);
    expect(error).to.equal(
      'x.csv:30002: expected UTF-8, got another encoding (perhaps Windows-1252); ' +
        'save the file as "CSV UTF-8"',
    );
  });

  it('a character cut off at the end of the file is refused', async () => {
    expect((await read(Buffer.from('a\nü').subarray(0, 3))).error).to.match(/^x\.csv:2: .*UTF-8/);
  });

  for (const [name, bytes] of Object.entries({
    'with a mark': Buffer.from('\ufeffemail,a\n', 'utf16le'),
    'without a mark': Buffer.from('email,a\n', 'utf16le'),
    'of the other order': Buffer.from('\ufeffemail,a\n', 'utf16le').swap16(),
  }))
    it(`UTF-16 ${name} is refused`, async () => {
      expect((await read(bytes)).error).to.match(/expected UTF-8, got UTF-16/);
    });

  it('an Excel workbook is refused by its name', async () => {
    expect((await read('PK\u0003\u0004…')).error).to.match(
      /Excel workbook; save it as "CSV UTF-8"/,
    );
  });

  it('a quote that is never closed is reported where it begins', async () => {
    const { error } = await read('a,b\n"x\ny",2\n3,"secret\n4,5\n');
    expect(error).to.equal(
      'x.csv:4 (row 3): expected a closing quote ("), got the end of the file',
    );
  });

  it('a quote that is not closed for very long ends the reading', async () => {
    const { error } = await read(`a,b\n1,"secret\n${'4,5\n'.repeat(40_000)}`);
    expect(error).to.match(/^x\.csv:2 \(row 2\): the row is longer than 100000 characters/);
  });

  it('quotes within a cell are reported without the cell', async () => {
    const inside = await read('a,b\nsecret "x",2\n');
    expect(inside.error).to.equal(
      'x.csv:2 (row 2): got a quote (") inside a cell; put the whole cell in quotes and write it as ""',
    );
    const after = await read('a,b\n"secret"x,2\n');
    expect(after.error).to.equal(
      'x.csv:2 (row 2): expected the end of the cell after its closing quote ("); write a quote as ""',
    );
  });

  it('a file without any line break is not read into memory whole', async () => {
    expect((await read('x'.repeat(3_000_000))).error).to.match(/too long|longer than/);
  });

  it('an abort ends the reading', async () => {
    const folder = await folderOf({ 'x.csv': 'a\n'.repeat(60_000) });
    const abort = new AbortController();
    let rows = 0;
    const reading = readRows(
      { name: 'x.csv', path: `${folder.path}/x.csv` },
      () => {
        rows += 1;
        if (rows === 1) abort.abort();
      },
      abort.signal,
    );
    const [outcome] = await Promise.allSettled([reading]);
    expect(outcome.status).to.equal('rejected');
    expect(rows).to.be.lessThan(60_000);
    await folder.delete();
  });
});
