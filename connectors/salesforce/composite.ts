/**
 * Several GETs in one POST: one round trip and one call of the org's budget, for up to 25 parts of which 5
 * may be queries. Salesforce answers 200 even when parts fail, so every part is looked at by itself.
 * https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html
 */
import { ConnectorError } from '../../src/connector/index.ts';
import { firstError, partError } from './errors.ts';
import type { Session } from './session.ts';

export interface Part {
  /** Letters and digits: it names the part in the answer. */
  readonly name: string;
  /** Relative to `/services/data/vXX.X`, percent-encoded. */
  readonly path: string;
}

export type PartAnswer =
  | { readonly ok: true; readonly body: unknown }
  | {
      readonly ok: false;
      readonly error: ConnectorError;
      readonly code: string;
      /** Salesforce's own words: to be read by us, never to be passed on. */
      readonly message: string;
    };

export interface CompositeAnswer {
  readonly parts: ReadonlyMap<string, PartAnswer>;
  readonly instanceUrl: string;
}

/** @throws {ConnectorError} also when the quota is spent within a part, or a part has no answer. */
export async function composite(
  session: Session,
  apiVersion: string,
  parts: readonly Part[],
  signal: AbortSignal,
): Promise<CompositeAnswer> {
  const { body, instanceUrl } = await session.request(
    {
      operation: 'composite',
      path: '/composite',
      body: {
        allOrNone: false,
        compositeRequest: parts.map(({ name, path }) => ({
          method: 'GET',
          url: `/services/data/v${apiVersion}${path}`,
          referenceId: name,
        })),
      },
    },
    signal,
  );
  const answers = readAnswers(body);
  return {
    parts: new Map(parts.map(({ name }) => [name, answerOf(name, answers)])),
    instanceUrl,
  };
}

/** Percent-encoding leaves nothing of `@{…}`, which Composite would take for a reference to another part. */
export function queryPath(soql: string): string {
  return `/query?q=${encodeURIComponent(soql)}`;
}

interface RawAnswer {
  readonly referenceId?: unknown;
  readonly httpStatusCode?: unknown;
  readonly body?: unknown;
}

function readAnswers(body: unknown): readonly RawAnswer[] {
  const { compositeResponse: answers } = Object(body) as { compositeResponse?: unknown };
  if (!Array.isArray(answers)) throw makesNoSense();
  return answers.map((answer: unknown) => Object(answer) as RawAnswer);
}

function answerOf(name: string, answers: readonly RawAnswer[]): PartAnswer {
  // When Salesforce refuses the request as a whole, it says so in a part without a name.
  const answer =
    answers.find(({ referenceId }) => referenceId === name) ??
    answers.find(({ referenceId }) => referenceId === null);
  const status = answer?.httpStatusCode;
  if (answer === undefined || typeof status !== 'number') throw makesNoSense();
  if (status === 200) return { ok: true, body: answer.body };
  const { code, message } = firstError(answer.body);
  const error = partError(name, code, status);
  if (error.kind === 'quota' || error.kind === 'rate_limited') throw error;
  return { ok: false, error, code, message };
}

function makesNoSense(): ConnectorError {
  return new ConnectorError(
    'bad_response',
    'Salesforce, composite: the answer does not hold what was asked for',
  );
}
