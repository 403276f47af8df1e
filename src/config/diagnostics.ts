/** Collects what is found while a configuration is loaded: problems, warnings, secrets and paths to watch. */
import { isAbsolute, relative, sep } from 'node:path';
import { formatPosition, sortProblems, type Problem } from './problem.ts';
import { Redactor } from './redactor.ts';
import type { WatchedPaths } from './watch.ts';

export interface Diagnostic {
  readonly message: string;
  readonly hint?: string | undefined;
}

export class Diagnostics {
  readonly redactor = new Redactor();
  readonly #workingDir: string;
  readonly #problems: Problem[] = [];
  readonly #warnings: Problem[] = [];
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** @param workingDir paths inside of it are shown relative to it */
  constructor(workingDir: string) {
    this.#workingDir = workingDir;
  }

  addProblem(problem: Problem): void {
    this.#problems.push(problem);
  }

  addWarning(warning: Problem): void {
    this.#warnings.push(warning);
  }

  /** @param position `file:line:column` */
  hasProblemAt(position: string): boolean {
    return this.#problems.some((known) => formatPosition(known) === position);
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

  get problems(): readonly Problem[] {
    return sortProblems(this.#problems.map((problem) => this.redact(problem)));
  }

  get warnings(): readonly Problem[] {
    return sortProblems(this.#warnings.map((warning) => this.redact(warning)));
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
