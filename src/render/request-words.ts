/** Which words of the request and the source a template reads: while their values are the same, its text is. */
import type { Variable } from 'liquidjs';
import { TEMPLATE_SCHEMA } from './template-words.ts';
import type { RequestContext, RequestWord } from './template-set.ts';

const ROOTS = ['caseId', 'now', 'source', 'visitor'] as const satisfies RequestWord[0][];

const REQUEST_WORDS = ROOTS.flatMap((root): readonly RequestWord[] => {
  const { type } = TEMPLATE_SCHEMA[root];
  return type.kind === 'group' ? Object.keys(type.words).map((name) => [root, name]) : [[root]];
});

/** Of all that a template reads. `{{ visitor | json }}` and `{{ visitor[name] }}` read every word of the group. */
export function requestWords(variables: readonly Variable[]): readonly RequestWord[] {
  return REQUEST_WORDS.filter(([root, name]) =>
    variables.some(
      ({ segments: [first, second] }) =>
        first === root && (name === undefined || typeof second !== 'string' || second === name),
    ),
  );
}

/** @returns a text that differs when a value does. */
export function valuesOf(words: readonly RequestWord[], context: RequestContext): string {
  return JSON.stringify(
    words.map(([root, name]) => {
      const value: unknown = context[root];
      return name === undefined ? value : (value as Readonly<Record<string, unknown>>)[name];
    }),
  );
}

/** Whether words among them hold what the visitor has sent. */
export function readVisitor(words: readonly RequestWord[]): boolean {
  return words.some(([root]) => root === 'caseId' || root === 'visitor');
}
