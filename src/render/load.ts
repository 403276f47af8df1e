/** From a folder of templates to a compiled set, or to all that is wrong with it. */
import type { Outcome } from '../model/outcome.ts';
import { runAtOnce, runInSlices, type Sliceable } from '../model/time-slice.ts';
import { checkTemplates, compileTemplates, wordsRead, type Compiled } from './compile.ts';
import { filesInOtherLanguages, type ForeignFile } from './check/language.ts';
import type { RawText } from './engine.ts';
import { layoutText } from './layout.ts';
import { sortProblems, type TemplateProblem } from './problem.ts';
import { describeFailure } from './render-error.ts';
import { findSet } from './template-files.ts';
import type { SetSources } from './template-sources.ts';
import type {
  Rendered,
  RenderOptions,
  RequestWord,
  TemplateContext,
  TemplateSet,
} from './template-set.ts';

export interface LoadOptions {
  /** A folder's name, as in `template:` of a tenant. */
  readonly name: string;
  /** Absolute parent folders, the first wins: the operator's, if any, then the product's own. */
  readonly folders: readonly string[];
}

export interface LoadedSet {
  readonly set: TemplateSet;
  /** Of the files that agents read, those that say they are in another language. @param language ISO 639 */
  inOtherLanguages(language: string): readonly ForeignFile[];
  readonly problems?: undefined;
}

export type TemplateSetResult = (
  LoadedSet | { readonly problems: readonly TemplateProblem[]; readonly set?: undefined }
) & {
  readonly warnings: readonly TemplateProblem[];
  /** To be watched, with a problem too. Absolute. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
};

/**
 * Reads, parses and checks a set; at run time no file is touched. Never throws for what people may do
 * wrong: all problems of all files come back at once.
 */
export async function loadTemplateSet({ name, folders }: LoadOptions): Promise<TemplateSetResult> {
  const { sources, problems, ...watch } = await findSet(name, folders);
  if (sources === undefined) return { ...watch, problems: sortProblems(problems), warnings: [] };
  const compiled = await runInSlices(compileTemplates(sources));
  const found = await runInSlices(checkTemplates(compiled, sources.own));
  const errors = found.filter(({ severity }) => severity === 'error');
  const warnings = found.filter(({ severity }) => severity === 'warning');
  if (errors.length > 0) return { ...watch, problems: errors, warnings };
  const { states, partials } = compiled;
  return {
    ...watch,
    set: await runInSlices(createSet(name, compiled, sources)),
    warnings,
    inOtherLanguages: (language) => filesInOtherLanguages(states.values(), partials, language),
  };
}

/** What an agent reads when even the built-in template fails. */
const FALLBACK_TEXT: Readonly<Record<Outcome, string>> = {
  found:
    'This e-mail is known in the CRM, but its data cannot be shown now. Please look it up there.',
  not_found: 'No match for this e-mail in the CRM.',
  no_email: 'No e-mail address yet. Ask the visitor for it to see CRM data.',
  unavailable: 'The CRM cannot be asked right now. Please look the visitor up by hand.',
};

/** @param compiled from the sources, without problems. */
export function* createSet(
  name: string,
  compiled: Compiled,
  sources: SetSources,
): Sliceable<TemplateSet> {
  let fallback: Compiled | undefined;
  const words = new Map<Outcome, readonly RequestWord[]>();
  for (const [outcome, template] of compiled.states)
    words.set(outcome, yield* wordsRead(template, compiled));
  const render = (context: TemplateContext, style: RenderOptions): Rendered => {
    const file = compiled.states.get(context.outcome)?.file ?? name;
    try {
      const { text, validUntil } = renderTemplate(compiled, context, style);
      if (text !== '') return validUntil === Infinity ? { text } : { text, validUntil };
      return failed(context, style, `${file}: printed nothing`);
    } catch (error) {
      return failed(context, style, describeFailure(error, file));
    }
  };
  return { name, sources, render, wordsRead: (outcome) => words.get(outcome) ?? [] };

  function failed(context: TemplateContext, style: RenderOptions, failure: string): Rendered {
    return { text: builtInText(context, style), failure };
  }

  function builtInText(context: TemplateContext, style: RenderOptions): string {
    try {
      fallback ??= runAtOnce(compileTemplates(sources.builtIn));
      const { text } = renderTemplate(fallback, context, style);
      if (text !== '') return text;
    } catch {
      // The fixed sentence remains.
    }
    return layoutText(FALLBACK_TEXT[context.outcome], style);
  }
}

function renderTemplate(
  { engine, states }: Compiled,
  context: TemplateContext,
  style: RenderOptions,
): RawText {
  const template = states.get(context.outcome);
  if (template === undefined) return { text: '', validUntil: 0 };
  const { text, validUntil } = engine.render(template.templates, context, style);
  return { text: layoutText(text, style), validUntil };
}
