import { contextAs, type ShownAs } from '../render/shown-as.ts';
import type { LookupAnswer } from './answer.ts';
import type { Bridge } from './bridge.ts';
import { runAtOnce } from '../model/time-slice.ts';
import { fieldsInOtherCase } from '../render/check/field-case.ts';
import { compileTemplates } from '../render/compile.ts';
import { runTraced, type Step } from '../telemetry/trace.ts';
import type { Tenant } from './tenant.ts';
import { roundToTenth } from '../model/clock.ts';

/** How else to look up, and to show what was found: as another outcome, at another time. */
export interface ShowOptions {
  readonly as?: ShownAs | undefined;
  /** Milliseconds since 1970. */
  readonly at?: number | undefined;
  /** Asks the CRM whatever is cached. */
  readonly pastCache?: boolean;
}

/**
 * One lookup with every step, for `/debug/lookup` and `crm-bridge lookup --trace`.
 * @returns the outcome of the lookup where it cannot be shown as asked: an unknown person as `found` or `stale`.
 */
export async function debugLookup(
  bridge: Bridge,
  tenant: Tenant,
  email: string,
  options: ShowOptions = {},
) {
  const request = { email, ip: undefined, url: undefined, caseId: undefined };
  const now = () => performance.now();
  const { result, steps } = await runTraced(now, () =>
    bridge.answer(tenant, request, { pastCache: options.pastCache }),
  );
  const { cache, normalizedEmail, crmMs, renderMs } = result;
  const { outcome, text, source, profile } = shown(result, tenant, options) ?? {
    ...result,
    profile: result.readProfile(),
  };
  return {
    tenant: tenant.configuration.id,
    email: normalizedEmail ?? null,
    outcome,
    cache: cache ?? null,
    steps: [...steps, ...templateSteps(tenant, result, steps)],
    timings: { crmMs: roundToTenth(crmMs), renderMs: roundToTenth(renderMs) },
    source,
    profile,
    text,
  };
}

/** Names the fields that the templates read and this person has in other capitals only. */
function templateSteps(
  { configuration }: Tenant,
  { createContext }: LookupAnswer,
  steps: readonly Step[],
): readonly Step[] {
  const context = createContext?.();
  if (context?.outcome !== 'found') return [];
  const compiled = runAtOnce(compileTemplates(configuration.templates.sources));
  const found = fieldsInOtherCase(compiled, context).map(({ message, hint }) => {
    return `${message}; ${hint ?? ''}`;
  });
  if (found.length === 0) return [];
  const at = steps.at(-1)?.at ?? 0;
  return [{ step: 'template', depth: 0, at, ms: 0, warning: [...new Set(found)].join(', ') }];
}

function shown(result: LookupAnswer, { configuration, plan }: Tenant, { as, at }: ShowOptions) {
  const { outcome } = result;
  const context = result.createContext?.();
  if (context === undefined || (as === undefined && at === undefined)) return undefined;
  const connections = plan.connections.map(({ name }) => name);
  const now = at ?? Date.parse(context.now);
  const other = contextAs(context, as ?? outcome, now, connections);
  if (other === undefined) return undefined;
  const { text } = configuration.templates.render(other, configuration);
  const { contact, company, source } = other;
  const profile = contact !== null ? result.readProfile() : company === null ? {} : { company };
  return { outcome: other.outcome, source, profile, text };
}
