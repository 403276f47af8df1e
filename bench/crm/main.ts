/** The process of an emulated CRM: `node crm/main.ts salesforce|hubspot PEOPLE`, told what to do by its parent. */
import process from 'node:process';
import { answerParent } from '../child.ts';
import { hubspot } from './hubspot.ts';
import { listenAsCrm, type Mood } from './listen.ts';
import { salesforce } from './salesforce.ts';

const [kind, people] = process.argv.slice(2);
const crm = await listenAsCrm(kind === 'salesforce' ? salesforce : () => hubspot(Number(people)));

answerParent({
  url: () => crm.url,
  mood: (mood) => void (crm.mood = { ...crm.mood, ...(mood as Partial<Mood>) }),
  forget: () => void (crm.seen = []),
  seen: () => crm.seen,
});
