/**
 * What the CRM does not have, or does not let the bridge read. It is left out for an hour, since every request
 * for it would fail again; then it is tried again, because an administrator may have granted it.
 */
import type { ConnectorContext } from './contract.ts';

const OMITTED_MS = 60 * 60_000;

export interface OmissionsOptions {
  /** The key of the notice that lists what is left out. */
  readonly notice: string;
  /** The text of the notice and of the log line. @param names sorted, each once, at least one. */
  readonly message: (names: readonly string[]) => string;
  /** Left out until {@link Omissions.restore}, not for an hour: the connector checks by itself. */
  readonly untilRestored?: boolean;
}

export class Omissions {
  readonly #context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>;
  readonly #options: OmissionsOptions;
  readonly #omitted = new Map<string, { readonly untilMs: number; readonly name: string }>();
  /** Keys that the log has a line about. */
  readonly #logged = new Set<string>();
  #notice: string | undefined;

  constructor(
    context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>,
    options: OmissionsOptions,
  ) {
    this.#context = context;
    this.#options = options;
  }

  /** @returns whether to do without it now. */
  has(key: string): boolean {
    const entry = this.#omitted.get(key);
    return entry !== undefined && this.#context.clock.monotonic() < entry.untilMs;
  }

  /** Leaves it out for an hour, and logs that once. @param name for the operator. */
  add(key: string, name = key): void {
    const untilMs =
      this.#options.untilRestored === true
        ? Infinity
        : this.#context.clock.monotonic() + OMITTED_MS;
    this.#omitted.set(key, { untilMs, name });
    if (!this.#logged.has(key)) {
      const message = `${this.#options.message([name])}; left out, tried again in an hour`;
      this.#context.log.warn(message, { what: name });
    }
    this.#logged.add(key);
    this.publish();
  }

  /** It can be read. */
  restore(key: string): void {
    this.#logged.delete(key);
    if (this.#omitted.delete(key)) this.publish();
  }

  /** Makes the notice list what is left out now: the hour of some may have passed. */
  publish(): void {
    const names = [...this.#omitted].flatMap(([key, { name }]) => (this.has(key) ? [name] : []));
    const sorted = [...new Set(names)].sort();
    const notice = sorted.length === 0 ? undefined : this.#options.message(sorted);
    if (notice !== this.#notice) this.#context.setNotice(this.#options.notice, notice);
    this.#notice = notice;
  }
}
