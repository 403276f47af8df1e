#!/usr/bin/env node
/** The process: its streams, signals and exit code. Nothing else touches `process`. */
import nodeModule from 'node:module';
import { join } from 'node:path';
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
const { HOME, XDG_CACHE_HOME = HOME && join(HOME, '.cache') } = process.env;
if (XDG_CACHE_HOME) nodeModule.enableCompileCache(join(XDG_CACHE_HOME, 'crm-bridge'));
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
    process.stdin.once('close', listener).on('error', listener).resume();
  },
  onCrash(listener) {
    process.on('uncaughtException', listener);
    process.on('unhandledRejection', listener);
  },
  uptime: () => process.uptime(),
  exit: (code) => process.exit(code),
};

// Ignores EPIPE: the service keeps answering agents when the reader of its output has ended.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const code = await run(process.argv.slice(2), io);
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => void stream.write('', () => resolve()));
}
// A timer that a connector left behind would keep the process alive.
process.exit(code);
