import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { ENCODINGS, type Encoding } from '../../../connectors/csv/decode.ts';
import { UnreadableFile, type Place } from '../../../connectors/csv/problems.ts';
import { readRows, type FileEnd, type RowReader } from '../../../connectors/csv/read-rows.ts';
import { folderOf, signal } from './temporary-folder.ts';

interface Read {
  readonly rows: readonly (readonly string[])[];
  readonly places: readonly Place[];
  readonly badCells: readonly {
    readonly line: number;
    readonly row: number;
    readonly index: number;
  }[];
  readonly end: FileEnd | undefined;
  /** The error's message, when the reading ended with one. */
  readonly error: string | undefined;
}

async function read(content: string | Uint8Array, encoding: Encoding = 'utf-8'): Promise<Read> {
  const folder = await folderOf({ 'x.csv': content });
  const rows: (readonly string[])[] = [];
  const places: Place[] = [];
  const badCells: Read['badCells'][number][] = [];
  let end: FileEnd | undefined;
  try {
    const file = { name: 'x.csv', path: `${folder.path}/x.csv` };
    const reader: RowReader = {
      onRow(cells, place) {
        rows.push(cells);
        places.push(place);
      },
      onBadCell: ({ line, row }, index) => badCells.push({ line, row, index }),
    };
    const error = await readRows(file, encoding, reader, signal()).then(
      (how) => void (end = how),
      (reason: unknown) => (reason as Error).message,
    );
    return { rows, places, badCells, end, error };
  } finally {
    await folder.delete();
  }
}

const IGNORE: RowReader = { onRow: () => undefined, onBadCell: () => undefined };

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

  it('a missing file and a folder are distinguished, and a pipe is not waited for', async () => {
    const folder = await folderOf({});
    execFileSync('mkfifo', [`${folder.path}/pipe`]);
    const failures = ['missing.csv', '.', 'pipe'].map((name) =>
      readRows({ name, path: `${folder.path}/${name}` }, 'utf-8', IGNORE, signal()).catch(
        (error: unknown) => (error as Error).message,
      ),
    );
    const [missing, directory, pipe] = await Promise.all(failures);
    expect(missing).to.match(/^missing\.csv: there is no such file: \/.*missing\.csv$/);
    expect(directory).to.match(/^\.: expected a file, got a folder or a device: /);
    expect(pipe).to.match(/^pipe: expected a file, got a folder or a device: /);
    await folder.delete();
  });

  it('a file of /proc that only looks like a file is refused with a sentence', async () => {
    for (const [path, got] of [
      ['/proc/kmsg', /something that is not a file|no permission to read it/],
      ['/proc/self/mem', /a disk that fails, or something that is not a file/],
    ] as const) {
      const reading = readRows({ name: 'x.csv', path }, 'utf-8', IGNORE, signal());
      const error: unknown = await reading.catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UnreadableFile);
      const { message } = error as Error;
      expect(message).to.match(/^x\.csv: expected a file, got .*: \/proc\//);
      expect(message).to.match(got);
    }
  });

  it('a file in another encoding is refused with the line', async () => {
    const lines = `a,b\n${'1,ü\n'.repeat(30_000)}`;
    const latin1 = Buffer.concat([Buffer.from(lines), Buffer.from('3,\xfc\n', 'latin1')]);
    const { error } = await read(latin1);
    expect(error).to.equal(
      'x.csv:30002: expected UTF-8, got another encoding; set encoding: windows-1252, ' +
        'or save the file as "CSV UTF-8"',
    );
  });

  it('a character cut off at the end of the file is refused', async () => {
    expect((await read(Buffer.from('a\nü').subarray(0, 3))).error).to.match(/^x\.csv:2: .*UTF-8/);
  });

  for (const [name, bytes] of Object.entries({
    'UTF-8': Buffer.from('\ufeffé,a\n'),
    'UTF-16': Buffer.from('\ufeffé,a\n', 'utf16le'),
    'UTF-16 of the other order': Buffer.from('\ufeffé,a\n', 'utf16le').swap16(),
  }))
    it(`a byte order mark of ${name} decides before the setting does`, async () => {
      for (const encoding of ENCODINGS)
        expect(await read(bytes, encoding)).to.deep.include({ rows: [['é', 'a']] });
    });

  it('each encoding is read as it is written', async () => {
    const { rows } = await read(Buffer.from('é €\n', 'utf16le'), 'utf-16le');
    expect(rows).to.deep.equal([['é €']]);
    for (const encoding of ['windows-1252', 'iso-8859-1'] as const)
      expect(
        (await read(Buffer.from('K\xf6ln \x80 \x96\n', 'latin1'), encoding)).rows,
      ).to.deep.equal([['Köln € –']]);
  });

  it('UTF-16 without a mark is refused, with the setting that helps', async () => {
    const { error } = await read(Buffer.from('email,a\n', 'utf16le'));
    expect(error).to.match(/expected utf-8, got UTF-16 or .*set encoding: utf-16le/);
  });

  it('a first line "sep=;" names the delimiter and is not a row', async () => {
    for (const line of ['sep=;', '"sep=;"', 'SEP=;']) {
      const { rows, places } = await read(`${line}\r\na;b,c\r\n1;2\r\n`);
      expect(rows).to.deep.equal([
        ['a', 'b,c'],
        ['1', '2'],
      ]);
      expect(places[0]).to.include({ line: 2, row: 2 });
    }
  });

  it('an Excel workbook is refused by its name', async () => {
    expect((await read('PK\u0003\u0004…')).error).to.match(
      /Excel workbook; save it as "CSV UTF-8"/,
    );
  });

  it('a cell whose quote is never closed is left out, and the next line is read', async () => {
    const { rows, badCells, places, end } = await read('a,b\n"x\ny",2\n3,"secret\n4,5\n6,"7"\n');
    expect(rows).to.deep.equal([
      ['a', 'b'],
      ['x\ny', '2'],
      ['3', ''],
      ['4', '5'],
      ['6', '7'],
    ]);
    expect(badCells).to.deep.equal([{ line: 4, row: 3, index: 1 }]);
    expect(places[3]).to.include({ line: 5, row: 4 });
    expect(end).to.equal('line break');
  });

  it('so is one whose quote is not closed for very long', async () => {
    const { rows, badCells } = await read(`a,b\n1,"secret\n${'4,5\n'.repeat(40_000)}`);
    expect(badCells).to.deep.equal([{ line: 2, row: 2, index: 1 }]);
    expect(rows).to.have.length(40_002);
  });

  it('so is one with something after its closing quote', async () => {
    const { rows, badCells } = await read('a,b\n"secret"x,2\n3,4\n');
    expect(badCells).to.deep.equal([{ line: 2, row: 2, index: 0 }]);
    expect(rows).to.deep.equal([
      ['a', 'b'],
      ['', '2'],
      ['3', '4'],
    ]);
  });

  it('a file that has such a quote everywhere is refused in a short time', async () => {
    const started = performance.now();
    const { error } = await read(`a,b\n${'1,"secret x,y\n'.repeat(100_000)}`);
    expect(error).to.match(/more than 1000 cells have quotes that are not closed/);
    expect(performance.now() - started).to.be.lessThan(5000);
  });

  it('a quote inside of a cell is text', async () => {
    const { rows } = await read('a,b\nDwayne "The Rock" Johnson,5" disk\n');
    expect(rows[1]).to.deep.equal(['Dwayne "The Rock" Johnson', '5" disk']);
  });

  it('a file may end within a line or within a quoted cell', async () => {
    expect((await read('a,b\n1,2')).end).to.equal('open line');
    expect((await read('a,b\n1,"2')).end).to.equal('open quote');
    expect((await read('a,b\n1,"2\n')).end).to.equal('line break');
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
      'utf-8',
      {
        onRow() {
          rows += 1;
          if (rows === 1) abort.abort();
        },
        onBadCell: () => undefined,
      },
      abort.signal,
    );
    const [outcome] = await Promise.allSettled([reading]);
    expect(outcome.status).to.equal('rejected');
    expect(rows).to.be.lessThan(60_000);
    await folder.delete();
  });
});
