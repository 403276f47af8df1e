/** `crm-bridge lookup TENANT EMAIL`: prints what the agent would see, with `--trace` each step too. */
import type { Bridge } from '../bridge/bridge.ts';
import { debugLookup } from '../bridge/debug-lookup.ts';
import type { Step } from '../telemetry/trace.ts';
import { instantIn, parseDate } from '../render/parse-date.ts';
import { SHOWN_AS, type ShownAs } from '../render/shown-as.ts';
import { EXIT, type Io } from './io.ts';
import { paint, table, wrap } from './terminal.ts';
import { UsageError, type ParsedArgs } from './args.ts';
import { withBridge } from './with-bridge.ts';

export function lookup(args: ParsedArgs, io: Io): Promise<number> {
  const [id = '', email = ''] = args.positionals;
  const as = parseOutcome(args.values['as']);
  const timeAt = parseTime(args.values['at']);
  return withBridge(args, io, { tenant: id }, async ({ bridge }) => {
    const tenant = bridge.current.tenants.get(id);
    if (tenant === undefined) {
      const known = [...bridge.current.tenants.keys()].join(', ');
      // An address is not repeated.
      const said = id.includes('@')
        ? 'TENANT comes first, then EMAIL; known tenants'
        : `unknown tenant ${JSON.stringify(id)}; known`;
      io.stderr.write(`${wrap(io.stderr, `${said}: ${known}`)}\n`);
      return EXIT.problems;
    }
    // This process makes one lookup: it does not begin before the names of codes have come.
    const signal = AbortSignal.timeout(tenant.configuration.deadline);
    await Promise.all(tenant.plan.connections.map((connection) => connection.ready({ signal })));
    const at = timeAt?.(tenant.configuration.timeZone);
    const { steps, ...answer } = await debugLookup(bridge, tenant, email, { as, at });
    const traced = args.values['trace'] === true;
    if (args.values['json'] === true) {
      io.stdout.write(`${JSON.stringify(traced ? { ...answer, steps } : answer, null, 2)}\n`);
    } else {
      io.stdout.write(`${answer.text}\n`);
      if (traced) io.stdout.write(`\n${traceTable(steps, io)}\n`);
    }
    if (as !== undefined && answer.outcome !== (as === 'stale' ? 'found' : as)) {
      io.stderr.write(`shown as ${answer.outcome}: only a known person can be shown as ${as}\n`);
      return EXIT.problems;
    }
    if (answer.outcome !== 'unavailable' || as === 'unavailable') return EXIT.ok;
    const reasons = answer.source.missing.map(
      (name) => [name, failureReason(bridge, name)] as const,
    );
    const unanswered = reasons.map(([name, reason]) => `${name} (${reason})`).join(', ');
    const hint = hintFor(new Set(reasons.map(([, reason]) => reason)), traced);
    io.stderr.write(`${wrap(io.stderr, `no answer from ${unanswered}; ${hint}`)}\n`);
    return EXIT.problems;
  });
}

/** A check asks for a made-up address: what is wrong with the record of a person shows in the trace alone. */
function hintFor(reasons: ReadonlySet<string>, traced: boolean): string {
  const check = 'check --live tries every connection';
  if (!reasons.has('bad_response')) return check;
  const trace = traced ? 'the trace says what is wrong' : 'lookup --trace says what is wrong';
  return reasons.size === 1 ? trace : `${trace}, ${check}`;
}

function parseOutcome(value: unknown): ShownAs | undefined {
  if (value === undefined) return undefined;
  const known = SHOWN_AS.find((each) => each === value);
  if (known !== undefined) return known;
  throw new UsageError(`lookup: --as takes ${SHOWN_AS.join(', ')}`);
}

/** @returns the milliseconds since 1970 , given the zone of a time that names none. */
function parseTime(value: unknown): ((timeZone: string) => number) | undefined {
  if (typeof value !== 'string') return undefined;
  if (parseDate(value) === undefined) {
    throw new UsageError(
      'lookup: --at takes a time such as 2026-11-24T14:05, in the zone of the tenant',
    );
  }
  return (timeZone) => instantIn(timeZone, value);
}

/** This process makes one lookup, so the last error is the reason. */
function failureReason(bridge: Bridge, connection: string): string {
  return bridge.current.connections.get(connection)?.status().lastError?.kind ?? 'timeout';
}

/** Columns: start, step (indented below the step it is part of), duration, connection, details. */
function traceTable(steps: readonly Step[], io: Io): string {
  return table(
    io.stdout,
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
