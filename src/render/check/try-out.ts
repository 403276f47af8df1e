/** Renders templates for made-up people, built from the table of words so that none is missing. */
import { LiquidError } from 'liquidjs';
import type { Outcome } from '../../model/outcome.ts';
import type { Engine } from '../engine.ts';
import { problemAt, type TemplateProblem } from '../problem.ts';
import { limitReached } from '../render-error.ts';
import type { RenderOptions, TemplateContext } from '../template-set.ts';
import { TEMPLATE_SCHEMA, type Type, type Words } from '../template-schema.ts';
import type { ParsedTemplate } from './variables.ts';

const SAMPLE_STYLE: RenderOptions = {
  locale: 'en-GB',
  timeZone: 'UTC',
  currency: 'EUR',
  maxLength: 4000,
  lineSeparator: '\n',
};

/** Finds what fails for any values, such as a filter without its argument. */
export function tryOut(
  engine: Engine,
  states: ReadonlyMap<Outcome, ParsedTemplate>,
): readonly TemplateProblem[] {
  return [...states].flatMap(([outcome, template]) => {
    try {
      for (const context of samplesOf(outcome))
        engine.render(template.templates, context, SAMPLE_STYLE);
      return [];
    } catch (error) {
      // Whether a limit is reached depends on the person and on the machine: that shows as the template runs.
      if (!LiquidError.is(error) || limitReached(error) !== undefined) return [];
      const { token, originalError = error } = error;
      const source = { file: token.file ?? template.file, text: token.input };
      const hint = 'docs/templates.md has an example of each filter';
      const lacking = /^(\w+) expect \d+ arguments$/u;
      const message = originalError.message.replace(lacking, '$1: an argument is missing');
      return [problemAt(source, token.begin, message, hint)];
    }
  });
}

/** Two contexts of an outcome: in one every word has a value, in the other as few as possible. */
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
