/** Reads all files of a connection into one directory, or reports all that is wrong with them. */
import { ConnectorError, normalizeDomain } from '../../src/connector/index.ts';
import { parseAddresses } from './addresses.ts';
import { isField, splitIds, unusedNames, type SheetName } from './columns.ts';
import { createDirectory, type Directory, type Tables } from './directory.ts';
import { located, Problems, UnreadableFile } from './problems.ts';
import type { CsvFile } from './read-rows.ts';
import { RowIndex } from './row-store.ts';
import { readTable, type FileFormat, type Table, type TableRow } from './table.ts';

export type Files = Readonly<Record<'companies' | 'deals' | 'tickets', CsvFile | undefined>> & {
  readonly people: CsvFile;
};

export interface LoadedDirectory {
  readonly directory: Directory;
  /** By the name of the file. */
  readonly tables: ReadonlyMap<string, Table>;
  /** What was left out: cells, invalid addresses, rows that belong to no person. */
  readonly warnings: Problems;
  /** Settings that name a column which no file has. */
  readonly unused: readonly string[];
  /** Lines below the tables: where they begin, one text a file. */
  readonly footers: readonly string[];
  /** The files that end within a row. */
  readonly cutOff: readonly string[];
}

/** @throws {ConnectorError} `unavailable`, with up to 20 problems, one a line; its cause is the summary. */
export async function loadDirectory(
  files: Files,
  format: FileFormat,
  signal: AbortSignal,
): Promise<LoadedDirectory> {
  const loader = new Loader(format, signal);
  const companies = files.companies && (await loader.companies(files.companies));
  const people = await loader.people(files.people);
  const deals = files.deals && (await loader.related(files.deals, 'deals'));
  const tickets = files.tickets && (await loader.related(files.tickets, 'tickets'));
  const { problems, warnings, tables } = loader;
  if (problems.total > 0 || people === undefined)
    throw new ConnectorError('unavailable', problems.texts.join('\n'), {
      cause: new Error(problems.summary()),
    });
  return {
    directory: createDirectory({ companies, people, deals, tickets }),
    tables,
    warnings,
    unused: unusedSettings(format, [...tables.values()]),
    footers: [...tables.values()].flatMap(({ footer }) =>
      footer === undefined
        ? []
        : `${footer.rows} ${footer.rows === 1 ? 'line' : 'lines'} below the table from ${footer.from.file}:${footer.from.line} on not read`,
    ),
    cutOff: [...tables].flatMap(([name, { isCutOff }]) => (isCutOff ? name : [])),
  };
}

/** A misspelt heading in the settings would go unnoticed. */
function unusedSettings(format: FileFormat, tables: readonly Table[]): readonly string[] {
  const fields = tables.flatMap((table) => {
    const indexes = new Set(table.columns.filter(isField).map(({ index }) => index));
    return table.headings.filter((_, index) => indexes.has(index));
  });
  return unusedNames(
    format,
    tables.flatMap(({ headings }) => headings),
    fields,
  );
}

/** A method per kind of file; each returns `undefined` when the file cannot be used. */
class Loader {
  /** What makes a file unusable. */
  readonly problems = new Problems();
  readonly warnings = new Problems();
  /** By the name of the file. */
  readonly tables = new Map<string, Table>();
  readonly #format: FileFormat;
  readonly #signal: AbortSignal;
  /** `undefined` without a valid file of companies. */
  #companies: RowIndex | undefined;

  constructor(format: FileFormat, signal: AbortSignal) {
    this.#format = format;
    this.#signal = signal;
  }

  async companies(file: CsvFile): Promise<Tables['companies']> {
    const byId = new RowIndex();
    const byDomain = new RowIndex();
    const table = await this.#read(file, 'companies', (row) => {
      const id = row.cell('id');
      const wrong = id === '' ? 'expected an id, got none' : 'another row has the same id';
      if (id === '' || byId.has(id)) {
        this.warnings.add(row.located('id', `${wrong}; the row is left out`));
        return false;
      }
      byId.add(id, row.number);
      this.#addDomain(byDomain, row, 'domain');
      return true;
    });
    if (table !== undefined) this.#companies = byId;
    return table && { ...table, byId, byDomain };
  }

  async people(file: CsvFile): Promise<Tables['people'] | undefined> {
    const byEmail = new RowIndex();
    const byDomain = new RowIndex();
    let withoutEmail = 0;
    const before = this.warnings.total;
    const table = await this.#read(file, 'people', (row) => {
      if (!this.#addEmails(byEmail, row)) {
        withoutEmail += 1;
        return false;
      }
      this.#checkCompanyId(row);
      // A person who is joined to a company has that company's domain.
      const isJoined = this.#companies !== undefined && row.cell('companyId') !== '';
      if (!isJoined) this.#addDomain(byDomain, row, 'company.domain');
      return true;
    });
    if (table?.rows.length === 0 && withoutEmail > 0)
      this.problems.add(`${file.name}: not one of the ${withoutEmail} rows has a usable address`);
    else if (table?.rows.length === 0 && this.warnings.total > before)
      this.problems.add(...this.warnings.texts.filter((text) => text.startsWith(`${file.name}:`)));
    else if (table?.rows.length === 0)
      this.warnings.add(`${file.name}: expected people below the headings, got none`);
    return table && { ...table, byEmail, byDomain, withoutEmail };
  }

  async related(file: CsvFile, sheet: 'deals' | 'tickets'): Promise<Tables['deals']> {
    const byEmail = new RowIndex();
    const byContactId = new RowIndex();
    const byCompanyId = new RowIndex();
    const table = await this.#read(file, sheet, (row) => {
      this.#checkCompanyId(row);
      const contactIds = splitIds(row.cell('contactId'));
      const companyIds = splitIds(row.cell('companyId'));
      for (const id of contactIds) byContactId.add(id, row.number);
      for (const id of companyIds) byCompanyId.add(id, row.number);
      if (this.#addEmails(byEmail, row) || contactIds.length + companyIds.length > 0) return true;
      if (row.cell('email') === '')
        this.warnings.add(located(row.place, 'expected an email or a companyId, got neither'));
      return false;
    });
    return table && { ...table, byEmail, byContactId, byCompanyId };
  }

  async #read(
    file: CsvFile,
    sheet: SheetName,
    keep: (row: TableRow) => boolean,
  ): Promise<Table | undefined> {
    try {
      const table = await readTable(file, sheet, this.#format, this.warnings, keep, this.#signal);
      this.tables.set(file.name, table);
      return table;
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.problems.add(...error.problems);
      return undefined;
    }
  }

  /** @returns whether the row has at least one. An empty cell is valid: many people have no address. */
  #addEmails(index: RowIndex, row: TableRow): boolean {
    const { keys, problem } = parseAddresses(row.cell('email'));
    if (problem !== undefined) this.warnings.add(row.located('email', `${problem}; left out`));
    for (const key of keys) index.add(key, row.number);
    return keys.length > 0;
  }

  #addDomain(index: RowIndex, row: TableRow, word: string): void {
    const cell = row.cell(word);
    const key = normalizeDomain(cell);
    if (key !== undefined) index.add(key, row.number);
    else if (cell !== '')
      this.warnings.add(row.located(word, 'expected a domain such as acme.example; not searched'));
  }

  #checkCompanyId(row: TableRow): void {
    const companies = this.#companies;
    const ids = splitIds(row.cell('companyId'));
    if (companies === undefined || ids.every((id) => companies.has(id))) return;
    const text = 'expected the id of a row in the file of companies, got another; not joined';
    this.warnings.add(row.located('companyId', text));
  }
}
