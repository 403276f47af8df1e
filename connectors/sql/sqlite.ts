/** SQLite in a child process: a running statement cannot be interrupted in a thread, a process can be ended. */
import { fork, type ChildProcess } from 'node:child_process';
import { STATEMENT_TIMEOUT_MS, type Engine, type Query, type Session } from './engine.ts';
import type { Result } from './rows.ts';
import type { ChildAnswer, ChildRequest } from './sqlite-child.ts';

export function openSqlite(file: string): Engine {
  return {
    dialect: 'sqlite',
    connect: () => Promise.resolve(startChild(file)),
  };
}

function startChild(file: string): Session {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(new URL(`./sqlite-child.${extension}`, import.meta.url), [file], {
    serialization: 'advanced',
    execArgv: ['--no-warnings'],
    // It inherits no secret.
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // The service may end while it runs; `close` ends it.
  child.unref();
  child.channel?.unref();
  let isBroken = false;
  child.once('exit', () => {
    isBroken = true;
  });
  const end = () => {
    isBroken = true;
    child.kill('SIGKILL');
  };

  async function ask(
    kind: ChildRequest['kind'],
    { statement, values, keys }: Query,
  ): Promise<ChildAnswer> {
    const request: ChildRequest = { kind, ...statement.bind(values), keys };
    const timer = setTimeout(end, STATEMENT_TIMEOUT_MS);
    try {
      return await answerOf(child, request);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    get isBroken() {
      return isBroken;
    },
    async run(query): Promise<Result> {
      const answer = await ask('run', query);
      if (!('rows' in answer)) throw failure(answer);
      return answer;
    },
    async explain(query) {
      const answer = await ask('explain', query);
      if (!('tables' in answer)) throw failure(answer);
      return answer.tables;
    },
    cancel() {
      end();
      return Promise.resolve();
    },
    close: end,
  };
}

function failure(answer: ChildAnswer): Error {
  return Object.assign(new Error('SQLite failed'), { code: 'SQLITE', errcode: 0, ...answer });
}

/** @throws {Error} with the code `SQLITE_ENDED` when the child ends first. */
function answerOf(child: ChildProcess, request: ChildRequest): Promise<ChildAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ChildAnswer>();
  const onEnd = () =>
    reject(Object.assign(new Error('the SQLite process ended'), { code: 'SQLITE_ENDED' }));
  const onMessage = (message: unknown) => resolve(message as ChildAnswer);
  child.ref();
  child.once('message', onMessage);
  child.once('exit', onEnd);
  child.once('error', onEnd);
  child.send(request, (error) => {
    if (error !== null) onEnd();
  });
  return promise.finally(() => {
    child.unref();
    child.off('message', onMessage);
    child.off('exit', onEnd);
    child.off('error', onEnd);
  });
}
