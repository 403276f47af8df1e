import type { Details } from '../telemetry/trace.ts';
import type { Company, Contact, Profile } from '../model/profile.ts';

/**
 * @param profiles in the order in which they are merged.
 * @returns for each of them which words it decides, namely those that none before it has, and how many
 *   deals and tickets come from it.
 */
export function mergeTrace(profiles: readonly Profile[]): readonly Details[] {
  const decided = new Set<string>();
  return profiles.map(({ contact, company, deals, tickets }) => {
    const known = [...wordsOf('contact', contact), ...wordsOf('company', company)];
    const own = known.filter((word) => !decided.has(word));
    for (const word of own) decided.add(word);
    return { provides: own.join(' '), deals: deals.length, tickets: tickets.length };
  });
}

function wordsOf(name: string, record: Contact | Company | null): readonly string[] {
  if (record === null) return [];
  const { fields, ...words } = record;
  return [
    ...Object.entries(words).map(([word, value]) => [`${name}.${word}`, value] as const),
    ...Object.entries(fields).map(([word, value]) => [`${name}.fields.${word}`, value] as const),
  ].flatMap(([word, value]) => (value === null ? [] : word));
}
