/** What a tenant's templates are shown with in an editor: a person, at a time, as every outcome. */
import { instantIn } from '../render/parse-date.ts';
import { sampleContext } from '../render/sample-context.ts';
import type { SamplePerson } from '../render/sample-people.ts';
import { contextAs, SHOWN_AS, type ShownAs } from '../render/shown-as.ts';
import type { TemplateContext } from '../render/template-set.ts';
import type { Bridge } from './bridge.ts';
import type { Tenant } from './tenant.ts';

export interface PreviewRequest {
  /** A made-up person, or the address of a real one, who is looked up as for an agent. */
  readonly person: { readonly sample: SamplePerson } | { readonly email: string };
  /** Such as `2026-11-24T14:05`, in the tenant's zone; now when left out. */
  readonly at?: string | undefined;
}

export interface PreviewContexts {
  /** What the lookup has led to; `found` for a made-up person. */
  readonly context: TemplateContext;
  /** `context` is missing where the person is not known, so cannot be shown so. */
  readonly outcomes: readonly {
    readonly as: ShownAs;
    readonly context: TemplateContext | undefined;
  }[];
}

/** @returns `undefined` when the bridge itself failed. @throws {RangeError} for a time that is none. */
export async function previewContexts(
  bridge: Bridge,
  tenant: Tenant,
  { person, at }: PreviewRequest,
): Promise<PreviewContexts | undefined> {
  const { configuration, plan } = tenant;
  const { id, name, timeZone } = configuration;
  const time = at === undefined ? bridge.clock.now() : instantIn(timeZone, at);
  const context =
    'sample' in person
      ? sampleContext(person.sample, { now: time, tenant: { id, name } })
      : await lookUp(bridge, tenant, person.email);
  if (context === undefined) return undefined;
  const connections = plan.connections.map((connection) => connection.name);
  const outcomes = SHOWN_AS.map((as) => ({
    as,
    context: contextAs(context, as, time, connections),
  }));
  return { context, outcomes };
}

async function lookUp(bridge: Bridge, tenant: Tenant, email: string) {
  const request = { email, ip: undefined, url: undefined, caseId: undefined };
  return (await bridge.answer(tenant, request)).createContext?.();
}
