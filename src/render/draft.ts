/** Templates as an editor holds them: changed texts over a loaded set, checked and rendered without the disk. */
import { basename } from 'node:path';
import { checkTemplates, compileTemplates } from './compile.ts';
import { withoutExtension } from './engine.ts';
import { createSet } from './load.ts';
import { problemOf, type TemplateProblem } from './problem.ts';
import {
  OUTCOMES,
  type Rendered,
  type RenderOptions,
  type TemplateContext,
} from './template-set.ts';
import type { SetSources, TemplateSource } from './template-sources.ts';

/** By file name, such as `found.liquid`: those that were changed or added. */
export type DraftTexts = Readonly<Record<string, string>>;

export interface DraftFile {
  readonly name: string;
  readonly text: string;
  /** In the tenant's own folder; else of `partials` or `default`. */
  readonly own: boolean;
}

export interface DraftPreview extends Rendered {
  /** With problems no text is rendered. */
  readonly problems: readonly TemplateProblem[];
}

/** More cannot be held against each other in a moment. */
const MAX_FILES = 200;
const FILE_NAME = /^[\p{L}\p{N}_-][\p{L}\p{N}_. -]*\.liquid$/u;

/** The files of a set: a template for each outcome, then the pieces by name. */
export function draftFiles({ states, partials, own }: SetSources): readonly DraftFile[] {
  const fileOf = (name: string, source: TemplateSource | undefined) =>
    source === undefined
      ? []
      : [{ name: `${name}.liquid`, text: source.text, own: own.includes(name) }];
  return [
    ...OUTCOMES.flatMap((outcome) => fileOf(outcome, states.get(outcome))),
    ...[...partials.keys()].sort().flatMap((name) => fileOf(name, partials.get(name))),
  ];
}

/** Everything that is wrong with a set and its changed texts. `file` is a file's name; empty for the whole. */
export function checkDraft(sources: SetSources, texts: DraftTexts): readonly TemplateProblem[] {
  return compileDraft(sources, texts).problems;
}

/** The text for a context, by the limits of every rendering. A template that fails shows the built-in text. */
export function previewDraft(
  sources: SetSources,
  texts: DraftTexts,
  context: TemplateContext,
  style: RenderOptions,
): DraftPreview {
  const { merged, compiled, problems } = compileDraft(sources, texts);
  if (problems.some(({ severity }) => severity === 'error')) return { text: '', problems };
  return { ...createSet('draft', compiled, merged).render(context, style), problems };
}

function compileDraft(sources: SetSources, texts: DraftTexts) {
  const merged = withTexts(sources, texts);
  const compiled = compileTemplates(merged);
  const names = Object.keys(texts);
  const problems = [
    ...names
      .filter((name) => !FILE_NAME.test(name))
      .map((name) => problemOf(name, 'not the name of a template', 'such as line.liquid')),
    ...(names.length > MAX_FILES ? [problemOf('', `more than ${MAX_FILES} files`)] : []),
    ...(names.length > MAX_FILES ? [] : checkTemplates(compiled, merged.own)),
  ];
  return {
    merged,
    compiled,
    problems: problems.map((problem) => ({ ...problem, file: basename(problem.file) })),
  };
}

function withTexts(sources: SetSources, texts: DraftTexts): SetSources {
  const states = new Map(sources.states);
  const partials = new Map(sources.partials);
  const changed = Object.entries(texts)
    .slice(0, MAX_FILES)
    .map(([file, text]) => {
      const name = withoutExtension(file);
      const outcome = OUTCOMES.find((each) => each === name);
      if (outcome === undefined) partials.set(name, { file, text });
      else states.set(outcome, { file, text });
      return name;
    });
  return { ...sources, states, partials, own: [...new Set([...sources.own, ...changed])] };
}
