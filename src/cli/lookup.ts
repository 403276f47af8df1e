/** `crm-bridge lookup TENANT EMAIL`: what the agent would see, and on request how it came about. */
import type { Bridge } from '../bridge/bridge.ts';
import { debugLookup } from '../bridge/debug-lookup.ts';
import type { Step } from '../telemetry/trace.ts';
import { EXIT, type Io } from './io.ts';
import { paint, table } from './terminal.ts';
import type { ParsedArgs } from './args.ts';
import { withBridge } from './with-bridge.ts';

export function lookup(words: ParsedArgs, io: Io): Promise<number> {
  const [id = '', email = ''] = words.positionals;
  return withBridge(words, io, async (bridge) => {
    const tenant = bridge.current.tenants.get(id);
    if (tenant === undefined) {
      const known = [...bridge.current.tenants.keys()].join(', ');
      io.stderr.write(`there is no tenant ${JSON.stringify(id)}; there is: ${known}\n`);
      return EXIT.problems;
    }
    const { steps, ...answer } = await debugLookup(bridge, tenant, email);
    const traced = words.values['trace'] === true;
    if (words.values['json'] === true) {
      io.stdout.write(`${JSON.stringify(traced ? { ...answer, steps } : answer, null, 2)}\n`);
    } else {
      io.stdout.write(`${answer.text}\n`);
      if (traced) io.stdout.write(`\n${trace(steps, io)}\n`);
    }
    if (answer.outcome !== 'unavailable') return EXIT.ok;
    const silent = answer.source.missing.map((name) => `${name} (${reason(bridge, name)})`);
    io.stderr.write(`no answer from ${silent.join(', ')}; check --live tries every connection\n`);
    return EXIT.problems;
  });
}

/** Why the one lookup of this process was not answered. */
function reason(bridge: Bridge, connection: string): string {
  return bridge.current.connections.get(connection)?.status().lastError?.kind ?? 'not in time';
}

/** When, what (parts are indented below their whole), how long, with which connection, what came of it. */
function trace(steps: readonly Step[], io: Io): string {
  return table(
    steps.map(({ step, depth, at, ms, connection, ...details }) => [
      paint(io.stdout, 'dim', `${at.toFixed(1).padStart(8)} ms`),
      '  '.repeat(depth) + step,
      ms === undefined ? '' : `${ms.toFixed(1)} ms`.padStart(9),
      String(connection ?? ''),
      Object.entries(details)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join(' '),
    ]),
  );
}
