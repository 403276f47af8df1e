/** Runs the command that the command line names. */
import { packageVersion } from '../model/package-info.ts';
import { parseArguments, UsageError, type CommandName, type ParsedArgs } from './args.ts';
import { HELP, OVERVIEW } from './help.ts';
import { EXIT, type Io } from './io.ts';
import { paint, wrap } from './terminal.ts';

type Command = (args: ParsedArgs, io: Io) => Promise<number>;

/** Imported when run, so that `--help` does not wait for HTTP and CRM libraries. */
const COMMANDS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  serve: () => import('./serve.ts').then(({ serve }) => serve),
  check: () => import('./check.ts').then(({ check }) => check),
  lookup: () => import('./lookup.ts').then(({ lookup }) => lookup),
  key: () => import('./key.ts').then(({ key }) => key),
  schema: () => import('./schema.ts').then(({ schema }) => schema),
};

/** @param argv without the program's own name. @returns the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const message = `${paint(io.stderr, 'red', 'crm-bridge')}: ${error.message}`;
    io.stderr.write(`${wrap(io.stderr, message)}\n`);
    io.stderr.write('See crm-bridge --help and crm-bridge COMMAND --help.\n');
    return EXIT.usage;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const print = (text: string) => {
    io.stdout.write(text);
    return EXIT.ok;
  };
  const [first = ''] = argv;
  if (['--help', '-h', 'help'].includes(first)) return print(OVERVIEW);
  if (['--version', '-v'].includes(first)) return print(`${packageVersion()}\n`);
  const args = parseArguments(argv);
  if (args.values['help'] === true) return print(HELP[args.command]);
  const command = await COMMANDS[args.command]();
  return command(args, io);
}
