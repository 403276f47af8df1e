#!/usr/bin/env node
/** The process: its streams, signals and exit code. Nothing else touches `process`. */
import { Console } from 'node:console';
import { mkdirSync, statSync } from 'node:fs';
import nodeModule from 'node:module';
import { isAbsolute, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Io } from './cli/io.ts';

const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  process.stderr.write(`crm-bridge needs Node 24 or later, this is ${process.version}\n`);
  process.exit(1);
}

if (process.argv[2] === 'serve') {
  // Without a listener SIGHUP and SIGUSR2 end the process, and SIGUSR1 opens Node's debugger to all users of the machine.
  // `serve` adds one for SIGHUP that reloads; otherwise they mean nothing.
  for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
    process.on(signal, () => undefined);
  const { writeAsynchronously } = await import('./cli/async-terminal.ts');
  for (const stream of [process.stdout, process.stderr]) writeAsynchronously(stream);
}

// Node keeps compiled code for the next start. Who can write it can run code as this user, so it is not among the
// temporary files of all users, where Node keeps it by itself. NODE_COMPILE_CACHE goes before.
if (nodeModule.getCompileCacheDir() === undefined) {
  const folder = compiledFolder(process.env);
  if (folder !== undefined) nodeModule.enableCompileCache(folder);
}
const { run } = await import('./cli/run.ts');

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  onSignal(signals, listener) {
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
  onStdinEnd(listener) {
    // Of a file such as /dev/null there is no `close`, of a pipe that broke no `end`.
    process.stdin.once('end', listener).once('close', listener).on('error', listener).resume();
  },
  onCrash(listener) {
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    for (const event of events) process.on(event, listener);
    return () => {
      for (const event of events) process.off(event, listener);
    };
  },
  // V8 would let garbage grow to several times what is in use: half as much takes a third less memory. While a service
  // starts, all that is loaded stays, so that looking for garbage would take a tenth of the time.
  limitGarbage: () => setFlagsFromString('--heap-growing-percent=50'),
  uptime: () => process.uptime(),
  exit: (code) => process.exit(code),
};

// Standard output is for what a command prints and for the lines of the log, which programs read: a connector that
// writes to the console writes beside them.
globalThis.console = new Console(process.stderr, process.stderr);

// Ignores EPIPE: the service keeps answering agents when the reader of its output has ended.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const code = await run(process.argv.slice(2), io);
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => void stream.write('', () => resolve()));
}
// A timer that a connector left behind would keep the process alive.
process.exit(code);

/** @returns a folder for compiled code that only this user can write; `undefined` where there is none. */
function compiledFolder({ HOME = '', XDG_CACHE_HOME = '' }: NodeJS.ProcessEnv): string | undefined {
  // Others than absolute paths are ignored, as the XDG specification asks.
  const base = isAbsolute(XDG_CACHE_HOME)
    ? XDG_CACHE_HOME
    : isAbsolute(HOME) && join(HOME, '.cache');
  if (base === false) return undefined;
  const folder = join(base, 'crm-bridge');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    const isOwn = uid === (process.getuid?.() ?? uid);
    return isOwn && (mode & 0o022) === 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}
