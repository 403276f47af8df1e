/** Made-up people for trying templates, built from the table of words so that none is missing. */
import type { Outcome } from '../../model/outcome.ts';
import type { TemplateContext } from '../template-set.ts';
import { TEMPLATE_SCHEMA, type Type, type Words } from './template-schema.ts';

/** Two views of an outcome: in one every word has a value, in the other as few as possible. */
export function samplesOf(outcome: Outcome): readonly TemplateContext[] {
  const full = valuesOf(TEMPLATE_SCHEMA, false);
  const empty = valuesOf(TEMPLATE_SCHEMA, true);
  const { now, tenant } = full;
  const person = outcome === 'found' ? {} : { contact: null, deals: [], tickets: [], others: [] };
  return [
    { ...full, ...person, outcome },
    { ...empty, company: null, ...person, outcome, now, tenant },
  ] as unknown as TemplateContext[];
}

function valuesOf(words: Words, isEmpty: boolean): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(words).map(([name, { type }]) => [name, valueOf(type, isEmpty)]),
  );
}

function valueOf(type: Type, isEmpty: boolean): unknown {
  if (type.kind === 'group') return valuesOf(type.words, isEmpty);
  if (type.kind === 'list') return isEmpty ? [] : [valueOf(type.of, false), valueOf(type.of, true)];
  if (type.kind === 'fields') return {};
  if (isEmpty) return null;
  if (type.kind === 'number') return 1;
  if (type.kind === 'boolean') return true;
  return type.kind === 'date' ? '2026-11-24T13:05:00.000Z' : 'text';
}
