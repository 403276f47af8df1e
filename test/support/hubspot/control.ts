/** Routes that control the emulator: counts of requests, and faults to inject. */
import { z } from 'zod';
import { delay, parseFault, pattern, times } from '../fault-request.ts';
import { faultNames, type Faults } from './faults.ts';
import { ok, type Reply } from './reply.ts';
import type { Stats } from './stats.ts';

const FAULT = z
  .strictObject({
    fault: z.enum(faultNames).optional(),
    only: pattern.optional(),
    times,
    latency: delay,
  })
  .refine((one) => one.fault !== undefined || one.latency !== undefined, 'needs fault or latency');

/** @returns the answer to a request about the emulator itself; `undefined` for all others. */
export function control(
  method: string,
  pathname: string,
  body: string,
  { stats, faults }: { readonly stats: Stats; readonly faults: Faults },
): Reply | undefined {
  if (pathname === '/__stats') {
    const { connections, maxInFlight, tooMany } = stats;
    const routes = Object.groupBy(stats.requests, ({ route }) => route);
    const requests = Object.entries(routes).map(([route, all = []]) => [route, all.length]);
    if (method === 'DELETE') stats.reset();
    return ok({
      connections,
      maxInFlight,
      tooMany,
      requests: Object.fromEntries(requests) as object,
    });
  }
  if (pathname !== '/__faults') return undefined;
  if (method === 'DELETE') {
    faults.clear();
    return ok({ faults: 'none' });
  }
  const parsed = parseFault(FAULT, body);
  if ('message' in parsed) return { status: 400, body: parsed };
  const { fault, only, times, latency } = parsed.fault;
  if (latency !== undefined) faults.latency = latency;
  if (fault === undefined) return ok({ latency: faults.latency });
  faults.inject(fault, {
    ...(only === undefined ? {} : { only }),
    ...(times === undefined ? {} : { times }),
  });
  return ok({ fault, only: only?.source ?? '', times: times ?? 'until cleared' });
}
