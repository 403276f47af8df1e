/** Fields that a template reads and that the shown person has in other capitals: they print nothing. */
import type { Compiled } from '../compile.ts';
import { problemAt, sortProblems, type TemplateProblem } from '../problem.ts';
import type { TemplateContext } from '../template-set.ts';
import { tagsIn, variablesOf, type ParsedTemplate } from './variables.ts';

/** @returns a warning for each place. Whose item a loop shows is not followed: deals and tickets count together. */
export function fieldsInOtherCase(
  { states, partials }: Compiled,
  context: TemplateContext,
): readonly TemplateProblem[] {
  const files: readonly ParsedTemplate[] = [...states.values(), ...partials.values()];
  return sortProblems(files.flatMap((file) => ofFile(file, context)));
}

function ofFile(file: ParsedTemplate, context: TemplateContext): readonly TemplateProblem[] {
  const tags = [...tagsIn(file.templates, new Map())];
  const variables = variablesOf(tags.flatMap((tag) => [...(tag.arguments?.() ?? [])]));
  return variables.flatMap(({ segments, location }) => {
    const at = segments.indexOf('fields');
    const [root, name] = [segments[0], segments[at + 1]];
    if (at < 1 || typeof name !== 'string') return [];
    const names = fieldNames(root, context);
    const other = names.find((each) => each.toLowerCase() === name.toLowerCase());
    if (other === undefined || names.includes(name)) return [];
    const path = segments.slice(0, at + 1).join('.');
    const message = `${path}.${name}: the person has no such field`;
    const hint = `capitals count: did you mean "${path}.${other}"?`;
    return [{ ...problemAt(file, location.col, message, hint), severity: 'warning' as const }];
  });
}

function fieldNames(root: unknown, { contact, company, deals, tickets }: TemplateContext) {
  const records =
    root === 'contact' ? [contact] : root === 'company' ? [company] : [...deals, ...tickets];
  return [...new Set(records.flatMap((record) => Object.keys(record?.fields ?? {})))];
}
