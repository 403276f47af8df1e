/** Collects what is found while a configuration is loaded: problems, warnings, secrets and paths to watch. */
import { TimeSlice } from '../model/time-slice.ts';
import { isAbsolute, relative, sep } from 'node:path';
import { sortProblems, type Problem } from './problem.ts';
import { Vocabulary } from './quotable.ts';
import { Redactor } from './redactor.ts';
import type { WatchedPaths } from './watch.ts';

export interface Diagnostic {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The most problems that are listed; the others are counted. So many can be found fast, and read. */
export const MAX_PROBLEMS = 200;

export class Diagnostics {
  readonly redactor = new Redactor();
  /** What may be quoted of the files. */
  readonly vocabulary = new Vocabulary();
  readonly #workingDir: string;
  readonly #problems: (() => Problem)[] = [];
  readonly #warnings: (() => Problem)[] = [];
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  #unlisted = 0;

  /** @param workingDir paths inside of it are shown relative to it */
  constructor(workingDir: string) {
    this.#workingDir = workingDir;
  }

  /** Whether further problems are only counted. */
  get isFull(): boolean {
    return this.#problems.length >= MAX_PROBLEMS;
  }

  /** @param problem is called when all are known, if it is listed: the keys of connectors may be quoted then, too. */
  addProblem(problem: () => Problem): void {
    if (this.isFull) this.countProblems(1);
    else this.#problems.push(problem);
  }

  /** Counts problems that are not listed. */
  countProblems(count: number): void {
    this.#unlisted += count;
  }

  addWarning(warning: () => Problem): void {
    if (this.#warnings.length < MAX_PROBLEMS) this.#warnings.push(warning);
  }

  /** How a file is named in messages: relative to the working directory if inside of it. */
  show(file: string): string {
    const path = relative(this.#workingDir, file);
    const isInside = path !== '' && path !== '..' && !path.startsWith(`..${sep}`);
    return isInside && !isAbsolute(path) ? path : file;
  }

  watchFile(file: string): void {
    this.#files.add(file);
  }

  watchFolder(folder: string): void {
    this.#folders.add(folder);
  }

  async problems(): Promise<readonly Problem[]> {
    const listed = await this.#list(this.#problems);
    const last = listed.at(-1);
    if (last === undefined || this.#unlisted === 0) return listed;
    const message = `and ${this.#unlisted.toLocaleString('en')} more problems`;
    return [
      ...listed,
      { file: last.file, line: last.line, column: last.column, path: '', message },
    ];
  }

  warnings(): Promise<readonly Problem[]> {
    return this.#list(this.#warnings);
  }

  /** In slices: each text is searched for every secret. */
  async #list(found: readonly (() => Problem)[]): Promise<readonly Problem[]> {
    const slice = new TimeSlice();
    const listed: Problem[] = [];
    for (const make of found) {
      if (slice.isOver) await slice.next();
      listed.push(this.redact(make()));
    }
    return sortProblems(listed);
  }

  get watched(): WatchedPaths {
    return { files: [...this.#files].sort(), folders: [...this.#folders].sort() };
  }

  /** A mistake may have put a secret where values are quoted. */
  redact(problem: Problem): Problem {
    const redact = (text: string): string => this.redactor.redact(text, 'files');
    return {
      ...problem,
      message: redact(problem.message),
      ...(problem.hint === undefined ? {} : { hint: redact(problem.hint) }),
      ...(problem.excerpt === undefined ? {} : { excerpt: redact(problem.excerpt) }),
    };
  }
}
