/** A person from the CRM as templates may be shown them: one lookup, then every outcome, at any time. */
import type { TemplateContext } from '../render/template-set.ts';
import { contextAs, type ShownAs } from '../render/shown-as.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Bridge } from './bridge.ts';
import type { Tenant } from './tenant.ts';

export { SHOWN_AS, type ShownAs } from '../render/shown-as.ts';
export { sampleContext } from '../render/sample-context.ts';

export interface PersonContexts {
  /** What the lookup led to. */
  readonly outcome: Outcome;
  /** `undefined` for a person who is not known, shown as `found` or `stale`. */
  of(as: ShownAs): TemplateContext | undefined;
}

/** @param now what the template takes for the time, in milliseconds since 1970. */
export async function personContexts(
  bridge: Bridge,
  tenant: Tenant,
  email: string,
  now: number,
): Promise<PersonContexts> {
  const request = { email, ip: undefined, url: undefined, caseId: undefined };
  const { outcome, context } = await bridge.answer(tenant, request);
  const connections = tenant.plan.connections.map(({ name }) => name);
  return { outcome, of: (as) => context && contextAs(context, as, now, connections) };
}
