/** Opens in the background what could not be opened at the start or a reload. */
import type { Connection } from '../upstream/connection.ts';
import { toConnectorError } from '../upstream/errors.ts';
import type { ConnectorLog } from '../connector/contract.ts';

export interface ReopenOptions {
  readonly log: ConnectorLog;
  readonly open: () => Promise<Connection>;
  /** One that has begun already. */
  readonly opening?: Promise<Connection> | undefined;
  /** To be used instead of the one that is not open. */
  readonly onOpened: (connection: Connection) => void;
}

/** Doubled with each failure. */
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 30_000;

/**
 * @param unopened has an `openError`, which is kept up to date.
 * @returns stops trying.
 */
export function reopen(
  unopened: Connection,
  { log, open, opening, onOpened }: ReopenOptions,
): () => void {
  const { name: connection } = unopened;
  let delayMs = FIRST_DELAY_MS;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  function attempt(): void {
    open().then(opened, failed);
  }

  function opened(result: Connection): void {
    if (isStopped) return void result.close(0).catch(() => undefined);
    log.info('connection opened', { connection });
    onOpened(result);
  }

  function failed(thrown: unknown): void {
    if (isStopped) return;
    const error = toConnectorError(thrown);
    if (error.message !== unopened.openError?.message) report(error.message);
    unopened.openError = error;
    delayMs = Math.min(2 * delayMs, MAX_DELAY_MS);
    timer = setTimeout(attempt, delayMs).unref();
  }

  function report(message: string): void {
    for (const problem of message.split('\n'))
      log.error('connection not open, tried again', { connection, problem });
  }

  report(unopened.openError?.message ?? '');
  if (opening === undefined) timer = setTimeout(attempt, delayMs).unref();
  else opening.then(opened, failed);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
