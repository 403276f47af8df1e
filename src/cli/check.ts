/** `crm-bridge check`: finds what can be found before the service starts. */
import type { Bridge } from '../bridge/bridge.ts';
import type { Configuration } from '../config/configuration.ts';
import type { CheckResult } from '../connector/contract.ts';
import { checkConnections, type ConnectionFinding } from '../bridge/live-check.ts';
import { checkShared } from './check-shared.ts';
import { EXIT, type Io } from './io.ts';
import { paint, table, withSpinner } from './terminal.ts';
import type { ParsedArgs } from './args.ts';
import { withBridge } from './with-bridge.ts';

export function check(args: ParsedArgs, io: Io): Promise<number> {
  return withBridge(args, io, { requireOpen: true }, async (work) => {
    const { bridge, configuration, warnings, hasCrashed } = work;
    io.stdout.write(`${configuration.file}\n\n${summary(configuration, io)}\n`);
    const findings =
      args.values['live'] === true
        ? await withSpinner(io.stderr, 'asking the CRMs', () => checkLive(bridge, configuration))
        : noticesOf(bridge);
    if (findings.length > 0) {
      const rows = findings.map((finding) => row(finding, io));
      io.stdout.write(`\n${table(io.stdout, rows)}\n`);
    }
    const count = (wanted: CheckResult['level']) =>
      findings.filter(({ level }) => level === wanted).length;
    const failed = count('error') > 0 || (await hasCrashed());
    return summarize(failed, warnings + count('warning'), io);
  });
}

async function checkLive(
  bridge: Bridge,
  configuration: Configuration,
): Promise<readonly ConnectionFinding[]> {
  const [ofConnections, ofShared] = await Promise.all([
    checkConnections(bridge),
    checkShared(configuration),
  ]);
  return ofShared === undefined
    ? ofConnections
    : [...ofConnections, { ...ofShared, connection: 'shared' }];
}

/** What connections found when they were opened, such as a column that a CSV file lacks. */
function noticesOf(bridge: Bridge): readonly ConnectionFinding[] {
  return [...bridge.current.connections.values()].flatMap((connection) =>
    connection
      .status()
      .notices.map((message) => ({ connection: connection.name, level: 'warning', message })),
  );
}

function summarize(failed: boolean, warnings: number, io: Io): number {
  const verdict = failed
    ? paint(io.stdout, 'red', 'there are problems')
    : paint(io.stdout, 'green', 'no problems');
  const more = warnings === 0 ? '' : warnings === 1 ? ', one warning' : `, ${warnings} warnings`;
  io.stdout.write(`\n${verdict}${more}\n`);
  return failed ? EXIT.problems : EXIT.ok;
}

function row({ connection, level, message }: ConnectionFinding, io: Io): string[] {
  const color = { ok: 'green', warning: 'yellow', error: 'red' } as const;
  return [connection, paint(io.stdout, color[level], level.padEnd(7)), message];
}

function summary({ connections, tenants }: Configuration, io: Io): string {
  const bold = (cells: string[]) => cells.map((cell) => paint(io.stdout, 'bold', cell));
  const ofConnections = table(io.stdout, [
    bold(['connection', 'connector']),
    ...[...connections.values()].map(({ name, connector }) => [name, connector]),
  ]);
  const ofTenants = table(io.stdout, [
    bold(['tenant', 'template', 'strategy', 'connections']),
    ...[...tenants.values()].map(({ id, templates, strategy, connections: names }) => [
      id,
      templates.name,
      strategy,
      names.join(', '),
    ]),
  ]);
  return `${ofConnections}\n\n${ofTenants}`;
}
