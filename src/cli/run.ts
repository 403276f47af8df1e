/** The command line: which command, with which words. */
import type { ParsedArgs } from './args.ts';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { didYouMean } from '../model/closest-match.ts';
import { packageVersion } from '../model/package-info.ts';
import { HELP, OVERVIEW } from './help.ts';
import { EXIT, UsageError, type Io } from './io.ts';
import { paint } from './terminal.ts';

interface Command {
  readonly options: ParseArgsConfig['options'];
  /** How many words without dashes it takes. */
  readonly positionals: number;
  readonly run: (words: ParsedArgs, io: Io) => Promise<number>;
}

const CONFIG = {
  config: { type: 'string', short: 'c' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Loaded when they are used: `--help` need not wait for HTTP and CRM libraries. */
const COMMANDS: Readonly<Record<keyof typeof HELP, Command>> = {
  serve: {
    options: CONFIG,
    positionals: 0,
    run: (...given) => import('./serve.ts').then(({ serve }) => serve(...given)),
  },
  check: {
    options: { ...CONFIG, live: { type: 'boolean' } },
    positionals: 0,
    run: (...given) => import('./check.ts').then(({ check }) => check(...given)),
  },
  lookup: {
    options: { ...CONFIG, trace: { type: 'boolean' }, json: { type: 'boolean' } },
    positionals: 2,
    run: (...given) => import('./lookup.ts').then(({ lookup }) => lookup(...given)),
  },
  key: {
    options: { ...CONFIG, json: { type: 'boolean' } },
    positionals: 0,
    run: (...given) => import('./key.ts').then(({ key }) => key(...given)),
  },
  schema: {
    options: { ...CONFIG, out: { type: 'string' } },
    positionals: 0,
    run: (...given) => import('./schema.ts').then(({ schema }) => schema(...given)),
  },
};

/** @param argv without the program's own name. @returns the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr.write(`${paint(io.stderr, 'red', 'crm-bridge')}: ${error.message}\n`);
    io.stderr.write('--help shows what there is, also behind a command.\n');
    return EXIT.usage;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [first] = argv;
  if (first === '--help' || first === '-h' || first === 'help') {
    io.stdout.write(OVERVIEW);
    return EXIT.ok;
  }
  if (first === '--version' || first === '-v') {
    io.stdout.write(`${packageVersion()}\n`);
    return EXIT.ok;
  }
  const at = commandAt(argv);
  const named = argv[at];
  const name = named ?? 'serve';
  if (!isCommand(name)) throw new UsageError(`there is no command ${quoted(name)}${hint(name)}`);
  const words = parse(name, named === undefined ? argv : argv.toSpliced(at, 1));
  if (words.values['help'] === true) {
    io.stdout.write(HELP[name]);
    return EXIT.ok;
  }
  return COMMANDS[name].run(words, io);
}

function parse(name: keyof typeof HELP, args: readonly string[]): ParsedArgs {
  const { options, positionals } = COMMANDS[name];
  let words: ParsedArgs;
  try {
    words = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message.split('. ')[0] ?? ''}`);
  }
  if (words.values['config'] === '') throw new UsageError(`${name}: --config needs a file`);
  if (words.values['help'] !== true && words.positionals.length !== positionals) {
    throw new UsageError(
      positionals === 0
        ? `${name} takes no further words, got ${quoted(words.positionals.join(' '))}`
        : `${name} takes TENANT and EMAIL, got ${words.positionals.map(quoted).join(' ') || 'nothing'}`,
    );
  }
  return words;
}

/** Where the command stands: first, or behind `--config FILE`. */
function commandAt(argv: readonly string[]): number {
  const [first = ''] = argv;
  const at = first === '--config' || first === '-c' ? 2 : first.startsWith('--config=') ? 1 : 0;
  return argv[at]?.startsWith('-') === false ? at : argv.length;
}

function isCommand(name: string): name is keyof typeof HELP {
  return Object.hasOwn(COMMANDS, name);
}

function hint(name: string): string {
  const meant = didYouMean(name, Object.keys(COMMANDS));
  return meant === undefined ? '' : `; ${meant}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
