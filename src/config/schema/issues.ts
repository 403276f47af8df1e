/**
 * From a validator's issues to problems. zod's are put into our own words from their codes; a text that
 * the author of a schema wrote is taken when it holds no confidential value.
 */
import type { Issue } from './zod-messages.ts';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { hintFor, expectationFor } from './zod-messages.ts';
import { didYouMean, closestMatch } from '../../model/closest-match.ts';
import { describeActual, isUnresolved, valueAt, type ConfigFile } from '../yaml/config-file.ts';
import { listOf, type Path } from '../problem.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { annotationAt, isRecord, keysAt, type JsonSchema } from './schema-walk.ts';

export interface ValidationContext {
  readonly part: ConfigFile;
  /** Where the value that was validated stands in the file. */
  readonly base: Path;
  readonly value: unknown;
  readonly schema: JsonSchema | undefined;
  /** The words of the schema's issues are ours and quote no value. */
  readonly isOwnSchema?: boolean;
  /** Keys that are allowed there besides those of the schema. */
  readonly extraKeys?: readonly string[];
}

/** Reports each issue at its place. */
export function reportIssues(
  issues: readonly StandardSchemaV1.Issue[],
  checked: ValidationContext,
  report: Diagnostics,
): void {
  for (const issue of issues.flatMap((each) => flatten(normalize(each), checked.value))) {
    const path = [...checked.base, ...issue.path];
    if (isUnresolved(checked.part, path)) continue;
    const misspelt = likelyTypo(issue, checked);
    if (issue.code === 'unrecognized_keys') {
      for (const key of unknownKeys(issue)) reportUnknownKey(issue.path, key, checked, report);
    } else if (misspelt !== undefined) {
      reportUnknownKey(issue.path.slice(0, -1), misspelt, checked, report);
    } else if (issue.code === 'invalid_key') {
      report.expectedKey(checked.part, path, 'a name of 1 to 64 letters, digits, _ and -');
    } else {
      reportValue(issue, path, checked, report);
    }
  }
}

function reportValue(
  issue: Issue,
  path: Path,
  checked: ValidationContext,
  report: Diagnostics,
): void {
  const { part, value, schema } = checked;
  const annotation = (word: 'title' | 'pattern') =>
    schema && annotationAt(word, schema, issue.path, value);
  const words = expectationFor(issue, annotation('title'));
  const isSafe = (text: string): boolean =>
    checked.isOwnSchema === true || !report.confidential.appearsIn(text);
  if (words && isSafe(`${words.expected} ${words.hint ?? ''}`)) {
    const hint =
      words.hint ??
      hintFor(issue, valueAt(value, issue.path), describeActual(part, path), annotation('pattern'));
    report.expected(part, path, words.expected, hint);
  } else if (!words && issue.message !== '' && isSafe(issue.message)) {
    report.problem(part, path, { message: issue.message });
  } else {
    report.expected(part, path, 'what the connector accepts');
  }
}

function reportUnknownKey(
  at: Path,
  key: string,
  checked: ValidationContext,
  report: Diagnostics,
): void {
  const known = knownKeys(at, checked);
  const all = known.length === 0 ? undefined : `the keys here are ${listOf(known, 'and')}`;
  const hint = didYouMean(key, known) ?? all;
  const path = [...checked.base, ...at, key];
  report.problem(checked.part, path, { message: 'unknown key', hint }, 'key');
}

/** For a missing key: the unknown one beside it that most likely means it. That is one mistake, not two. */
function likelyTypo({ path }: Issue, checked: ValidationContext): string | undefined {
  const missing = path.at(-1);
  const holder = valueAt(checked.value, path.slice(0, -1));
  if (valueAt(checked.value, path) !== undefined || !isRecord(holder)) return undefined;
  const known = knownKeys(path.slice(0, -1), checked);
  return Object.keys(holder).find(
    (key) => !known.includes(key) && closestMatch(key, known) === missing,
  );
}

function knownKeys(
  at: Path,
  { schema, value, extraKeys: furtherKeys = [] }: ValidationContext,
): readonly string[] {
  const known = schema ? keysAt(schema, at, value) : [];
  return at.length === 0 ? [...known, ...furtherKeys] : known;
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
    .sort((a, b) => severity(a) - severity(b));
  const best = candidates[0];
  if (!best) return [issue];
  return best.flatMap((inner) =>
    flatten({ ...inner, path: [...issue.path, ...inner.path] }, value),
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
