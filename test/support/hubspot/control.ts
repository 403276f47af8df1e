/** Routes that control the emulator: counts of requests, and faults to inject. */
import { isFault, type Faults } from './faults.ts';
import { ok, type Reply } from './reply.ts';
import type { Stats } from './stats.ts';

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
  const {
    fault,
    only = '',
    times,
    latency,
  } = JSON.parse(body) as {
    fault?: string;
    only?: string;
    times?: number;
    latency?: number;
  };
  if (latency !== undefined) faults.latency = latency;
  if (fault === undefined) return ok({ latency: faults.latency });
  if (!isFault(fault)) return { status: 400, body: { message: 'no such fault' } };
  faults.inject(fault, { only: new RegExp(only), ...(times === undefined ? {} : { times }) });
  return ok({ fault, only, times: times ?? 'until cleared' });
}
