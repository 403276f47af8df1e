/** What a template reads of a made-up person. */
import { toIsoString } from '../model/clock.ts';
import { NO_SOURCE } from '../model/outcome.ts';
import { SAMPLE_PEOPLE, type SamplePerson } from './sample-people.ts';
import type { TemplateContext } from './template-set.ts';

export interface SampleRequest {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly tenant: { readonly id: string; readonly name: string };
}

/** A made-up person who was found, as what a template may be shown. */
export function sampleContext(
  person: SamplePerson,
  { now, tenant }: SampleRequest,
): TemplateContext {
  const profile = SAMPLE_PEOPLE[person];
  return {
    ...profile,
    outcome: 'found',
    contact: profile.contact,
    company: profile.company,
    source: {
      ...NO_SOURCE,
      connection: 'directory',
      connector: 'csv',
      fetchedAt: toIsoString(now),
      ageSeconds: 0,
    },
    visitor: {
      email: profile.contact.email,
      ip: '203.0.113.7',
      url: 'https://www.example.com/pricing?plan=pro',
      host: 'www.example.com',
    },
    caseId: 'b88d3c4d-c402-4673-8e5b-68778eac45cb',
    tenant: { id: tenant.id, name: tenant.name },
    now: toIsoString(now),
  };
}
