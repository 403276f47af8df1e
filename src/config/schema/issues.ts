/**
 * From a validator's issues to problems. zod's are put into our own words from their codes; a text that
 * the author of a schema wrote is taken when it holds no confidential value.
 */
import { TimeSlice } from '../../model/time-slice.ts';
import type { Issue } from './zod-messages.ts';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { expectationFor, hintFor, hintForKind } from './zod-messages.ts';
import { didYouMean, closestMatch } from '../../model/closest-match.ts';
import { valueAt, type ConfigFile } from '../yaml/config-file.ts';
import { hintForPasted } from '../yaml/pasted-characters.ts';
import { listOf, type Path } from '../problem.ts';
import { MAX_PROBLEMS } from '../diagnostics.ts';
import { isShortWord } from '../../connector/token-text.ts';
import { isRecord } from '../is-record.ts';
import { synonymHint } from './key-synonyms.ts';
import { atOtherLevel, belowNeighbour } from './misplaced-keys.ts';
import { annotationAt, exampleAt, formsAt, keysAt, type JsonSchema } from './json-schema-paths.ts';

export interface ValidationContext {
  readonly file: ConfigFile;
  /** Where the value that was validated stands in the file. */
  readonly base: Path;
  readonly value: unknown;
  readonly schema: JsonSchema | undefined;
  /** The words of the schema's issues are ours and quote no value. */
  readonly isOwnSchema?: boolean;
  /** Keys that are allowed there besides those of the schema. */
  readonly extraKeys?: readonly string[];
}

/** Reports each issue at its place. In slices: there may be tens of thousands. */
export async function reportIssues(
  issues: readonly StandardSchemaV1.Issue[],
  context: ValidationContext,
): Promise<void> {
  const slice = new TimeSlice();
  const { diagnostics } = context.file;
  let text: string | undefined;
  const settings = () => (text ??= textsOf(context.value).join('\n').toLowerCase());
  const all = issues.flatMap((each) => flatten(normalize(each), context.value));
  for (const issue of withoutConsequences(all)) {
    if (slice.isOver) await slice.next();
    const path = [...context.base, ...issue.path];
    if (context.file.isUnresolved(path)) continue;
    if (diagnostics.isFull) {
      diagnostics.countProblems(Math.max(1, unknownKeys(issue).length));
      continue;
    }
    const misspelt = likelyTypo(issue, context);
    if (issue.code === 'unrecognized_keys') {
      reportUnknownKeys(issue.path, unknownKeys(issue), context);
    } else if (misspelt !== undefined) {
      reportUnknownKey(issue.path.slice(0, -1), misspelt, context);
    } else if (issue.code === 'invalid_key') {
      context.file.problem(path, BAD_NAME, 'key');
    } else {
      reportValue(issue, path, context, settings);
    }
  }
}

/** What a value of another type, or an empty one, lacks besides is not a second mistake. */
function withoutConsequences(issues: readonly Issue[]): readonly Issue[] {
  const isBasic = ({ code }: Issue) => BASIC.has(code ?? '');
  const place = ({ path }: Issue) => path.join('\n');
  const basic = new Set(issues.filter(isBasic).map(place));
  return issues.filter((issue) => isBasic(issue) || !basic.has(place(issue)));
}

const BASIC: ReadonlySet<string> = new Set(['invalid_type', 'invalid_format', 'too_small']);

const BAD_NAME = {
  message: 'expected a name of 1 to 64 letters, digits, _ and -, got other characters',
};

/** @param settings the texts of all that was validated, in lower case */
function reportValue(
  issue: Issue,
  path: Path,
  context: ValidationContext,
  settings: () => string,
): void {
  const { file, value, schema } = context;
  const annotation = (word: 'title' | 'pattern') =>
    schema && annotationAt(word, schema, issue.path, value);
  const words = expectationFor(issue, annotation('title'));
  const isForeign =
    context.isOwnSchema !== true && (!words || issue.message.includes(words.expected));
  if (isForeign && repeatsValue(issue.message, file, settings)) {
    file.expected(path, 'what the connector accepts');
  } else if (words) {
    const actual = { value: valueAt(value, issue.path), text: file.textAt(path) };
    const kindHint = hintForKind(
      issue,
      actual.value,
      () => schema && exampleAt(schema, issue.path, value),
    );
    const hint =
      words.hint ??
      (() =>
        indentationHint(issue.path, context) ??
        kindHint ??
        hintFor(issue, actual, annotation('pattern')));
    file.expected(path, words.expected, hint, kindHint);
  } else {
    file.problem(path, { message: issue.message || 'expected what the connector accepts' });
  }
}

/** Whether a message repeats a word of the settings that may be a secret. */
function repeatsValue(message: string, file: ConfigFile, settings: () => string): boolean {
  const { vocabulary } = file.diagnostics;
  return (message.match(/[\p{L}\p{N}_-]{4,}/gu) ?? []).some((word) => {
    const besides = message.replaceAll(word, '');
    return !vocabulary.isHarmless(word, besides) && settings().includes(word.toLowerCase());
  });
}

/** All texts and numbers, and the keys that are not plain words. */
function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isRecord(value)) return [String(value)];
  const keys = Object.keys(value).filter((key) => !isShortWord(key));
  return [...keys, ...Object.values(value).flatMap(textsOf)];
}

function reportUnknownKeys(at: Path, keys: readonly string[], context: ValidationContext): void {
  const rivals = rivalKeys(at, keys, context);
  if (rivals.length > 0) {
    const got = rivals.length === 2 ? 'both; remove one' : 'all of them; remove all but one';
    const message = `expected only one of ${listOf(rivals, 'and')}, got ${got}`;
    context.file.problem([...context.base, ...at], { message }, 'key');
  }
  for (const key of keys) if (!rivals.includes(key)) reportUnknownKey(at, key, context);
}

/** The keys of different alternatives that are there together, if one of `unknown` is among them. */
function rivalKeys(
  at: Path,
  unknown: readonly string[],
  { schema, value }: ValidationContext,
): readonly string[] {
  const forms = schema ? formsAt(schema, at, value) : [];
  const known = new Set(forms.flat());
  const present = Object.keys(Object(valueAt(value, at)) as object).filter((key) => known.has(key));
  const areApart = (a: string, b: string) =>
    !forms.some((form) => form.includes(a) && form.includes(b));
  const rivals = present.filter((key) => present.some((other) => areApart(key, other)));
  return rivals.some((key) => unknown.includes(key)) ? rivals : [];
}

function reportUnknownKey(at: Path, key: string, context: ValidationContext): void {
  const { diagnostics } = context.file;
  if (diagnostics.isFull) {
    diagnostics.countProblems(1);
    return;
  }
  const known = knownKeys(at, context);
  const all = known.length === 0 ? undefined : `the keys here are ${listOf(known, 'and')}`;
  const holder = [...context.base, ...at];
  const hint =
    hintForPasted(key) ??
    didYouMean(key, known) ??
    synonymHint(key, known) ??
    indentationHint([...at, key], context) ??
    atOtherLevel(key, holder, context.file.isMain) ??
    belowNeighbour(key, known, at, context) ??
    all;
  const path = [...holder, key];
  context.file.problem(path, { message: 'unknown key', hint }, 'key');
}

/** How many keys above one is looked for that has nothing. */
const MAX_BELOW = 20;

/** For a key with nothing, and for what stands beside it and perhaps should stand below it. */
function indentationHint(at: Path, context: ValidationContext): string | undefined {
  const path = [...context.base, ...at];
  const above = path.slice(0, -1);
  const holder = context.file.valueAt(above);
  const keys = context.file.keysAt(above);
  if (path.length === 0 || keys === undefined || !isRecord(holder)) return undefined;
  const known = at.length === 0 ? undefined : knownKeys(at.slice(0, -1), context);
  // Beside names of connections and tenants stand mappings only.
  const isMisplaced = (key: string) =>
    known === undefined ? !isRecord(holder[key]) : !known.includes(key);
  const index = keys.indexOf(String(path.at(-1)));
  const [key, next] = [keys[index], keys[index + 1]];
  if (key === undefined) return undefined;
  if (holder[key] === null) {
    return next !== undefined && holder[next] !== null && isMisplaced(next)
      ? 'indent by two spaces more what belongs to it, or remove it'
      : undefined;
  }
  const before = keys.slice(Math.max(0, index - MAX_BELOW), index);
  return isMisplaced(key) && before.some((each) => holder[each] === null)
    ? 'indent it by two spaces more if it belongs to the key above that has nothing'
    : undefined;
}

/** For a missing key: the unknown one beside it that most likely means it. That is one mistake, not two. */
function likelyTypo({ path }: Issue, context: ValidationContext): string | undefined {
  const missing = path.at(-1);
  const holder = valueAt(context.value, path.slice(0, -1));
  if (valueAt(context.value, path) !== undefined || !isRecord(holder)) return undefined;
  const known = knownKeys(path.slice(0, -1), context);
  return Object.keys(holder)
    .slice(0, MAX_PROBLEMS)
    .find((key) => !known.includes(key) && closestMatch(key, known) === missing);
}

function knownKeys(at: Path, context: ValidationContext): readonly string[] {
  const { schema, value, extraKeys = [] } = context;
  const known = schema ? keysAt(schema, at, value) : [];
  return at.length === 0 ? [...known, ...extraKeys] : known;
}

function unknownKeys({ keys }: Issue): readonly string[] {
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
}

/** Of a union's alternatives the one with the fewest issues speaks, unless all reject the value as such. */
function flatten(issue: Issue, value: unknown): readonly Issue[] {
  const branches = Array.isArray(issue.errors) ? (issue.errors as unknown[]) : [];
  if (issue.code !== 'invalid_union' || branches.length === 0) return [issue];
  const at = valueAt(value, issue.path);
  if (typeof at !== 'object' || at === null) return [issue];
  const candidates = branches
    .filter((branch) => Array.isArray(branch))
    .map((branch) => branch.map((inner) => normalize(inner as StandardSchemaV1.Issue)))
    .filter((branch) =>
      branch.every((inner) => inner.path.length > 0 || inner.code !== 'invalid_type'),
    )
    .sort((a, b) => foreignKeys(a) - foreignKeys(b) || severity(a) - severity(b));
  const [first] = candidates;
  if (!first) return [issue];
  // Where no alternative has the keys, it is not known which one is meant, and what it lacks.
  const best = foreignKeys(first) > 0 ? first.filter((inner) => inner.path.length === 0) : first;
  return best.flatMap((inner) =>
    flatten({ ...inner, path: [...issue.path, ...inner.path] }, value),
  );
}

/** How many keys an alternative does not have itself. */
function foreignKeys(issues: readonly Issue[]): number {
  return issues.reduce(
    (sum, issue) => sum + (issue.path.length === 0 ? unknownKeys(issue).length : 0),
    0,
  );
}

function severity(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + Math.max(1, unknownKeys(issue).length), 0);
}

function normalize(issue: StandardSchemaV1.Issue): Issue {
  const path = (issue.path ?? []).map((step) => {
    const key = typeof step === 'object' ? step.key : step;
    return typeof key === 'number' ? key : String(key);
  });
  return { ...issue, path };
}
