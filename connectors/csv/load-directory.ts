/** Reads all files of a connection into one directory, or says everything that is wrong with them. */
import { ConnectorError } from '../../src/connector/index.ts';
import { sheets } from './columns.ts';
import { createDirectory, type Directory, type Tables } from './directory.ts';
import { domainKey, emailKey, splitAddresses } from './email-key.ts';
import { at, Problems, UnreadableFile } from './problems.ts';
import type { CsvFile } from './read-rows.ts';
import { RowIndex } from './row-index.ts';
import { readTable, type Table, type TableRow } from './table.ts';

export interface Files {
  readonly people: CsvFile;
  readonly companies: CsvFile | undefined;
  readonly deals: CsvFile | undefined;
  readonly tickets: CsvFile | undefined;
}

export interface Loaded {
  readonly directory: Directory;
  /** What was left out: addresses that are none, rows that belong to nobody. */
  readonly warnings: Problems;
}

/** @throws {ConnectorError} `misconfigured`, with up to 20 problems, one a line; its cause is the summary. */
export async function loadDirectory(files: Files, signal: AbortSignal): Promise<Loaded> {
  const loader = new Loader(signal);
  const companies = files.companies && (await loader.companies(files.companies));
  const people = await loader.people(files.people);
  const deals = files.deals && (await loader.joined(files.deals, 'deals'));
  const tickets = files.tickets && (await loader.joined(files.tickets, 'tickets'));
  const { problems, warnings } = loader;
  if (problems.total > 0 || people === undefined)
    throw new ConnectorError('misconfigured', problems.texts.join('\n'), {
      cause: new Error(problems.summary()),
    });
  return { directory: createDirectory({ companies, people, deals, tickets }), warnings };
}

/** A method per kind of file. Each gives nothing when the file cannot be used. */
class Loader {
  readonly problems = new Problems();
  readonly warnings = new Problems();
  readonly #signal: AbortSignal;
  /** The companies there are; unknown without a file that can be relied on. */
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
      if (id === '' || byId.has(id)) this.problems.add(at(row.place, wrong, row.column('id')));
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
    let unreachable = 0;
    const table = await this.#read(file, 'people', (row) => {
      this.#checkCompanyId(row);
      if (!this.#addEmails(byEmail, row)) {
        unreachable += 1;
        return false;
      }
      // Who is joined to a company has its domain, not one of her own.
      const joined = this.#companies !== undefined && row.cell('companyId') !== '';
      if (!joined) this.#addDomain(byDomain, row, 'company.domain');
      return true;
    });
    if (table?.rows.length === 0 && unreachable > 0)
      this.problems.add(`${file.name}: not one of the ${unreachable} rows has a usable address`);
    return table && { ...table, byEmail, byDomain, unreachable };
  }

  async joined(file: CsvFile, sheet: 'deals' | 'tickets'): Promise<Tables['deals']> {
    const byEmail = new RowIndex();
    const byCompanyId = new RowIndex();
    const table = await this.#read(file, sheet, (row) => {
      this.#checkCompanyId(row);
      const companyId = row.cell('companyId');
      if (companyId !== '') byCompanyId.add(companyId, row.number);
      if (this.#addEmails(byEmail, row) || companyId !== '') return true;
      if (row.cell('email') === '')
        this.warnings.add(at(row.place, 'expected an email or a companyId, got neither'));
      return false;
    });
    return table && { ...table, byEmail, byCompanyId };
  }

  async #read(
    file: CsvFile,
    sheet: keyof typeof sheets,
    keep: (row: TableRow) => boolean,
  ): Promise<Table | undefined> {
    try {
      return await readTable(file, sheets[sheet], this.problems, keep, this.#signal);
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.problems.add(...error.problems);
      return undefined;
    }
  }

  /** @returns whether the row has at least one. An empty cell is no mistake: many people have no address. */
  #addEmails(index: RowIndex, row: TableRow): boolean {
    const keys: string[] = [];
    for (const address of splitAddresses(row.cell('email'))) {
      const key = emailKey(address);
      if (key !== undefined && !keys.includes(key)) keys.push(key);
      if (key === undefined)
        this.warnings.add(
          at(row.place, 'expected an e-mail address, got a text; left out', row.column('email')),
        );
    }
    for (const key of keys) index.add(key, row.number);
    return keys.length > 0;
  }

  #addDomain(index: RowIndex, row: TableRow, word: string): void {
    const cell = row.cell(word);
    const key = domainKey(cell);
    if (key !== undefined) index.add(key, row.number);
    else if (cell !== '')
      this.warnings.add(
        at(row.place, 'expected a domain such as acme.example; not searched', row.column(word)),
      );
  }

  #checkCompanyId(row: TableRow): void {
    const id = row.cell('companyId');
    if (id === '' || this.#companies === undefined || this.#companies.has(id)) return;
    const text = 'expected the id of a row in the file of companies, got another';
    this.problems.add(at(row.place, text, row.column('companyId')));
  }
}
