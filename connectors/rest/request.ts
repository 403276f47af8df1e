/** One configured request: from its templates to the rows of the answer. */
import {
  assignWord,
  ConnectorError,
  kindForStatus,
  retryAfterMs,
  toWordValue,
  wordTarget,
  type HttpPool,
  type HttpRequest,
  type RawRecord,
} from '../../src/connector/index.ts';
import type { Expression, Language, Scope } from './expressions.ts';
import { SECTIONS, VARIABLES, type RequestName, type RequestSettings } from './settings.ts';

/** Whether a row with these addresses or domains is of use. */
export type IsKept = (keys: readonly string[]) => boolean;

/** Rows of one answer that are mapped; more deals or tickets of one person are never shown. */
const MAX_ROWS = 1000;
/** Rows, and addresses in them, that are compared: more would hold up the process. */
const MAX_COMPARED = 10_000;

/** A request whose templates are compiled. */
export interface CompiledRequest {
  readonly name: RequestName;
  /** @throws {ConnectorError} `misconfigured` for a value that cannot stand in a path. */
  build(scope: Scope): Pick<HttpRequest, 'method' | 'url' | 'body' | 'headers'>;
  /** @returns the rows that `where` lets through. @throws {ConnectorError} `bad_response` */
  rows(body: unknown, isKept?: IsKept): readonly Row[];
  readonly notFound: readonly number[];
  /** The words of `map`. */
  readonly words: readonly string[];
}

export interface Row {
  /** The addresses or domains of `match` or `key`. */
  readonly keys: readonly string[];
  readonly record: RawRecord;
  /** The words of `map` that the row has a value for. */
  readonly words: readonly string[];
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
  const { get, post, query = {}, json, headers = {}, notFound = [], map } = settings;
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
  const optional = (text: string | undefined) =>
    text === undefined ? undefined : language.expression(text);
  const [rowsAt, isWanted, keyOf] = [
    settings.rows,
    settings.where,
    settings.match ?? settings.key,
  ].map(optional);
  const words = Object.entries(map).flatMap(([word, text]) => {
    const target = wordTarget(SECTIONS[name], word);
    return target === undefined ? [] : [{ ...target, valueOf: language.expression(text) }];
  });

  return {
    name,
    notFound,
    words: words.map(({ word }) => word),
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
    rows(answer, isKept = () => true) {
      const read = <T>(key: string, work: () => T) => readable(name, key, work);
      const found = rowsAt === undefined ? answer : read('rows', () => rowsAt(scopeOf(answer)));
      if (found === undefined) {
        throw new ConnectorError(
          'bad_response',
          `the answer to "${name}" has nothing at "rows": look where the list is in it`,
        );
      }
      const list: readonly unknown[] = Array.isArray(found) ? found : found === null ? [] : [found];
      if (list.some((row) => !isGroup(row))) {
        throw new ConnectorError(
          'bad_response',
          `the answer to "${name}" has rows that are not objects`,
        );
      }
      if (list.length > MAX_COMPARED) throw tooMuch(name, 'rows');
      const keyed = list.map((row) => ({
        scope: scopeOf(row),
        keys: read('match', () => keysOf(keyOf, scopeOf(row))),
      }));
      if (keyed.reduce((sum, { keys }) => sum + keys.length, 0) > MAX_COMPARED)
        throw tooMuch(name, 'addresses');
      if (keyOf !== undefined && list.length > 0 && keyed.every(({ keys }) => keys.length === 0)) {
        throw new ConnectorError(
          'bad_response',
          `no row of the answer to "${name}" has what "match" (or "key") names: look where the address is in a row`,
        );
      }
      // Expressions run only for rows that can be shown: evaluating all of a large list holds up the process.
      return keyed
        .filter(({ keys }) => isKept(keys))
        .slice(0, MAX_ROWS)
        .flatMap(({ scope, keys }) => {
          if (isWanted !== undefined && !isTrue(read('where', () => isWanted(scope)))) return [];
          const record: Record<string, unknown> = {};
          const present: string[] = [];
          for (const { word, path: place, kind, valueOf } of words) {
            const found = attempt(() => valueOf(scope));
            // A field has whatever type the API sends.
            const value = place.includes('fields') ? found : toWordValue(found, kind);
            if (value === undefined || value === null || value === '') continue;
            present.push(word);
            assignWord(record, place, value);
          }
          return [{ keys, record, words: present }];
        });
    },
  };
}

/** An expression that cannot be computed of a value, such as one that is too long, has none. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** @throws {ConnectorError} `bad_response` for an expression that decides whether there is a person. */
function readable<T>(name: string, key: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const message = `"${key}" cannot be computed of the answer to "${name}"`;
    throw new ConnectorError('bad_response', message, { cause: error });
  }
}

/** What to look at in the settings; empty for what they do not cause. */
function adviceOn(status: number): string {
  if (status === 401) return ': it does not accept "auth"';
  if (status === 403) return ': what "auth" names may not read this';
  if (status === 404)
    return ': look at "baseUrl" and the path; if it means that there is nothing, set "notFound: [404]"';
  if (status < 400) return ': redirects are not followed; look at "baseUrl" and the path';
  return [400, 405, 406, 415, 422].includes(status) ? ': look at the path, "query" and "json"' : '';
}

function tooMuch(name: string, what: string): ConnectorError {
  const message = `the answer to "${name}" has more than ${MAX_COMPARED} ${what}; let the API search, or ask for fewer`;
  return new ConnectorError('bad_response', message);
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
  return { status, rows: request.rows(answer.json(), isKept) };
}

/** @throws {ConnectorError} when a value has made the path lead elsewhere: `.` and `..` cannot be encoded. */
function below(base: URL, path: string): URL {
  const isDot = path.split(/[/?#]/).some((part) => /^(?:\.|%2e){1,2}$/i.test(part));
  const url = new URL(path, base);
  if (isDot || url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) {
    throw new ConnectorError('misconfigured', 'a value cannot stand in a path: it is "." or ".."');
  }
  return url;
}

/** @throws {ConnectorError} when a template has no value for one of its outputs. */
function orMissing<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    const message = `"${name}" cannot be sent: a value that it needs is missing`;
    throw new ConnectorError('misconfigured', message, { cause: error });
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

function isGroup(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function scopeOf(value: unknown): Scope {
  return typeof value === 'object' && value !== null ? (value as Scope) : {};
}

function isTrue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function keysOf(keyOf: Expression | undefined, scope: Scope): readonly string[] {
  const value = keyOf?.(scope);
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).filter(
    (key) => typeof key === 'string',
  );
}
