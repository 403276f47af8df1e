/** Templates as an editor holds them: changed texts over a loaded set, checked and rendered without the disk. */
import { basename } from 'node:path';
import { runAtOnce } from '../model/time-slice.ts';
import { fieldsInOtherCase } from './check/field-case.ts';
import { filesInOtherLanguages, languageName } from './check/language.ts';
import { checkTemplates, compileTemplates, type Compiled } from './compile.ts';
import { pieceCompletions, type PieceCompletion } from './completion.ts';
import { withoutExtension } from './engine.ts';
import { createSet } from './load.ts';
import { problemOf, sortProblems, type TemplateProblem } from './problem.ts';
import {
  OUTCOMES,
  type Rendered,
  type RenderOptions,
  type TemplateContext,
} from './template-set.ts';
import type { SetSources, TemplateSource } from './template-sources.ts';

/** By file name, such as `found.liquid`: those that were changed or added. */
export type DraftTexts = Readonly<Record<string, string>>;

export interface Draft {
  /** What is on the disk. */
  readonly sources: SetSources;
  readonly texts: DraftTexts;
  readonly style: RenderOptions;
  /** What to render it for. */
  readonly contexts: readonly TemplateContext[];
}

export interface DraftResult {
  /** Everything that is wrong. `file` is a file's name; empty for the whole. */
  readonly problems: readonly TemplateProblem[];
  readonly pieces: readonly PieceCompletion[];
  /** One for each context; none when there are problems. */
  readonly rendered: readonly Rendered[];
}

/** More cannot be held against each other in a moment. */
const MAX_FILES = 200;
const FILE_NAME = /^[\p{L}\p{N}_-][\p{L}\p{N}_. -]*\.liquid$/u;

export interface DraftFile {
  readonly name: string;
  readonly text: string;
  /** Absolute. */
  readonly path: string;
  /** In the tenant's own folder; else of `partials` or `default`. */
  readonly own: boolean;
}

/** The files of a set: a template for each outcome, then the pieces by name. */
export function draftFiles({ states, partials, own }: SetSources): readonly DraftFile[] {
  const fileOf = (name: string, source: TemplateSource | undefined) =>
    source === undefined
      ? []
      : [
          {
            name: `${name}.liquid`,
            text: source.text,
            path: source.file,
            own: own.includes(name),
          },
        ];
  return [
    ...OUTCOMES.flatMap((outcome) => fileOf(outcome, states.get(outcome))),
    ...[...partials.keys()].sort().flatMap((name) => fileOf(name, partials.get(name))),
  ];
}

/** Checks and renders by the limits of every rendering. A template that fails shows the built-in text. */
export function evaluateDraft({ sources, texts, style, contexts }: Draft): DraftResult {
  const names = Object.keys(texts);
  if (names.length > MAX_FILES) {
    return { problems: [problemOf('', `more than ${MAX_FILES} files`)], pieces: [], rendered: [] };
  }
  const merged = withTexts(sources, texts);
  const compiled = runAtOnce(compileTemplates(merged));
  const problems = [
    ...names
      .filter((name) => !FILE_NAME.test(name))
      .map((name) => problemOf(name, 'not the name of a template', 'such as line.liquid')),
    ...runAtOnce(checkTemplates(compiled, merged.own)),
    ...languageWarnings(compiled, style.locale),
    ...sortProblems(contexts.flatMap((context) => fieldsInOtherCase(compiled, context))),
  ].map((problem) => ({ ...problem, file: basename(problem.file) }));
  const pieces = pieceCompletions(compiled);
  if (problems.some(({ severity }) => severity === 'error')) {
    return { problems, pieces, rendered: [] };
  }
  const set = runAtOnce(createSet('draft', compiled, merged));
  return { problems, pieces, rendered: contexts.map((context) => set.render(context, style)) };
}

/** What `check` says of the whole set of a tenant with that locale. */
function languageWarnings(
  { states, partials }: Compiled,
  locale: string,
): readonly TemplateProblem[] {
  const { language } = new Intl.Locale(locale);
  const spoken = languageName(language);
  return filesInOtherLanguages(states.values(), partials, language).map(({ file, languages }) => {
    const message = `agents will read ${languages.map(languageName).join(', ')} here, and ${spoken} in the rest`;
    const hint = `translate it, with {% # language: ${language} %} in its first line`;
    return { ...problemOf(file, message, hint), severity: 'warning' };
  });
}

function withTexts(sources: SetSources, texts: DraftTexts): SetSources {
  const states = new Map(sources.states);
  const partials = new Map(sources.partials);
  const changed = Object.entries(texts).map(([file, text]) => {
    const name = withoutExtension(file);
    const outcome = OUTCOMES.find((each) => each === name);
    if (outcome === undefined) partials.set(name, { file, text });
    else states.set(outcome, { file, text });
    return name;
  });
  return { ...sources, states, partials, own: [...new Set([...sources.own, ...changed])] };
}
