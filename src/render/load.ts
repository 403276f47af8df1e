/** From a folder of templates to a compiled set, or to all that is wrong with it. */
import type { Template } from 'liquidjs';
import { closestMatch } from '../model/closest-match.ts';
import { createEngine, type Engine } from './engine.ts';
import { describeFailure } from './render-error.ts';
import { layoutText } from './layout.ts';
import { findSet, OUTCOMES, type SetSources } from './template-files.ts';
import { lint, type ParsedTemplate } from './check/lint.ts';
import { parseTemplate } from './check/parse.ts';
import { sortProblems, problemOf, type TemplateProblem, type TemplateSource } from './problem.ts';
import { memoizeRender, type RenderingClock } from './render-cache.ts';
import type { RenderOptions, TemplateSet } from './template-set.ts';
import type { TemplateContext } from './template-context.ts';
import type { Outcome } from '../model/outcome.ts';

export interface LoadOptions {
  /** A folder's name, as in `template:` of a tenant. */
  readonly name: string;
  /** Absolute parent folders, the first wins: the operator's, if any, then the product's own. */
  readonly folders: readonly string[];
}

export type LoadResult = (
  | { readonly set: TemplateSet; readonly problems?: undefined }
  | { readonly problems: readonly TemplateProblem[]; readonly set?: undefined }
) & {
  /** To be watched, with a problem too. Absolute. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
};

/**
 * Reads, parses and checks a set; at run time no file is touched. Never throws for what people may do
 * wrong: all problems of all files come back at once.
 */
export async function loadTemplateSet({ name, folders }: LoadOptions): Promise<LoadResult> {
  const { sources, problems, ...watch } = await findSet(name, folders);
  if (sources === undefined) return { ...watch, problems: sortProblems(problems) };
  const compiled = compile(sources, sources.own);
  if (compiled.problems.length > 0) return { ...watch, problems: sortProblems(compiled.problems) };
  return { ...watch, set: createSet(name, compiled, sources.builtIn) };
}

/** What an agent reads when even the built-in template fails. */
const FALLBACK_TEXT: Readonly<Record<Outcome, string>> = {
  found:
    'This e-mail is known in the CRM, but its data cannot be shown now. Please look it up there.',
  not_found: 'No match for this e-mail in the CRM.',
  no_email: 'No e-mail address yet. Ask the visitor for it to see CRM data.',
  unavailable: 'The CRM cannot be asked right now. Please look the visitor up by hand.',
};

interface Compiled {
  readonly engine: Engine;
  readonly states: ReadonlyMap<Outcome, ParsedTemplate>;
  readonly problems: readonly TemplateProblem[];
}

type Sources = Pick<SetSources, 'states' | 'partials'>;

function compile(sources: Sources, own: readonly string[] = []): Compiled {
  const parts = new Map<string, Template[]>();
  const engine = createEngine(parts);
  const problems: TemplateProblem[] = [];
  const parse = (source: TemplateSource): Template[] => {
    const parsed = parseTemplate(engine, source);
    problems.push(...(parsed.problems ?? []));
    return parsed.templates ?? [];
  };
  for (const [name, source] of sources.partials) {
    // A partial's last line break is its file's, so that it can be used within a line.
    parts.set(name, parse({ ...source, text: source.text.replace(/\r?\n$/u, '') }));
  }
  const partials = mapValues(sources.partials, (source, name) => ({
    ...source,
    templates: parts.get(name) ?? [],
  }));
  const states = mapValues(sources.states, (source) => ({ ...source, templates: parse(source) }));
  const checked = lint([...states.values()], partials);
  problems.push(...checked.problems);
  for (const name of own) {
    const source = sources.partials.get(name);
    if (source === undefined || checked.used.has(name)) continue;
    const meant = closestMatch(name, OUTCOMES);
    if (meant === undefined) continue;
    const hint = `did you mean "${meant}.liquid"?`;
    problems.push(problemOf(source.file, `${name}.liquid: nothing uses this file`, hint));
  }
  return { engine, states, problems };
}

function createSet(name: string, { engine, states }: Compiled, builtIn: Sources): TemplateSet {
  let fallback: Compiled | undefined;
  return {
    name,
    render: memoizeRender((view, style, clock) => {
      const template = states.get(view.outcome);
      try {
        const text = renderTemplate(engine, template, view, style, clock);
        if (text !== '') return { text };
        const failure = `${template?.file ?? name}: printed nothing`;
        return { text: drawFallback(view, style, clock), failure };
      } catch (error) {
        const failure = describeFailure(error, template?.file ?? name);
        return { text: drawFallback(view, style, clock), failure };
      }
    }),
  };

  function drawFallback(
    view: TemplateContext,
    style: RenderOptions,
    clock: RenderingClock,
  ): string {
    try {
      fallback ??= compile(builtIn);
      const template = fallback.states.get(view.outcome);
      const text = renderTemplate(fallback.engine, template, view, style, clock);
      if (text !== '') return text;
    } catch {
      // There are still the last words.
    }
    return layoutText(FALLBACK_TEXT[view.outcome], style);
  }
}

function renderTemplate(
  engine: Engine,
  template: ParsedTemplate | undefined,
  view: TemplateContext,
  style: RenderOptions,
  clock: RenderingClock,
): string {
  return template === undefined
    ? ''
    : layoutText(engine.render(template.templates, view, style, clock), style);
}

function mapValues<K, A, B>(map: ReadonlyMap<K, A>, change: (value: A, key: K) => B): Map<K, B> {
  return new Map([...map].map(([key, value]) => [key, change(value, key)]));
}
