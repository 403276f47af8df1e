/**
 * Checks the words of templates before they run: variables, properties, filters, partials. Follows
 * loops, assignments, filters and what partials are given, and reports everything at once.
 */
import {
  AssignTag,
  CaptureTag,
  EchoTag,
  ForTag,
  IncludeTag,
  Output,
  RenderTag,
  toValueSync,
  type Template,
} from 'liquidjs';
import { didYouMean, closestMatch } from '../../model/closest-match.ts';
import { typeOf, typeOfToken, type LintContext } from './infer.ts';
import { readCall, type PartialArgs, type PartialCall } from './partial-args.ts';
import { checkPrintable } from '../printable.ts';
import { sortProblems, problemAt, type TemplateProblem, type TemplateSource } from '../problem.ts';
import { Scope } from './scope.ts';
import { elementType } from './property-type.ts';
import {
  ANY,
  union,
  FORLOOP,
  NUMBER,
  TEXT,
  TEMPLATE_SCHEMA,
  type Type,
} from './template-schema.ts';

export interface ParsedTemplate extends TemplateSource {
  readonly templates: readonly Template[];
}

export interface LintResult {
  readonly problems: readonly TemplateProblem[];
  /** Names of the partials that are called. */
  readonly used: ReadonlySet<string>;
}

interface Walk {
  readonly place: LintContext;
  readonly partials: ReadonlyMap<string, ParsedTemplate>;
  /** Where to note what `render` gives to which partial; without it, partials are not looked at. */
  readonly calls?: Map<string, PartialArgs>;
  /** The partials around this one, to stop at one that includes itself. */
  readonly including: readonly string[];
  /** Names of all partials that are called. */
  readonly used: Set<string>;
  readonly problem: (problem: TemplateProblem) => void;
}

/** Partials that call partials settle what each is given. */
const ROUNDS = 3;

/**
 * @param mains the templates that are rendered on their own.
 * @param partials by name. Only those that are called are checked: what they may use depends on the call.
 */
export function lint(
  mains: readonly ParsedTemplate[],
  partials: ReadonlyMap<string, ParsedTemplate>,
): LintResult {
  const calls = new Map<string, PartialArgs>();
  const used = new Set<string>();
  const check = (
    template: ParsedTemplate,
    given: PartialArgs,
    name?: string,
  ): TemplateProblem[] => {
    const found: TemplateProblem[] = [];
    const scope = new Scope(given);
    // The first walk learns what is assigned, the second knows it from the start.
    for (const problem of [ignore, (one: TemplateProblem) => void found.push(one)]) {
      const place = placeIn(template, scope, problem, name);
      walk(template.templates, { place, partials, calls, used, including: [], problem });
    }
    return found;
  };
  const problems = mains.flatMap((main) => check(main, new Map()));
  let inPartials: TemplateProblem[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    inPartials = [];
    for (const [name, given] of calls) {
      const partial = partials.get(name);
      if (partial !== undefined) inPartials.push(...check(partial, given, name));
    }
  }
  return { problems: sortProblems([...problems, ...inPartials]), used };
}

function ignore(): void {
  // A walk that only learns.
}

function placeIn(
  source: TemplateSource,
  scope: Scope,
  problem: Walk['problem'],
  partial?: string,
): LintContext {
  return {
    scope,
    source,
    ...(partial === undefined ? {} : { partial }),
    report: (...what) => problem(problemAt(source, ...what)),
  };
}

function walk(templates: readonly Template[], state: Walk): void {
  for (const template of templates) visit(template, state);
}

function visit(template: Template, state: Walk): void {
  const { place } = state;
  if (template instanceof RenderTag || template instanceof IncludeTag) {
    call(template, state);
    return;
  }
  if (template instanceof ForTag) {
    loop(template, state);
    return;
  }
  const types = [...(template.arguments?.() ?? [])].map((value) => typeOf(value, place));
  if (template instanceof Output || template instanceof EchoTag) {
    checkPrintable(template, types[0], place);
  }
  walk(toValueSync<readonly Template[]>(template.children?.(false, true) ?? []), state);
  for (const { content } of template.localScope?.() ?? []) {
    if (template instanceof AssignTag) place.scope.declare(content, types[0] ?? ANY);
    else place.scope.declare(content, template instanceof CaptureTag ? TEXT : NUMBER);
  }
}

const LOOP_OPTIONS = ['limit', 'offset', 'reversed'];

function loop(tag: ForTag, state: Walk): void {
  const { place } = state;
  const item = elementType(typeOf(tag.collection, place));
  for (const [name, value] of Object.entries(tag.hash.hash)) {
    if (!LOOP_OPTIONS.includes(name)) {
      const hint = didYouMean(name, LOOP_OPTIONS) ?? `there are ${LOOP_OPTIONS.join(', ')}`;
      place.report(tag.token.begin, `${name}: no option of a loop`, hint);
    } else if (value !== undefined && value.getText() !== 'continue') {
      typeOfToken(value, place);
    }
  }
  const names = new Map<string, Type>([
    [tag.variable, item],
    ['forloop', FORLOOP],
  ]);
  place.scope.within(names, () => walk(tag.templates, state));
  walk(tag.elseTemplates, state);
}

function call(tag: RenderTag | IncludeTag, state: Walk): void {
  const { partials, calls, used, place } = state;
  const { begin } = tag.token;
  const { name, given } = readCall(tag, place);
  if (name !== undefined) used.add(name);
  const partial = name === undefined ? undefined : partials.get(name);
  if (name === undefined) {
    const hint = `write {% ${tag.name} "owner" %}`;
    place.report(begin, 'the name of a partial must be a text in quotes', hint);
  } else if (partial === undefined) {
    const names = [...partials.keys()];
    const hint = didYouMean(name, names) ?? `there are ${names.join(', ') || 'none'}`;
    place.report(begin, `${name}: there is no such partial`, hint);
  } else if (tag instanceof IncludeTag) {
    include({ name, given }, partial, state);
  } else if (calls !== undefined) {
    checkArguments(partial, given, begin, state);
    calls.set(name, merge(calls.get(name), given));
  }
}

/** What a partial is given in several calls; the same map, so that who goes through the calls sees it. */
function merge(known: PartialArgs = new Map(), given: PartialArgs): PartialArgs {
  for (const [key, type] of given) {
    const before = known.get(key);
    known.set(key, before === undefined ? type : union(before, type));
  }
  return known;
}

/** `include` shares all names, both ways. */
function include({ name, given }: PartialCall, partial: ParsedTemplate, state: Walk): void {
  const { place, including, problem } = state;
  if (name === undefined || including.includes(name)) return;
  const inner = { ...place, ...placeIn(partial, place.scope, problem) };
  place.scope.within(given, () =>
    walk(partial.templates, { ...state, place: inner, including: [...including, name] }),
  );
}

/** Reports an argument that the partial does not read, when it reads one with nearly that name. */
function checkArguments(
  partial: ParsedTemplate,
  given: PartialArgs,
  begin: number,
  state: Walk,
): void {
  const reads = new Set<string>();
  const place: LintContext = {
    ...placeIn(partial, new Scope(), ignore),
    onRead: (name) => reads.add(name),
  };
  const { partials, used } = state;
  walk(partial.templates, { place, partials, used, including: [], problem: ignore });
  for (const name of given.keys()) {
    if (reads.has(name)) continue;
    const open = [...reads].filter(
      (read) => !given.has(read) && !Object.hasOwn(TEMPLATE_SCHEMA, read),
    );
    const meant = closestMatch(name, open);
    if (meant === undefined) continue;
    const at = state.place.source.text.indexOf(`${name}:`, begin);
    const message = `${name}: the partial does not use this`;
    state.place.report(at === -1 ? begin : at, message, `did you mean "${meant}"?`);
    given.set(meant, ANY);
  }
}
