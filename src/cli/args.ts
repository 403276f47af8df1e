/** Command line arguments: the commands, their options, and what is wrong with what was typed. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { closestMatch, didYouMean } from '../model/closest-match.ts';
import type { HELP } from './help.ts';

export type CommandName = keyof typeof HELP;

export interface ParsedArgs {
  readonly command: CommandName;
  readonly positionals: readonly string[];
  /** By option, without dashes; absent options are left out. */
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/** Wrong usage; the message names the argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface CommandSyntax {
  readonly options: NonNullable<ParseArgsConfig['options']>;
  readonly positionals: readonly string[];
}

const COMMON = {
  config: { type: 'string', short: 'c' },
  help: { type: 'boolean', short: 'h' },
} as const;

const COMMANDS: Readonly<Record<CommandName, CommandSyntax>> = {
  serve: { options: { ...COMMON, 'exit-with-stdin': { type: 'boolean' } }, positionals: [] },
  check: { options: { ...COMMON, live: { type: 'boolean' } }, positionals: [] },
  lookup: {
    options: {
      ...COMMON,
      trace: { type: 'boolean' },
      json: { type: 'boolean' },
      at: { type: 'string' },
      as: { type: 'string' },
    },
    positionals: ['TENANT', 'EMAIL'],
  },
  key: { options: { ...COMMON, json: { type: 'boolean' } }, positionals: [] },
  schema: { options: { ...COMMON, out: { type: 'string' } }, positionals: [] },
};

/**
 * Without a command it is `serve`. The command comes first or after `--config FILE`.
 * @param argv without the program's own name. @throws {UsageError}
 */
export function parseArguments(argv: readonly string[]): ParsedArgs {
  const at = commandIndex(argv);
  const named = argv[at];
  const command = named ?? 'serve';
  if (!isCommand(command)) {
    const option = closestMatch(command, ['version', 'help']);
    const hint =
      didYouMean(command, Object.keys(COMMANDS)) ?? (option && `did you mean --${option}?`);
    throw new UsageError(`unknown command ${quoted(command)}${hint ? `; ${hint}` : ''}`);
  }
  const single = argv.find((word) => /^-(?:version|help|config|live|trace|json)$/.test(word));
  if (single !== undefined)
    throw new UsageError(`unknown option ${single}; did you mean -${single}?`);
  const args = {
    command,
    ...parseOptions(command, argv.toSpliced(at, named === undefined ? 0 : 1)),
  };
  if (args.values['help'] !== true) validatePositionals(args);
  return args;
}

function commandIndex(argv: readonly string[]): number {
  const [first = ''] = argv;
  const at = first === '--config' || first === '-c' ? 2 : first.startsWith('--config=') ? 1 : 0;
  return argv[at]?.startsWith('-') === false ? at : argv.length;
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

function parseOptions(command: CommandName, args: string[]): Omit<ParsedArgs, 'command'> {
  const { options } = COMMANDS[command];
  try {
    const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
    if (values['config'] === '') throw new Error('--config needs a file');
    return { positionals, values: values as ParsedArgs['values'] };
  } catch (error) {
    // Node appends advice about `--` that does not apply here.
    const [message = ''] = (error as Error).message.split('. ');
    const [, unknown] = /^Unknown option '--([^']+)'/.exec(message) ?? [];
    const hint = unknown === undefined ? undefined : hintFor(unknown, Object.keys(options));
    throw new UsageError(`${command}: ${message}${hint === undefined ? '' : `; ${hint}`}`);
  }
}

/** What other programs take as options. */
const SETTINGS: Readonly<Record<string, string>> = {
  port: 'server.port',
  host: 'server.host',
  'ops-port': 'ops.port',
  'log-level': 'log.level',
  'log-format': 'log.format',
  verbose: 'log.level',
};

function hintFor(unknown: string, options: readonly string[]): string | undefined {
  const setting = SETTINGS[unknown];
  if (setting !== undefined) {
    return `set ${setting} in the configuration, from a variable if you like: "\${NAME}"`;
  }
  const meant = closestMatch(unknown, options);
  return meant === undefined ? undefined : `did you mean --${meant}?`;
}

function validatePositionals({ command, positionals }: ParsedArgs): void {
  const expected = COMMANDS[command].positionals;
  if (positionals.length === expected.length) return;
  const got = positionals.map(quoted).join(' ');
  throw new UsageError(
    expected.length === 0
      ? `${command}: unexpected argument ${got}${fileHint(positionals)}`
      : `${command} takes ${expected.join(' and ')}, got ${got || 'nothing'}`,
  );
}

function fileHint([first = '']: readonly string[]): string {
  return /\.ya?ml$/i.test(first) ? `; did you mean --config ${first}?` : '';
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
