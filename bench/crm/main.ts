/** The process of an emulated CRM: `node crm/main.ts salesforce|hubspot PEOPLE TIER`, controlled by its parent. */
import process from 'node:process';
import type { Tier } from '../../test/support/hubspot/limiter.ts';
import { answerParent } from '../child.ts';
import { hubspot } from './hubspot.ts';
import { listenAsCrm, type Mood } from './listen.ts';
import { salesforce } from './salesforce.ts';

const [kind, people, tier] = process.argv.slice(2);
const crm = await listenAsCrm(
  kind === 'salesforce' ? salesforce : () => hubspot(Number(people), tier as Tier),
);

answerParent({
  url: () => crm.url,
  mood: (mood) => void (crm.mood = { ...crm.mood, ...(mood as Partial<Mood>) }),
  forget: () => void (crm.seen = []),
  seen: () => crm.seen,
});
