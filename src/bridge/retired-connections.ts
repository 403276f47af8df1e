import type { Log } from '../telemetry/log.ts';
import type { Connection } from '../upstream/connection.ts';

/** Connections that a swap has replaced: requests that began before may still come to them; then they are closed. */
export class RetiredConnections {
  readonly #log: Log;
  readonly #onClosed: (connection: Connection) => void;
  readonly #timers = new Map<Connection, NodeJS.Timeout>();

  constructor(log: Log, onClosed: (connection: Connection) => void) {
    this.#log = log;
    this.#onClosed = onClosed;
  }

  add(connection: Connection): void {
    const { timeoutMs } = connection;
    const end = () =>
      void this.#close(connection, timeoutMs).then(() => this.#onClosed(connection));
    this.#timers.set(connection, setTimeout(end, timeoutMs).unref());
  }

  /** @returns those that are not closed yet. */
  list(): readonly Connection[] {
    return [...this.#timers.keys()];
  }

  /** Closes all, and those still in use. @param timeoutMs for lookups in flight. */
  async closeWith(inUse: Iterable<Connection>, timeoutMs: number): Promise<void> {
    const all = [...inUse, ...this.list()];
    await Promise.all(all.map((connection) => this.#close(connection, timeoutMs)));
  }

  async #close(connection: Connection, timeoutMs: number): Promise<void> {
    clearTimeout(this.#timers.get(connection));
    this.#timers.delete(connection);
    try {
      await connection.close(timeoutMs);
    } catch {
      this.#log.warn('a connection did not close cleanly', { connection: connection.name });
    }
  }
}
