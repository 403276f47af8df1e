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
import { formatPath, formatPosition, sortProblems, type Path, type Problem } from './problem.ts';

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

  /** `expected …, got …` with what the file has there. */
  expected(file: ConfigFile, path: Path, expected: string, hint?: string): void {
    const message = `expected ${expected}, got ${describeActual(file, path).text}`;
    const isInterpolated = file.sourceMap.get(path)?.isInterpolated === true;
    // A hint about the value would show what the variable or the file holds.
    const advice = isInterpolated ? 'look at what the variable or file holds' : hint;
    this.#problems.push(this.#problemAt(file, path, 'value', { message, hint: advice }));
  }

  /** The same for the last key of the path. */
  expectedKey(file: ConfigFile, path: Path, expected: string): void {
    const key = redactPath(file, path).at(-1);
    const text = typeof key === 'string' && key !== '…' ? JSON.stringify(key) : 'another';
    this.problem(file, path, { message: `expected ${expected}, got ${text}` }, 'key');
  }

  /** A problem with a message of its own. */
  problem(file: ConfigFile, path: Path, diagnostic: Diagnostic, at: Target = 'value'): void {
    this.#problems.push(this.#problemAt(file, path, at, diagnostic));
  }

  warning(file: ConfigFile, path: Path, diagnostic: Diagnostic, at: Target = 'value'): void {
    this.#warnings.push(this.#problemAt(file, path, at, diagnostic));
  }

  /** The same, returned instead of collected. */
  locate(file: ConfigFile, path: Path, diagnostic: Diagnostic, at: Target): Problem {
    return this.#redact(this.#problemAt(file, path, at, diagnostic));
  }

  /** `file:line:column` of a key or its value. */
  positionOf(file: ConfigFile, path: Path, at: Target = 'key'): string {
    return formatPosition(this.#problemAt(file, path, at, { message: '' }));
  }

  /** Whether a problem at this position is known. */
  hasProblem(file: ConfigFile, path: Path): boolean {
    const position = this.positionOf(file, path, 'value');
    return this.#problems.some((known) => formatPosition(known) === position);
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

  #problemAt(file: ConfigFile, path: Path, at: Target, { message, hint }: Diagnostic): Problem {
    const reveal = at === 'value' ? describeActual(file, path).range : undefined;
    return {
      file: this.show(file.source.file),
      ...locate(file, path, at, reveal),
      path: formatPath(redactPath(file, path)),
      message,
      ...(hint === undefined ? {} : { hint }),
    };
  }

  /** A mistake may have put a secret where values are quoted. */
  #redact(problem: Problem): Problem {
    const redact = (text: string): string => this.redactor.redact(text, 'files');
    return {
      ...problem,
      message: redact(problem.message),
      ...(problem.hint === undefined ? {} : { hint: redact(problem.hint) }),
      ...(problem.excerpt === undefined ? {} : { excerpt: redact(problem.excerpt) }),
    };
  }
}
