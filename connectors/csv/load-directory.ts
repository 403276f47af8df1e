/** Reads all files of a connection into one directory, or reports all that is wrong with them. */
import {
  ConnectorError,
  normalizeDomain,
  normalizeEmail,
  splitEmails,
} from '../../src/connector/index.ts';
import { SHEETS } from './columns.ts';
import { createDirectory, type Directory, type Tables } from './directory.ts';
import { located, Problems, UnreadableFile } from './problems.ts';
import type { CsvFile } from './read-rows.ts';
import { RowIndex } from './row-store.ts';
import { readTable, type Table, type TableRow } from './table.ts';

export interface Files {
  readonly people: CsvFile;
  readonly companies: CsvFile | undefined;
  readonly deals: CsvFile | undefined;
  readonly tickets: CsvFile | undefined;
}

export interface LoadedDirectory {
  readonly directory: Directory;
  /** What was left out: invalid addresses, rows that belong to no person. */
  readonly warnings: Problems;
}

/** @throws {ConnectorError} `misconfigured`, with up to 20 problems, one a line; its cause is the summary. */
export async function loadDirectory(files: Files, signal: AbortSignal): Promise<LoadedDirectory> {
  const loader = new Loader(signal);
  const companies = files.companies && (await loader.companies(files.companies));
  const people = await loader.people(files.people);
  const deals = files.deals && (await loader.related(files.deals, 'deals'));
  const tickets = files.tickets && (await loader.related(files.tickets, 'tickets'));
  const { problems, warnings } = loader;
  if (problems.total > 0 || people === undefined)
    throw new ConnectorError('misconfigured', problems.texts.join('\n'), {
      cause: new Error(problems.summary()),
    });
  return { directory: createDirectory({ companies, people, deals, tickets }), warnings };
}

/** A method per kind of file; each returns `undefined` when the file cannot be used. */
class Loader {
  readonly problems = new Problems();
  readonly warnings = new Problems();
  readonly #signal: AbortSignal;
  /** `undefined` without a valid file of companies. */
  #companies: RowIndex | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async companies(file: CsvFile): Promise<Tables['companies']> {
    const byId = new RowIndex();
    const byDomain = new RowIndex();
    const table = await this.#read(file, 'companies', (row) => {
      const id = row.cell('id');
      const wrong = id === '' ? 'expected an id, got none' : 'another row has the same id';
      if (id === '' || byId.has(id)) this.problems.add(row.located('id', wrong));
      byId.add(id, row.number);
      this.#addDomain(byDomain, row, 'domain');
      return true;
    });
    if (this.problems.total === 0) this.#companies = byId;
    return table && { ...table, byId, byDomain };
  }

  async people(file: CsvFile): Promise<Tables['people'] | undefined> {
    const byEmail = new RowIndex();
    const byDomain = new RowIndex();
    let withoutEmail = 0;
    const table = await this.#read(file, 'people', (row) => {
      this.#checkCompanyId(row);
      if (!this.#addEmails(byEmail, row)) {
        withoutEmail += 1;
        return false;
      }
      // A person who is joined to a company has that company's domain.
      const isJoined = this.#companies !== undefined && row.cell('companyId') !== '';
      if (!isJoined) this.#addDomain(byDomain, row, 'company.domain');
      return true;
    });
    if (table?.rows.length === 0 && withoutEmail > 0)
      this.problems.add(`${file.name}: not one of the ${withoutEmail} rows has a usable address`);
    return table && { ...table, byEmail, byDomain, withoutEmail };
  }

  async related(file: CsvFile, sheet: 'deals' | 'tickets'): Promise<Tables['deals']> {
    const byEmail = new RowIndex();
    const byCompanyId = new RowIndex();
    const table = await this.#read(file, sheet, (row) => {
      this.#checkCompanyId(row);
      const companyId = row.cell('companyId');
      if (companyId !== '') byCompanyId.add(companyId, row.number);
      if (this.#addEmails(byEmail, row) || companyId !== '') return true;
      if (row.cell('email') === '')
        this.warnings.add(located(row.place, 'expected an email or a companyId, got neither'));
      return false;
    });
    return table && { ...table, byEmail, byCompanyId };
  }

  async #read(
    file: CsvFile,
    sheet: keyof typeof SHEETS,
    keep: (row: TableRow) => boolean,
  ): Promise<Table | undefined> {
    try {
      return await readTable(file, SHEETS[sheet], this.problems, keep, this.#signal);
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.problems.add(...error.problems);
      return undefined;
    }
  }

  /** @returns whether the row has at least one. An empty cell is valid: many people have no address. */
  #addEmails(index: RowIndex, row: TableRow): boolean {
    const keys: string[] = [];
    for (const address of splitEmails(row.cell('email'))) {
      const key = normalizeEmail(address);
      if (key !== undefined && !keys.includes(key)) keys.push(key);
      if (key === undefined)
        this.warnings.add(row.located('email', 'expected an e-mail address, got a text; left out'));
    }
    for (const key of keys) index.add(key, row.number);
    return keys.length > 0;
  }

  #addDomain(index: RowIndex, row: TableRow, field: string): void {
    const cell = row.cell(field);
    const key = normalizeDomain(cell);
    if (key !== undefined) index.add(key, row.number);
    else if (cell !== '')
      this.warnings.add(row.located(field, 'expected a domain such as acme.example; not searched'));
  }

  #checkCompanyId(row: TableRow): void {
    const id = row.cell('companyId');
    if (id === '' || this.#companies === undefined || this.#companies.has(id)) return;
    const text = 'expected the id of a row in the file of companies, got another';
    this.problems.add(row.located('companyId', text));
  }
}
