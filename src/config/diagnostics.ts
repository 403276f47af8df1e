/** Collects what is found while a configuration is loaded: problems, warnings and what to watch. */
import { isAbsolute, relative, sep } from 'node:path';
import { Redactor } from './redactor.ts';
import type { WatchedPaths } from './watch.ts';
import {
  describeActual,
  locate,
  redactPath,
  type Target,
  type ConfigFile,
} from './yaml/config-file.ts';
import { formatPath, sortProblems, type Path, type Problem } from './problem.ts';

export interface Diagnostic {
  readonly message: string;
  readonly hint?: string | undefined;
}

export class Diagnostics {
  readonly confidential = new Redactor();
  readonly #workingDir: string;
  readonly #problems: Problem[] = [];
  readonly #warnings: Problem[] = [];
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** @param workingDir paths inside of it are shown relative to it */
  constructor(workingDir: string) {
    this.#workingDir = workingDir;
  }

  /** `expected …, got …` with what the file has there. */
  expected(part: ConfigFile, path: Path, expected: string, hint?: string): void {
    const message = `expected ${expected}, got ${describeActual(part, path).text}`;
    const isInterpolated = part.places.get(path)?.isInterpolated === true;
    // A hint about the value would tell what the variable or the file holds.
    const advice = isInterpolated ? 'look at what the variable or file holds' : hint;
    this.#problems.push(this.#place(part, path, 'value', { message, hint: advice }));
  }

  /** The same for the last key of the path. */
  expectedKey(part: ConfigFile, path: Path, expected: string): void {
    const key = redactPath(part, path).at(-1);
    const text = typeof key === 'string' && key !== '…' ? JSON.stringify(key) : 'another';
    this.problem(part, path, { message: `expected ${expected}, got ${text}` }, 'key');
  }

  /** A problem in other words. */
  problem(part: ConfigFile, path: Path, complaint: Diagnostic, at: Target = 'value'): void {
    this.#problems.push(this.#place(part, path, at, complaint));
  }

  warning(part: ConfigFile, path: Path, complaint: Diagnostic, at: Target = 'value'): void {
    this.#warnings.push(this.#place(part, path, at, complaint));
  }

  /** The same, handed out instead of collected. */
  locate(part: ConfigFile, path: Path, complaint: Diagnostic, at: Target): Problem {
    return this.#redact(this.#place(part, path, at, complaint));
  }

  /** `file:line:column` of a key. */
  positionOf(part: ConfigFile, path: Path): string {
    const { file, line, column } = this.#place(part, path, 'key', { message: '' });
    return `${file}:${line}:${column}`;
  }

  /** Whether something at this very place has been found wrong. */
  hasProblem(part: ConfigFile, path: Path): boolean {
    const { file, line, column } = this.#place(part, path, 'value', { message: '' });
    return this.#problems.some(
      (known) => known.file === file && known.line === line && known.column === column,
    );
  }

  /** A problem that is not at a path of a YAML file. */
  add(problem: Problem): void {
    this.#problems.push(problem);
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
    return sortProblems(this.#problems.map((problem) => this.#redact(problem)));
  }

  get warnings(): readonly Problem[] {
    return sortProblems(this.#warnings.map((warning) => this.#redact(warning)));
  }

  get watched(): WatchedPaths {
    return { files: [...this.#files].sort(), folders: [...this.#folders].sort() };
  }

  #place(part: ConfigFile, path: Path, at: Target, { message, hint }: Diagnostic): Problem {
    const reveal = at === 'value' ? describeActual(part, path).range : undefined;
    return {
      file: this.show(part.source.file),
      ...locate(part, path, at, reveal),
      path: formatPath(redactPath(part, path)),
      message,
      ...(hint === undefined ? {} : { hint }),
    };
  }

  /** The last net: a secret that a mistake has put where values are quoted. */
  #redact(problem: Problem): Problem {
    const redact = (text: string): string => this.confidential.redact(text);
    return {
      ...problem,
      message: redact(problem.message),
      ...(problem.hint === undefined ? {} : { hint: redact(problem.hint) }),
      ...(problem.excerpt === undefined ? {} : { excerpt: redact(problem.excerpt) }),
    };
  }
}
