/** Opens the bridge for a command that ends by itself. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SYSTEM_CLOCK } from '../model/clock.ts';
import { Bridge, type BridgeOptions } from '../bridge/bridge.ts';
import type { Configuration } from '../config/configuration.ts';
import { formatPath, type Problem } from '../config/problem.ts';
import { createLog } from '../telemetry/log.ts';
import { describeError } from '../telemetry/describe-error.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { ConnectionOpenError } from '../bridge/open-connections.ts';
import { loadOrPrintProblems, printOpenError, printWarning } from './configuration-file.ts';
import { EXIT, type Io } from './io.ts';
import { joinShared } from './join-shared.ts';
import type { SharedRedis } from '../redis/shared-redis.ts';
import type { ParsedArgs } from './args.ts';
import { wrap } from './terminal.ts';

/** What a command works with. */
export interface Work {
  readonly bridge: Bridge;
  readonly configuration: Configuration;
  /** How many the configuration has. */
  readonly warnings: number;
  /** Whether an error was caught nowhere, such as in a promise that a connector does not await. */
  readonly hasCrashed: () => Promise<boolean>;
}

interface CommandOptions extends Pick<BridgeOptions, 'requireOpen'> {
  /** The one that the command is about: warnings of other tenants are not printed, `check` has them. */
  readonly tenant?: string;
}

/**
 * Prints the configuration's problems to standard error; warnings and errors are logged there too, and what nothing has
 * caught. @returns what `work` returns, or 1 after a problem.
 */
export async function withBridge(
  args: ParsedArgs,
  io: Io,
  { tenant, ...options }: CommandOptions,
  work: (work: Work) => Promise<number>,
): Promise<number> {
  const crashes = new Set<string>();
  const stopListening = io.onCrash((error) => crashes.add(describe(error)));
  const hasCrashed = async () => {
    // Node reports a rejection after the turn in which it got no handler.
    await nextTurn();
    return crashes.size > 0;
  };
  try {
    const code = await open(args, io, { tenant, ...options }, (opened) =>
      work({ ...opened, hasCrashed }),
    );
    if (!(await hasCrashed())) return code;
    for (const crash of crashes) io.stderr.write(`${wrap(io.stderr, crash)}\n`);
    return EXIT.problems;
  } finally {
    stopListening();
  }
}

/** Without the message, which may quote the CRM. */
function describe(error: unknown): string {
  const described = Object.entries(describeError(error)).map(([name, text]) => `${name}=${text}`);
  return `an error was caught nowhere, which ends serve: ${described.join(' ')}; connectors must await or catch what they begin`;
}

async function open(
  args: ParsedArgs,
  io: Io,
  { tenant, ...options }: CommandOptions,
  work: (work: Omit<Work, 'hasCrashed'>) => Promise<number>,
): Promise<number> {
  const loaded = await loadOrPrintProblems(args, io);
  if (loaded === undefined) return EXIT.problems;
  const { file, configuration, warnings } = loaded;
  const log = createLog({
    level: 'warn',
    format: 'pretty',
    stream: io.stderr,
    color: io.stderr.isTTY === true,
    clock: SYSTEM_CLOCK,
  });
  for (const warning of warnings)
    if (tenant === undefined || !isOfAnother(tenant, warning)) printWarning(warning, io);
  const metrics = createMetrics();
  let shared: SharedRedis | undefined;
  try {
    const bridge = await Bridge.open(configuration, {
      ...options,
      clock: SYSTEM_CLOCK,
      log,
      metrics,
      // A refresh token that is replaced with every use must not be used up beside the service.
      openGrantStore: () => (shared ??= joinShared(configuration, { log, metrics })),
      watchFile: () => () => undefined, // the command ends before a change matters
    });
    try {
      return await work({ bridge, configuration, warnings: warnings.length });
    } finally {
      await bridge.close(0);
    }
  } catch (error) {
    if (!(error instanceof ConnectionOpenError)) throw error;
    printOpenError(error, file, io);
    return EXIT.problems;
  } finally {
    shared?.close();
  }
}

/** A name that is not shown may be its own. */
function isOfAnother(tenant: string, { path }: Problem): boolean {
  const isNamed = path.startsWith('tenants.') && !path.startsWith('tenants.…');
  return isNamed && !`${path}.`.startsWith(`${formatPath(['tenants', tenant])}.`);
}
