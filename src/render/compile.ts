/** From templates' texts in memory to what renders them, and to all that is wrong with them. */
import { IncludeTag, RenderTag, type Template } from 'liquidjs';
import { closestMatch } from '../model/closest-match.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Sliceable } from '../model/time-slice.ts';
import { checkDeclaration } from './check/language.ts';
import { lint } from './check/lint.ts';
import { parseTemplate } from './check/parse.ts';
import { partialName, tagsIn, variablesOf, type ParsedTemplate } from './check/variables.ts';
import { createEngine, type Engine } from './engine.ts';
import { problemOf, sortProblems, type TemplateProblem } from './problem.ts';
import { requestWords } from './request-words.ts';
import { OUTCOMES, type RequestWord } from './template-set.ts';
import type { TemplateSource, TemplateSources } from './template-sources.ts';

export interface Compiled {
  readonly engine: Engine;
  readonly states: ReadonlyMap<Outcome, ParsedTemplate>;
  readonly partials: ReadonlyMap<string, ParsedTemplate>;
  /** Of files that cannot be read to their end. */
  readonly problems: readonly TemplateProblem[];
}

/** Reads nothing but the texts it is given. */
export function* compileTemplates(sources: TemplateSources): Sliceable<Compiled> {
  const trees = new Map<string, readonly Template[]>();
  const engine = createEngine(trees);
  const problems: TemplateProblem[] = [];
  const parse = (source: TemplateSource): ParsedTemplate => {
    const parsed = parseTemplate(engine, source);
    problems.push(...parsed.problems);
    return { ...source, templates: parsed.templates };
  };
  const partials = new Map<string, ParsedTemplate>();
  for (const [name, { file, text }] of sources.partials) {
    yield;
    // A partial's last line break is its file's, so that it can be used within a line.
    const partial = parse({ file, text: text.replace(/\r?\n$/u, '') });
    trees.set(name, partial.templates);
    partials.set(name, partial);
  }
  const states = new Map<Outcome, ParsedTemplate>();
  for (const [outcome, source] of sources.states) {
    yield;
    states.set(outcome, parse(source));
  }
  return { engine, states, partials, problems };
}

/** Every problem at once, in order of file and position. @param own names of files that something must use. */
export function* checkTemplates(
  compiled: Compiled,
  own: readonly string[] = [],
): Sliceable<readonly TemplateProblem[]> {
  const { states, partials } = compiled;
  const found = yield* lint([...states.values()], partials);
  yield;
  return sortProblems([
    ...compiled.problems,
    ...found,
    ...unusedFiles(compiled, own),
    ...[...states.values()].filter(isEmpty).map(emptyProblem),
    ...[...states.values(), ...partials.values()].flatMap(checkDeclaration),
  ]);
}

const COMMENT = /\{%-?\s*#.*?%\}|\{%-?\s*comment\b.*?\bendcomment\s*-?%\}/gsu;

function isEmpty({ text }: TemplateSource): boolean {
  return text.replace(COMMENT, '').trim() === '';
}

function emptyProblem({ file }: TemplateSource): TemplateProblem {
  const message = 'the file prints nothing, so agents read the text of the product';
  const hint = 'write a text, or delete the file';
  return { ...problemOf(file, message, hint), severity: 'warning' };
}

function unusedFiles(
  { states, partials }: Compiled,
  own: readonly string[],
): readonly TemplateProblem[] {
  const tags = [...states.values()].flatMap(({ templates }) => [...tagsIn(templates, partials)]);
  const calls = tags.filter((tag) => tag instanceof RenderTag || tag instanceof IncludeTag);
  const used = new Set(calls.map(partialName));
  return own.flatMap((name) => {
    const partial = partials.get(name);
    const meant = partial && !used.has(name) ? closestMatch(name, OUTCOMES) : undefined;
    if (partial === undefined || meant === undefined) return [];
    const hint = `did you mean "${meant}.liquid"?`;
    return [problemOf(partial.file, `${name}.liquid: nothing uses this file`, hint)];
  });
}

/** The words of the request and the source that a template and its partials read. */
export function* wordsRead(
  { templates }: ParsedTemplate,
  { partials }: Compiled,
): Sliceable<readonly RequestWord[]> {
  const words = new Set<RequestWord>();
  for (const tag of tagsIn(templates, partials)) {
    yield;
    const variables = variablesOf(tag.arguments?.() ?? []);
    for (const word of requestWords(variables)) words.add(word);
  }
  return [...words];
}
