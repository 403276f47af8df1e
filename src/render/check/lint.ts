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
  type Hash,
  type Template,
  type ValueToken,
} from 'liquidjs';
import { didYouMean, closestMatch } from '../../model/closest-match.ts';
import { checkPrintable, report, typeOf, type Call, type Place } from './infer.ts';
import type { Sliceable } from '../../model/time-slice.ts';
import { ProblemList, sortProblems, type TemplateProblem } from '../problem.ts';
import { Scope } from './scope.ts';
import { elementType } from '../template-words.ts';
import {
  ANY,
  BOOLEAN,
  FORLOOP,
  NUMBER,
  TEMPLATE_SCHEMA,
  TEXT,
  union,
  type Type,
} from '../template-words.ts';
import { childrenOf, partialName, tagsIn, variablesOf, type ParsedTemplate } from './variables.ts';

type Partials = ReadonlyMap<string, ParsedTemplate>;
type PartialArgs = Map<string, Type>;

interface Walk extends Place {
  readonly partials: Partials;
  /** The partials that `render` calls, by name. */
  readonly calls: Map<string, Calls>;
  /** What partials were found to read. */
  readonly reads: Map<ParsedTemplate, ReadonlySet<string>>;
  /** The partials around this one, to stop at one that includes itself. */
  readonly including: readonly string[];
  /** How many tags were looked at by way of `include`. */
  readonly work: { included: number };
}

/** All calls of a partial. */
interface Calls {
  readonly given: PartialArgs;
  /** Where the first of them is. */
  readonly caller: Call;
  /** Whether one has given something new since the partial was checked. */
  isNew: boolean;
}

/** How many partials deep the types of arguments are followed. */
const ROUNDS = 3;
/** Arguments of one call that are held against those the partial reads. */
const MAX_COMPARED = 50;
/** Pieces that include each other twice multiply. */
const MAX_INCLUDED_TAGS = 20_000;

/**
 * @param mains the templates that are rendered on their own.
 * @param partials by name. Only those that are called are checked: what they may use depends on the call.
 */
export function* lint(
  mains: readonly ParsedTemplate[],
  partials: Partials,
): Sliceable<readonly TemplateProblem[]> {
  const calls: Walk['calls'] = new Map();
  const common = {
    partials,
    calls,
    including: [],
    analysed: new Map(),
    reads: new Map(),
    work: { included: 0 },
  };
  const check = function* (
    source: ParsedTemplate,
    given: PartialArgs,
    { partial, caller }: Pick<Walk, 'partial' | 'caller'> = {},
  ): Sliceable<readonly TemplateProblem[]> {
    const scope = new Scope(given);
    const place = (problems: ProblemList): Walk => {
      const called = partial && { ...partial, missing: new Set<string>() };
      return { ...common, scope, source, partial: called, caller, problems };
    };
    // The first walk learns what is assigned, the second knows it from the start.
    yield* walk(source.templates, place(new ProblemList(0)));
    const problems = new ProblemList();
    yield* walk(source.templates, place(problems));
    return problems.all;
  };
  const problems: TemplateProblem[] = [];
  for (const main of mains) problems.push(...(yield* check(main, new Map())));
  const inPartials = new Map<string, readonly TemplateProblem[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, call] of calls) {
      const partial = partials.get(name);
      if (partial === undefined || !call.isNew) continue;
      call.isNew = false;
      const { given, caller } = call;
      const called = { tag: 'render', name, missing: new Set<string>() } as const;
      inPartials.set(name, yield* check(partial, given, { partial: called, caller }));
    }
  }
  return sortProblems([...problems, ...[...inPartials.values()].flat()]);
}

function* walk(tags: readonly Template[], place: Walk): Sliceable<void> {
  for (const tag of tags) {
    yield;
    if (tag instanceof RenderTag || tag instanceof IncludeTag) yield* call(tag, place);
    else if (tag instanceof ForTag) yield* loop(tag, place);
    else yield* visit(tag, place);
  }
}

function* visit(tag: Template, place: Walk): Sliceable<void> {
  const types = [...(tag.arguments?.() ?? [])].map((value) => typeOf(value, place));
  if (tag instanceof Output || tag instanceof EchoTag) checkPrintable(tag, types[0], place);
  yield* walk(childrenOf(tag), place);
  for (const { content } of tag.localScope?.() ?? []) {
    if (tag instanceof AssignTag) place.scope.declare(content, types[0] ?? ANY);
    else place.scope.declare(content, tag instanceof CaptureTag ? TEXT : NUMBER);
  }
}

const LOOP_OPTIONS = ['limit', 'offset', 'reversed'];

function* loop(tag: ForTag, place: Walk): Sliceable<void> {
  const item = elementType(typeOf(tag.collection, place));
  for (const [name, value] of Object.entries(tag.hash.hash)) {
    if (!LOOP_OPTIONS.includes(name)) {
      const hint = () => didYouMean(name, LOOP_OPTIONS) ?? `there are ${LOOP_OPTIONS.join(', ')}`;
      report(place, tag.token.begin, `${name}: no option of a loop`, hint);
    } else if (value !== undefined && value.getText() !== 'continue') {
      typeOf(value, place);
    }
  }
  const names = new Map([
    [tag.variable, item],
    ['forloop', FORLOOP],
  ]);
  yield* place.scope.within(names, walk(tag.templates, place));
  yield* walk(tag.elseTemplates, place);
}

function* call(tag: RenderTag | IncludeTag, place: Walk): Sliceable<void> {
  const { partials, calls } = place;
  const { begin } = tag.token;
  const name = partialName(tag);
  const given = argumentsOf(tag, name ?? '', place);
  const partial = name === undefined ? undefined : partials.get(name);
  const caller = place.caller ?? { source: place.source, offset: begin };
  if (name === undefined) {
    const written = namedWithoutQuotes(tag);
    const hint = `write {% ${tag.name} "${written ?? 'owner'}" %}`;
    report(place, begin, 'the name of a partial must be a text in quotes', hint);
  } else if (partial === undefined) {
    const names = [...partials.keys()];
    const hint = () => didYouMean(name, names) ?? `there are ${names.join(', ') || 'none'}`;
    report(place, begin, `${name}: there is no such partial`, hint);
  } else if (tag instanceof RenderTag) {
    checkArguments(partial, given, begin, place);
    const known = calls.get(name);
    if (known === undefined) calls.set(name, { given, caller, isNew: true });
    else addArguments(known, given);
  } else if (place.work.included > MAX_INCLUDED_TAGS) {
    const hint = 'include it in fewer places, or write {% render %}, which is checked once';
    report(place, begin, `${name}: too much is included here, also through other pieces`, hint);
  } else if (!place.including.includes(name)) {
    place.work.included += 1 + partial.templates.length;
    // `include` shares all names, both ways.
    const inner = {
      ...{ ...place, source: partial, caller, including: [...place.including, name] },
      partial: { tag: 'include', name, missing: new Set<string>() } as const,
    };
    yield* place.scope.within(given, walk(partial.templates, inner));
  }
}

/** `owner` in `{% render owner %}`. */
function namedWithoutQuotes(tag: RenderTag | IncludeTag): string | undefined {
  const [, name] = /^\{%-?\s*\w+\s+([\w-]+)\s*(?:,|-?%\}|$)/u.exec(tag.token.getText()) ?? [];
  return name;
}

function addArguments(calls: Calls, given: PartialArgs): void {
  for (const [key, type] of given) {
    const known = calls.given.get(key);
    const both = union(known ?? type, type);
    if (both === known) continue;
    calls.given.set(key, both);
    calls.isNew = true;
  }
}

/** What liquidjs keeps private of these tags. */
interface Parts {
  readonly hash: Hash;
  readonly with?: Binding;
  readonly forBinding?: Binding;
  readonly withVar?: ValueToken;
}
interface Binding {
  readonly value: ValueToken;
  readonly alias?: string;
}

/** The types of what a partial is given, by name. Checks the values, too. */
function argumentsOf(tag: RenderTag | IncludeTag, name: string, place: Walk): PartialArgs {
  const { hash, with: bound, forBinding, withVar } = tag as unknown as Parts;
  const given: PartialArgs = new Map();
  for (const [key, value] of Object.entries(hash.hash)) {
    given.set(key, value === undefined ? BOOLEAN : typeOf(value, place));
  }
  if (withVar !== undefined) given.set(name, typeOf(withVar, place));
  if (bound !== undefined) given.set(bound.alias ?? name, typeOf(bound.value, place));
  if (forBinding === undefined) return given;
  const { value, alias } = forBinding;
  const item = elementType(typeOf(value, place));
  given.set('forloop', FORLOOP);
  if (alias !== undefined) return given.set(alias, item);
  const hint = `write for ${value.getText()} as NAME`;
  report(place, tag.token.begin, 'the partial gets no name for the items', hint);
  return given;
}

/** Reports an argument that the partial does not read, when it reads one with nearly that name. */
function checkArguments(
  partial: ParsedTemplate,
  given: PartialArgs,
  begin: number,
  place: Walk,
): void {
  const reads = place.reads.get(partial) ?? rootsRead(partial, place.partials);
  place.reads.set(partial, reads);
  const open = [...reads]
    .filter((read) => !given.has(read) && !Object.hasOwn(TEMPLATE_SCHEMA, read))
    .slice(0, MAX_COMPARED);
  const unread = [...given.keys()].filter((key) => !reads.has(key));
  for (const name of unread.slice(0, MAX_COMPARED)) {
    const meant = closestMatch(name, open);
    if (meant === undefined) continue;
    const at = place.source.text.indexOf(`${name}:`, begin);
    const message = `${name}: the partial does not use this`;
    report(place, at === -1 ? begin : at, message, `did you mean "${meant}"?`);
    given.set(meant, ANY);
  }
}

/** First words of all that a partial and those it includes read. */
function rootsRead({ templates }: ParsedTemplate, partials: Partials): ReadonlySet<string> {
  const tags = [...tagsIn(templates, partials, (tag) => tag instanceof IncludeTag)];
  const variables = variablesOf(tags.flatMap((tag) => [...(tag.arguments?.() ?? [])]));
  return new Set(variables.map(({ segments: [root] }) => String(root)));
}
