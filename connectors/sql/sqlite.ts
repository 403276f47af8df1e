/** SQLite in a child process: a running statement cannot be interrupted in a thread, a process can be ended. */
import { fork, type ChildProcess } from 'node:child_process';
import { UNKNOWN, type Connect, type Session } from './session.ts';
import type { ChildReply, ChildRequest } from './sqlite-child.ts';

export function openSqlite(file: string): Connect {
  return () => Promise.resolve(startChild(file));
}

/** Of JavaScript: one row of many long texts is larger than all that a result may have. */
const MAX_HEAP_MB = 256;

function startChild(file: string): Session {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(new URL(`./sqlite-child.${extension}`, import.meta.url), [file], {
    serialization: 'advanced',
    execArgv: ['--no-warnings', `--max-old-space-size=${MAX_HEAP_MB}`],
    env: {}, // no secrets
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // An idle child does not keep the service alive.
  child.unref();
  child.channel?.unref();
  let isBroken = false;
  const markBroken = () => {
    isBroken = true;
  };
  child.once('exit', markBroken);
  child.once('error', markBroken);
  const close = () => {
    isBroken = true;
    child.kill('SIGKILL');
  };
  return {
    get isBroken() {
      return isBroken;
    },
    async run(statement, values) {
      return (await ask(child, { kind: 'run', ...statement.bind(values) })).result;
    },
    async inspect(statement) {
      const { result, scans } = await ask(child, { kind: 'inspect', ...statement.bind(UNKNOWN) });
      return { columns: result.columns, scans };
    },
    cancel() {
      close();
      return Promise.resolve();
    },
    close,
  };
}

/** By the signal that ended the child: its own watchdog's, or V8's when the heap was full. */
const ENDINGS: Readonly<Record<string, string>> = {
  SIGALRM: 'SQLITE_TIMEOUT',
  SIGABRT: 'SQLITE_MEMORY',
};

/** @throws {Error} with SQLite's `errcode`, or the code of {@link ENDINGS} or `SQLITE_ENDED` when the child ended. */
function ask(child: ChildProcess, request: ChildRequest) {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<ChildReply, { ok: true }>>();
  const onReply = (reply: ChildReply) => {
    if (reply.ok) resolve(reply);
    else
      reject(Object.assign(new Error(reply.message), { code: 'SQLITE', errcode: reply.errcode }));
  };
  const onEnd = (_code?: unknown, signal?: unknown) => {
    const code = ENDINGS[String(signal)] ?? 'SQLITE_ENDED';
    reject(Object.assign(new Error('the SQLite process ended'), { code }));
  };
  child.ref();
  child.once('message', onReply).once('exit', onEnd).once('error', onEnd);
  child.send(request, (error) => {
    if (error !== null) onEnd();
  });
  return promise.finally(() => {
    child.unref();
    child.off('message', onReply).off('exit', onEnd).off('error', onEnd);
  });
}
