/** Opens the connections of a configuration; those whose settings have not changed stay open. */
import { resolve } from 'node:path';
import type { Configuration, ConnectionConfiguration } from '../config/configuration.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
import type { Connector, ConnectorContext, CrmRequest } from '../connector/contract.ts';
import { ConnectorError, NotAttemptedError, type ConnectorErrorKind } from '../connector/errors.ts';
import type { Clock } from '../model/clock.ts';
import { Connection } from '../upstream/connection.ts';
import { toConnectorError } from '../upstream/errors.ts';
import type { ConnectionEvents } from '../upstream/stats.ts';
import { redactFields, redactingLog, type Redactor } from '../config/redactor.ts';
import type { Log } from '../telemetry/log.ts';
import { currentTrace } from '../telemetry/trace.ts';
import { withTimeout } from '../model/clock.ts';

export interface OpenOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly events: ConnectionEvents;
  readonly watchFile: ConnectorContext['watchFile'];
  readonly isPublicMailDomain: ConnectorContext['isPublicMailDomain'];
  readonly refreshGrant: ConnectorContext['refreshGrant'];
  /** The connection's data has changed. */
  readonly onInvalidate: (connection: ConnectionConfiguration) => void;
  readonly onRequest: (connection: ConnectionConfiguration, request: CrmRequest) => void;
  /** How long a connector may take to open; 30 s by default. */
  readonly openTimeoutMs?: number;
  /** How long the others wait for a connector that opens slowly; 5 s by default. */
  readonly startWaitMs?: number;
  /**
   * Takes over a connection that has not opened by then; it is used as one that is not open until then. Left out,
   * everything waits as long as it takes.
   */
  readonly onStillOpening?: (unopened: Connection, opening: Promise<Connection>) => void;
  /** Whether a connection that cannot be opened now is a problem, whatever the reason. */
  readonly requireOpen?: boolean | undefined;
}

/** Connections could not be opened, and why. */
export class ConnectionOpenError extends Error {
  override readonly name = 'ConnectionOpenError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => formatProblem(problem)).join('\n'));
    this.problems = problems;
  }
}

/** How long a lookup may continue after the deadline, to fill the cache for the agent's second look. */
const LATE_ANSWER_MS = 2000;
const OPEN_TIMEOUT_MS = 30_000;
const START_WAIT_MS = 5000;
/** For a connection that no tenant uses; `check` opens it too. */
const UNUSED_TIMEOUT_MS = 5000;

/** Reasons outside the settings: the connection can be opened later. */
const TRANSIENT_KINDS: ReadonlySet<unknown> = new Set<ConnectorErrorKind>([
  'unavailable',
  'timeout',
  'rate_limited',
  'quota',
]);

/**
 * @param previous the open connections before a reload.
 * @returns a connection each; one that cannot be opened now has an `openError` and fails every lookup.
 * @throws {ConnectionOpenError} with all problems that only other settings solve; newly opened connections are
 *   closed again.
 */
export async function openConnections(
  configuration: Pick<Configuration, 'connections' | 'redactor' | 'locateOpenError'>,
  previous: ReadonlyMap<string, Connection>,
  options: OpenOptions,
): Promise<ReadonlyMap<string, Connection>> {
  const stillOpening = new Map<Connection, Promise<Connection>>();
  const results = await Promise.allSettled(
    [...configuration.connections.values()].map(async (connection) => {
      const open = previous.get(connection.name);
      const unchanged = open?.configuration.fingerprint === connection.fingerprint;
      const isOpen = open !== undefined && open.openError === undefined;
      if (isOpen && unchanged) return open;
      // A reload does not take away what works: it fails as long as the new settings do not.
      const requireOpen = isOpen || options.requireOpen;
      const own = { ...options, requireOpen };
      return openOrDefer(connection, own, configuration.redactor, stillOpening);
    }),
  );
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  const problems = [...configuration.connections.values()].flatMap((connection, index) => {
    const result = results[index];
    if (result?.status !== 'rejected') return [];
    return messageLines(result.reason).map((line) =>
      configuration.locateOpenError(connection.name, line),
    );
  });
  if (problems.length > 0) {
    const added = opened.filter((connection) => previous.get(connection.name) !== connection);
    await Promise.allSettled(added.map((connection) => connection.close(0)));
    for (const opening of stillOpening.values()) closeWhenOpened(opening);
    throw new ConnectionOpenError(problems);
  }
  for (const [unopened, opening] of stillOpening) options.onStillOpening?.(unopened, opening);
  return new Map(opened.map((connection) => [connection.name, connection]));
}

/** For one that is not used any more. */
function closeWhenOpened(opening: Promise<Connection>): void {
  opening.then((connection) => connection.close(0)).catch(() => undefined);
}

/** The timeout of each connection's lookups in milliseconds: the longest deadline of its tenants, and more. */
export function lookupTimeouts(configuration: Configuration): (connection: string) => number {
  const longest = new Map<string, number>();
  for (const { connections, deadline } of configuration.tenants.values()) {
    for (const name of connections) {
      longest.set(name, Math.max(deadline, longest.get(name) ?? 0));
    }
  }
  return (connection) => {
    const deadline = longest.get(connection);
    return deadline === undefined
      ? UNUSED_TIMEOUT_MS
      : deadline + Math.min(LATE_ANSWER_MS, deadline / 2);
  };
}

/** @param stillOpening gets what has not opened when the others have waited long enough. */
async function openOrDefer(
  configuration: ConnectionConfiguration,
  options: OpenOptions,
  redactor: Redactor,
  stillOpening: Map<Connection, Promise<Connection>>,
): Promise<Connection> {
  const { startWaitMs = START_WAIT_MS } = options;
  try {
    const opening = openOne(configuration, options, redactor);
    const opened = await withTimeout(opening, startWaitMs);
    if (opened !== undefined) return opened;
    const message = `the connector ${configuration.connector} is still opening after ${startWaitMs / 1000} s`;
    if (options.requireOpen === true || options.onStillOpening === undefined) {
      options.log.warn('waiting for a connection', {
        connection: configuration.name,
        problem: message,
      });
      return await opening;
    }
    const error = new ConnectorError('timeout', message);
    const unopened = createUnopened(configuration, error, options, redactor);
    stillOpening.set(unopened, opening);
    return unopened;
  } catch (thrown) {
    const { kind } = Object(thrown) as { readonly kind?: unknown };
    if (options.requireOpen === true || !TRANSIENT_KINDS.has(kind)) throw thrown;
    return createUnopened(configuration, toConnectorError(thrown), options, redactor);
  }
}

/** Takes the place of a connection that could not be opened, and fails every lookup. */
function createUnopened(
  configuration: ConnectionConfiguration,
  error: ConnectorError,
  options: OpenOptions,
  redactor: Redactor,
): Connection {
  const lookup = () =>
    // Not repeated for a moment, and not held against the person.
    Promise.reject(new NotAttemptedError('unavailable', 'not open', { retryAfterMs: 1000 }));
  const connection = connectionOver({ lookup }, configuration, new Map(), options, redactor);
  connection.openError = error;
  return connection;
}

function connectionOver(
  connector: Connector,
  configuration: ConnectionConfiguration,
  notices: ReadonlyMap<string, string>,
  { clock, events }: OpenOptions,
  redactor: Redactor,
): Connection {
  return new Connection(configuration, connector, {
    ...{ notices, timeoutMs: UNUSED_TIMEOUT_MS, clock, events, redactor },
  });
}

/** @throws what the connector throws, and `timeout` when it takes too long. */
export async function openOne(
  configuration: ConnectionConfiguration,
  options: OpenOptions,
  redactor: Redactor,
): Promise<Connection> {
  const { module, settings } = configuration;
  const { openTimeoutMs = OPEN_TIMEOUT_MS } = options;
  const notices = new Map<string, string>();
  const opening = Promise.resolve(
    module.open(settings, contextFor(configuration, notices, options, redactor)),
  );
  const connector: unknown = await withTimeout(
    opening.then((opened: unknown) => opened ?? null),
    openTimeoutMs,
  );
  if (connector === undefined) {
    opening.then(closeLateOpened).catch(() => undefined);
    throw new ConnectorError(
      'timeout',
      `the connector ${configuration.connector} did not open within ${openTimeoutMs / 1000} s`,
    );
  }
  if (!isConnector(connector)) {
    throw new Error(
      `the connector ${configuration.connector} is wrong: open() must return an object with a function lookup`,
    );
  }
  return connectionOver(connector, configuration, notices, options, redactor);
}

/** Its result is not used any more, and what it has opened must not stay open. */
async function closeLateOpened(opened: unknown): Promise<void> {
  if (isConnector(opened)) await opened.close?.();
}

function isConnector(opened: unknown): opened is Connector {
  const { lookup } = Object(opened) as Readonly<Record<string, unknown>>;
  return typeof lookup === 'function';
}

function contextFor(
  configuration: ConnectionConfiguration,
  notices: Map<string, string>,
  { clock, log, watchFile, isPublicMailDomain, refreshGrant, ...options }: OpenOptions,
  redactor: Redactor,
): ConnectorContext {
  const { name, limits, baseDir } = configuration;
  return {
    name,
    limits,
    clock,
    log: redactingLog(log.child({ connection: name }), redactor),
    resolvePath: (path) => resolve(baseDir, path),
    watchFile,
    isPublicMailDomain,
    refreshGrant,
    recordRequest: (request) => options.onRequest(configuration, request),
    addTraceStep(step, details) {
      const trace = currentTrace();
      const found = trace && details();
      if (found) trace.add({ ...redactFields(found, redactor), step, connection: name });
    },
    invalidate: () => options.onInvalidate(configuration),
    setNotice: (key, message) => {
      if (message === undefined) notices.delete(key);
      else notices.set(key, redactor.redact(message, 'settings'));
    },
  };
}

/** A connector says why it cannot open; each line of it is a separate problem. */
function messageLines(reason: unknown): string[] {
  const message = reason instanceof Error ? reason.message : 'the connector did not say why';
  return message.split('\n');
}
