import type { Bridge } from './bridge.ts';
import { runTraced } from '../telemetry/trace.ts';
import type { Tenant } from './tenant.ts';
import { roundToTenth } from '../model/clock.ts';

/** One lookup with every step, for `/debug/lookup` and `crm-bridge lookup --trace`. */
export async function debugLookup(bridge: Bridge, tenant: Tenant, email: string) {
  const request = { email, ip: undefined, url: undefined, caseId: undefined };
  const now = () => performance.now();
  const { result, steps } = await runTraced(now, () => bridge.answer(tenant, request));
  const { outcome, text, profile, source, cache, normalizedEmail, crmMs, renderMs } = result;
  return {
    tenant: tenant.configuration.id,
    email: normalizedEmail ?? null,
    outcome,
    cache: cache ?? null,
    steps,
    timings: { crmMs: roundToTenth(crmMs), renderMs: roundToTenth(renderMs) },
    source,
    profile,
    text,
  };
}
