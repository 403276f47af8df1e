/** What a template reads of a made-up person. */
import { toIsoString } from '../model/clock.ts';
import { NO_SOURCE } from '../model/outcome.ts';
import { SAMPLE_PERSON } from './sample-person.ts';
import { contextAs, type ShownAs } from './shown-as.ts';
import type { TemplateContext } from './template-set.ts';

export interface SampleRequest {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly tenant: { readonly id: string; readonly name: string };
}

/** The person of docs/templates.md, as what a template may be shown. */
export function sampleContext(as: ShownAs, { now, tenant }: SampleRequest): TemplateContext {
  const { contact, company } = SAMPLE_PERSON;
  const context: TemplateContext = {
    ...SAMPLE_PERSON,
    outcome: 'found',
    contact,
    company,
    source: {
      ...NO_SOURCE,
      connection: 'directory',
      connector: 'csv',
      fetchedAt: toIsoString(now),
      ageSeconds: 0,
    },
    visitor: {
      email: contact.email,
      ip: '203.0.113.7',
      url: 'https://www.example.com/pricing?plan=pro',
      host: 'www.example.com',
    },
    caseId: 'b88d3c4d-c402-4673-8e5b-68778eac45cb',
    tenant: { id: tenant.id, name: tenant.name },
    now: toIsoString(now),
  };
  return contextAs(context, as, now) ?? context;
}
