#!/usr/bin/env node
/** The process: its streams, signals and exit code. Nothing else touches `process`. */
import nodeModule from 'node:module';
import type { Io } from './cli/io.ts';

const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  process.stderr.write(`crm-bridge needs Node 24 or later, this is ${process.version}\n`);
  process.exit(1);
}

// What V8 made of the sources is kept for the next start; what cannot be written is not missed.
nodeModule.enableCompileCache();
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
  onCrash(listener) {
    process.on('uncaughtException', listener);
    process.on('unhandledRejection', listener);
  },
  uptime: () => process.uptime(),
  exit: (code) => process.exit(code),
};

/** The reader of our output went away: that is no reason to stop answering agents. */
function ignore(): void {
  // nothing is left that could be told to anybody
}
process.stdout.on('error', ignore);
process.stderr.on('error', ignore);

const code = await run(process.argv.slice(2), io);
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => void stream.write('', () => resolve()));
}
// A connector's forgotten timer must not keep the process.
process.exit(code);
