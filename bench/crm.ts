/** An emulated CRM in a child process. */
import { join } from 'node:path';
import type { Tier } from '../test/support/hubspot/limiter.ts';
import { startChild } from './child.ts';
import type { Mood, Seen } from './crm/listen.ts';
import type { Setting } from './measurement.ts';

export type CrmKind = 'salesforce' | 'hubspot';

export interface Crm extends AsyncDisposable {
  readonly kind: CrmKind;
  readonly url: string;
  setMood(mood: Partial<Mood>): Promise<void>;
  /** Forgets the requests so far. */
  forget(): Promise<void>;
  /** API requests since then, sign-ins left out. */
  seen(): Promise<readonly Seen[]>;
}

/** @param people how many HubSpot knows; Salesforce knows everyone. @param tier the HubSpot tier whose limits apply. */
export async function startCrm(
  { cores, folder }: Setting,
  kind: CrmKind,
  people: number,
  tier: Tier = 'free',
): Promise<Crm> {
  const script = join(import.meta.dirname, 'crm/main.ts');
  const child = startChild({
    words: [script, kind, `${people}`, tier],
    core: cores.crm,
    logFile: join(folder, `${kind}.log`),
  });
  return {
    kind,
    url: await child.ask<string>('url'),
    setMood: (mood) => child.ask('mood', mood),
    forget: () => child.ask('forget'),
    seen: async () =>
      (await child.ask<Seen[]>('seen')).map((one) => ({ ...one, until: one.until ?? Infinity })),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
