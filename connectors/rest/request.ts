/** One configured request: its templates filled in, and what its status means. */
import {
  ConnectorError,
  kindForStatus,
  retryAfterMs,
  type HttpPool,
  type HttpRequest,
} from '../../src/connector/index.ts';
import { compileAnswer, type AnswerReader, type IsKept, type Row } from './answer.ts';
import type { Expression, Language, Scope } from './expressions.ts';
import { VARIABLES, type RequestName, type RequestSettings } from './settings.ts';

/** A request whose templates are compiled. */
export interface CompiledRequest extends AnswerReader {
  readonly name: RequestName;
  /** @throws {UnsendableError} for a value that is missing, or cannot stand in a path. */
  build(scope: Scope): Pick<HttpRequest, 'method' | 'url' | 'body' | 'headers'>;
  readonly notFound: readonly number[];
}

/** What came back. */
export interface Exchange {
  readonly status: number;
  /** `undefined` for a status that means that there is nothing. */
  readonly rows: readonly Row[] | undefined;
}

export function compileRequest(
  name: RequestName,
  settings: RequestSettings,
  baseUrl: string,
  language: Language,
): CompiledRequest {
  const { get, post, query = {}, json, headers = {}, notFound = [] } = settings;
  const base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
  const variables = VARIABLES[name];
  const path = language.template(get ?? post ?? '', encodeURIComponent, variables);
  const templates = (texts: Readonly<Record<string, unknown>>) =>
    Object.entries(texts).map(
      ([key, text]) => [key, language.template(String(text), String, variables)] as const,
    );
  const parameters = templates(query);
  const headerTexts = Object.entries(headers).map(
    ([key, text]) => [key, language.template(text, encodeURIComponent, variables)] as const,
  );
  const body = json === undefined ? undefined : compileJson(json, language, variables);
  return {
    name,
    notFound,
    ...compileAnswer(name, settings, language),
    build: (scope) =>
      orMissing(name, () => {
        const url = below(base, path(scope));
        for (const [key, value] of parameters) url.searchParams.set(key, value(scope));
        return {
          method: get === undefined ? 'POST' : 'GET',
          url: url.href,
          headers: {
            accept: 'application/json',
            ...(body && { 'content-type': 'application/json' }),
            ...Object.fromEntries(headerTexts.map(([key, value]) => [key, value(scope)])),
          },
          ...(body && { body: JSON.stringify(body(scope)) }),
        };
      }),
  };
}

/** What to look at in the settings; empty for what they do not cause. */
function adviceOn(status: number): string {
  if (status === 401) return ': it does not accept "auth"';
  if (status === 403) return ': it does not accept "auth", or that may not read this';
  if (status === 404)
    return ': look at "baseUrl" and the path; if it means that there is nothing, set "notFound: [404]"';
  if (status < 400) return ': redirects are not followed; look at "baseUrl" and the path';
  return [400, 405, 406, 415, 422].includes(status) ? ': look at the path, "query" and "json"' : '';
}

/** @throws {ConnectorError} also for a status that is neither a success nor `notFound`. */
export async function send(
  request: CompiledRequest,
  http: HttpPool,
  built: Omit<HttpRequest, 'operation' | 'idempotent'>,
  nowMs: number,
  isKept?: IsKept,
): Promise<Exchange> {
  // A POST of the configuration only asks, so it may be sent again like a GET.
  const answer = await http.send({ ...built, operation: request.name, idempotent: true });
  const { status, headers } = answer;
  if (request.notFound.includes(status)) {
    // A proxy answers so when the API is away.
    if (!/^text\/html/i.test(headers['content-type'] ?? '')) return { status, rows: undefined };
    const message = `"${request.name}" was answered ${status} with a page for people, not by the API`;
    throw new ConnectorError('bad_response', message);
  }
  if (status < 200 || status > 299) {
    const wait = retryAfterMs(headers['retry-after'], nowMs);
    throw new ConnectorError(
      kindForStatus(status),
      `the API answered ${status} to "${request.name}"${adviceOn(status)}`,
      {
        retryAfterMs: wait,
      },
    );
  }
  return { status, rows: await request.rows(answer.json({ exactIntegers: true }), isKept) };
}

/** @returns the error of a request that is refused, while the same credentials are accepted for people. */
export function notPermitted({ name }: CompiledRequest, cause: ConnectorError): ConnectorError {
  const message = `the API refuses "${name}" (401), but not the request for people: "auth" may not read this`;
  return new ConnectorError('misconfigured', message, { cause });
}

/** @throws {UnsendableError} when a value has made the path lead elsewhere: `.` and `..` cannot be encoded. */
function below(base: URL, path: string): URL {
  const isDot = path.split(/[/?#]/).some((part) => /^(?:\.|%2e){1,2}$/i.test(part));
  const url = new URL(path, base);
  if (isDot || url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) {
    throw new UnsendableError('misconfigured', 'a value cannot stand in a path: it is "." or ".."');
  }
  return url;
}

/** A request is not sent because of a value: that says nothing about the API. */
export class UnsendableError extends ConnectorError {}

/** A template has no value for one of its outputs. */
export class MissingValueError extends UnsendableError {}

/** @throws {MissingValueError} */
function orMissing<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    const message = `"${name}" cannot be sent: a value that it needs is missing`;
    throw new MissingValueError('misconfigured', message, { cause: error });
  }
}

/** A text that is one output alone keeps its type: `"{{ emails }}"` is a list. */
function compileJson(json: unknown, language: Language, variables: readonly string[]): Expression {
  if (typeof json === 'string') {
    const [, whole] = /^\s*\{\{-?((?:(?!\}\}).)*?)-?\}\}\s*$/s.exec(json) ?? [];
    if (whole !== undefined) {
      const value = language.expression(whole);
      return (scope) => {
        const found = value(scope);
        if (found === undefined || found === null || found === '')
          throw new Error('a value is missing');
        return found;
      };
    }
    return language.template(json, String, variables);
  }
  if (Array.isArray(json)) {
    const items = json.map((item) => compileJson(item, language, variables));
    return (scope) => items.map((item) => item(scope));
  }
  if (typeof json === 'object' && json !== null) {
    const entries = Object.entries(json).map(
      ([key, value]) => [key, compileJson(value, language, variables)] as const,
    );
    return (scope) => Object.fromEntries(entries.map(([key, value]) => [key, value(scope)]));
  }
  return () => json;
}
