/** `crm-bridge check`: finds what can be found before the service starts. */
import type { Configuration } from '../config/configuration.ts';
import type { CheckResult } from '../connector/contract.ts';
import type { Connection } from '../upstream/connection.ts';
import { EXIT, type Io } from './io.ts';
import { paint, table, withSpinner } from './terminal.ts';
import type { ParsedArgs } from './args.ts';
import { withBridge } from './with-bridge.ts';

/** For each connection. */
const LIVE_TIMEOUT_MS = 30_000;

export function check(args: ParsedArgs, io: Io): Promise<number> {
  return withBridge(args, io, { requireOpen: true }, async (bridge, configuration, warnings) => {
    io.stdout.write(`${configuration.file}\n\n${summary(configuration, io)}\n`);
    if (args.values['live'] !== true) return summarize(false, warnings, io);
    const connections = [...bridge.current.connections.values()];
    const findings = await withSpinner(io.stderr, 'asking the CRMs', () =>
      Promise.all(connections.map(checkConnection)),
    );
    const flat = findings.flat();
    io.stdout.write(
      `\n${table(
        io.stdout,
        flat.map((finding) => row(finding, io)),
      )}\n`,
    );
    const count = (wanted: CheckResult['level']) =>
      flat.filter(({ level }) => level === wanted).length;
    return summarize(count('error') > 0, warnings + count('warning'), io);
  });
}

function summarize(failed: boolean, warnings: number, io: Io): number {
  const verdict = failed
    ? paint(io.stdout, 'red', 'there are problems')
    : paint(io.stdout, 'green', 'no problems');
  const more = warnings === 0 ? '' : warnings === 1 ? ', one warning' : `, ${warnings} warnings`;
  io.stdout.write(`\n${verdict}${more}\n`);
  return failed ? EXIT.problems : EXIT.ok;
}

interface Found extends CheckResult {
  readonly connection: string;
}

async function checkConnection(connection: Connection): Promise<readonly Found[]> {
  const findings = await connection.check({ signal: AbortSignal.timeout(LIVE_TIMEOUT_MS) });
  return findings.map((finding) => ({ ...finding, connection: connection.name }));
}

function row({ connection, level, message }: Found, io: Io): string[] {
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
