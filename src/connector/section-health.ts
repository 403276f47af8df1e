/**
 * Which parts of a person, such as deals, can be read at present. One that fails is left out of the answers, which
 * `/health` and the log say; a limit of the CRM concerns all calls, so it ends the lookup.
 */
import type { ConnectorContext } from './contract.ts';
import { CONNECTOR_ERROR_KINDS } from './errors.ts';

/** A section that fails and recovers again and again has one line a minute. */
const LOG_INTERVAL_MS = 60_000;

export class SectionHealth {
  readonly #context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>;
  readonly #failing = new Set<string>();
  readonly #loggedAtMs = new Map<string, number>();

  constructor(context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>) {
    this.#context = context;
  }

  /** A section was read: its notice is withdrawn. */
  succeeded(section: string): void {
    if (this.#failing.delete(section)) this.#context.setNotice(section, undefined);
  }

  /**
   * A section of a known person was not read. When it returns, the section belongs to `missing`: a notice says why
   * until it is read, and the log when it begins.
   * @param section from a closed set: `deals`, `tickets`, `company`; or the request that reads it, where several do.
   * @param signal of the lookup.
   * @throws the error itself when it is not about the section: `rate_limited` and `quota`, which hold for all calls,
   *   and any error once the signal has aborted.
   */
  failed(section: string, error: unknown, signal: AbortSignal): void {
    const { kind, reason } = describe(error);
    if (signal.aborted || kind === 'rate_limited' || kind === 'quota') throw error;
    const { clock, log, setNotice } = this.#context;
    const notice = `${section} cannot be read at present`;
    setNotice(section, reason === undefined ? notice : `${notice}: ${reason}`);
    const now = clock.monotonic();
    const loggedAt = this.#loggedAtMs.get(section) ?? -Infinity;
    if (!this.#failing.has(section) && now - loggedAt >= LOG_INTERVAL_MS) {
      log.warn('a section cannot be read', { section, kind, reason });
      this.#loggedAtMs.set(section, now);
    }
    this.#failing.add(section);
  }
}

/** The message of an error without a kind may quote the CRM. */
function describe(error: unknown): { readonly kind: string; readonly reason?: string } {
  const { kind, message } = Object(error) as Readonly<Record<string, unknown>>;
  const known = CONNECTOR_ERROR_KINDS.find((one) => one === kind);
  if (known === undefined || typeof message !== 'string') return { kind: known ?? 'bad_response' };
  return { kind: known, reason: message };
}
