/** The settings of a connection. */
import { z } from 'zod';
import {
  isHttpsOrLoopback,
  secretText,
  tokenText,
  ROWS,
  wordHint,
  wordTarget,
  type Section,
} from '../../src/connector/index.ts';
import { openLanguage, type Language } from './expressions.ts';

const text = z.string().trim().min(1);
const url = z.url().refine(isHttpsOrLoopback, 'expected https:// (http:// on this machine only)');
/** The URL of a request is built from the path, and `auth` signs it. */
const isPlainUrl = (given: string) => /^[^?#@]*$/.test(given);
/** As a variable with a "/" at its end makes. */
const hasEmptyStep = (given: string) => /[^:]\/\//.test(given);
const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** They say nothing about a person. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 407, 408, 429]);

const request = {
  get: text
    .optional()
    .describe('What to GET, below baseUrl; Liquid inside, values are percent-encoded'),
  post: text.optional().describe('What to POST to, below baseUrl; it only reads'),
  query: z.record(text, scalar).optional().describe('Query parameters; Liquid inside'),
  json: z.json().optional().describe('The body of a POST; Liquid inside its texts'),
  headers: z.record(text, z.string()).optional().describe('Headers of this request alone'),
  rows: text
    .optional()
    .describe('Where the list, or the one object, is; left out: the whole answer'),
  where: text.optional().describe('A condition that rows have to meet'),
  notFound: z
    .array(
      z
        .int()
        .refine(
          (status) => status === 204 || (status >= 400 && status < 500 && !REFUSALS.has(status)),
          'expected 204, or a status from 400 to 499 other than 401, 403, 407, 408 and 429, which say that the bridge may not ask',
        ),
    )
    .optional()
    .describe('Statuses that mean that there is nothing'),
  map: z.record(text, text).describe('Words of a profile, each with an expression over the row'),
};
const match = text.describe(
  'The address or domain of a row; it must be the one that was asked for',
);

const REQUEST_NAMES = ['person', 'people', 'deals', 'tickets', 'company', 'companyById'] as const;

export const settings = z
  .strictObject({
    baseUrl: url
      .refine(isPlainUrl, 'expected no user, "?" or "#"; use "auth", and "query" of a request')
      .refine(
        (given) => !hasEmptyStep(given),
        'expected no "//" in the path, which a variable with "/" at its end makes',
      )
      .describe('Where the API is; paths are below it'),
    auth: z
      .union([
        z.strictObject({ bearer: tokenText() }),
        z.strictObject({ basic: z.strictObject({ username: text, password: secretText() }) }),
        z.strictObject({
          header: z.strictObject({ name: text, value: secretText({ allowsScheme: true }) }),
        }),
        z.strictObject({ query: z.strictObject({ name: text, value: secretText() }) }),
        z.strictObject({
          oauth2: z.strictObject({
            tokenUrl: url,
            clientId: tokenText(),
            clientSecret: tokenText(),
            scope: text.optional(),
            refreshToken: tokenText().optional(),
            clientAuth: z
              .enum(['body', 'header'])
              .default('body')
              .describe('Where the token request has the client: in its body, or as HTTP Basic'),
            parameters: z
              .record(text, z.string())
              .default({})
              .describe('Further parameters of the token request, such as audience'),
            scheme: tokenText()
              .default('Bearer')
              .describe('The word before the token in the header Authorization'),
          }),
        }),
      ])
      .optional()
      .describe('How requests are signed in'),
    headers: z.record(text, z.string()).default({}).describe('Headers of every request'),
    person: z.strictObject({ ...request, match }).describe('Asks for one person by `email`'),
    people: z
      .strictObject({ ...request, key: match })
      .optional()
      .describe('Asks for many people by `emails`'),
    deals: z
      .strictObject(request)
      .optional()
      .describe('Asked after the person, with `contact` and `company`'),
    tickets: z
      .strictObject(request)
      .optional()
      .describe('Asked after the person, with `contact` and `company`'),
    company: z
      .strictObject({ ...request, match })
      .optional()
      .describe('Asks for a company by `domain`'),
    companyById: z
      .strictObject(request)
      .optional()
      .describe('Asked after a person whose row has the id of a company but not its name'),
  })
  .superRefine(async (given, context) => {
    const language = await openLanguage();
    const add = (at: Issue['path'], issues: readonly Issue[]) => {
      for (const { path, message } of issues)
        context.addIssue({ code: 'custom', path: [...at, ...path], message });
    };
    add([], headerProblems(given.headers));
    if (given.auth !== undefined && 'header' in given.auth) {
      const { name, value } = given.auth.header;
      add(['auth', 'header'], headerIssues(name, value));
    }
    for (const name of REQUEST_NAMES) {
      const asked = given[name];
      if (asked !== undefined) add([name], problemsOf(name, asked, language));
    }
  });

export type Settings = z.infer<typeof settings>;
export type RequestSettings = NonNullable<Settings['deals']> & {
  readonly match?: string;
  readonly key?: string;
};
export type RequestName = (typeof REQUEST_NAMES)[number];

/** The variables of each request's templates. */
export const VARIABLES: Readonly<Record<RequestName, readonly string[]>> = {
  person: ['email', 'domain'],
  people: ['emails'],
  deals: ['email', 'domain', 'contact', 'company'],
  tickets: ['email', 'domain', 'contact', 'company'],
  company: ['domain'],
  companyById: ['email', 'domain', 'contact', 'company'],
};

/** Whose words `map` has. */
export const SECTIONS: Readonly<Record<RequestName, Section>> = {
  person: 'person',
  people: 'person',
  deals: 'deals',
  tickets: 'tickets',
  company: 'company',
  companyById: 'company',
};

interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The name as HTTP has it; the value as the HTTP client sends it. */
const HEADER = { name: /^[\w!#$%&'*+.^`|~-]+$/, value: /^[\t\x20-\x7e\x80-\xff]*$/ };
/** What the HTTP client decides by itself; a value in `host` could choose the server. */
const RESERVED_HEADERS =
  /^(?:host|connection|keep-alive|upgrade|expect|te|trailer|transfer-encoding|content-length|accept-encoding|proxy-authorization)$/i;

/** @returns issues at `name` and `value`. They quote no unknown name: a key may have been pasted there. */
function headerIssues(name: string, value: string): readonly Issue[] {
  const issues: Issue[] = [];
  if (!HEADER.name.test(name)) {
    const message = 'expected the name of a header such as X-Account, without blanks and ":"';
    issues.push({ path: ['name'], message });
  } else if (RESERVED_HEADERS.test(name)) {
    issues.push({
      path: ['name'],
      message:
        'expected a header other than Host, Connection and the like, which the bridge sends itself',
    });
  }
  if (!HEADER.value.test(value)) {
    const message = 'expected one line of Latin letters, digits and signs as the value of a header';
    issues.push({ path: ['value'], message });
  }
  return issues;
}

function headerProblems(headers: Readonly<Record<string, string>>): readonly Issue[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    headerIssues(name, value).map(({ message }) => ({ path: ['headers', name], message })),
  );
}

/** Of a map; ten times what there is. */
const MAX_WORDS = 500;

function problemsOf(
  name: RequestName,
  asked: RequestSettings,
  language: Language,
): readonly Issue[] {
  const issues = [...headerProblems(asked.headers ?? {})];
  const attempt = (path: Issue['path'], work: () => unknown) => {
    try {
      work();
    } catch (error) {
      issues.push({ path, message: (error as Error).message });
    }
  };
  const { get, post, query = {}, json, headers = {}, map } = asked;
  if ((get === undefined) === (post === undefined)) {
    issues.push({ path: [], message: 'expected either "get" or "post"' });
  }
  if (get !== undefined && json !== undefined) {
    issues.push({ path: ['json'], message: 'a GET has no body; use "post"' });
  }
  for (const [key, path] of Object.entries({ get, post })) {
    if (path === undefined) continue;
    attempt([key], () => language.template(path, String, VARIABLES[name]));
    if (/^(?:\/|[a-z][a-z0-9+.-]*:)|(?:^|\/)\.{1,2}(?:\/|$)/i.test(path)) {
      const message =
        'expected a path below baseUrl, without "/" at the beginning and without ".."';
      issues.push({ path: [key], message });
    }
  }
  if (Object.keys(map).length > MAX_WORDS) {
    issues.push({ path: ['map'], message: `expected at most ${MAX_WORDS} words` });
  }
  for (const [group, texts] of Object.entries({ query, headers })) {
    for (const [key, value] of Object.entries(texts)) {
      attempt([group, key], () => language.template(String(value), String, VARIABLES[name]));
    }
  }
  walkTexts(json, ['json'], (value, path) =>
    attempt(path, () => language.template(value, String, VARIABLES[name])),
  );
  for (const key of ['rows', 'where', 'match', 'key'] as const) {
    const expression = asked[key];
    if (expression !== undefined) attempt([key], () => language.expression(expression));
  }
  for (const [word, expression] of Object.entries(map).slice(0, MAX_WORDS)) {
    attempt(['map', word], () => language.expression(expression));
    if (wordTarget(SECTIONS[name], word) !== undefined) continue;
    const { of } = ROWS[SECTIONS[name]];
    const hint = wordHint(SECTIONS[name], word);
    const message =
      hint === undefined
        ? `not a word of a ${of}; other values go below "fields."`
        : `"${word}" is not a word of a ${of}; ${hint}`;
    issues.push({ path: ['map', word], message });
  }
  return issues;
}

/** Visits each text below a value, with its place. */
export function walkTexts(
  value: unknown,
  path: readonly (string | number)[],
  visit: (text: string, path: readonly (string | number)[]) => void,
): void {
  if (typeof value === 'string') visit(value, path);
  else if (Array.isArray(value)) value.forEach((one, at) => walkTexts(one, [...path, at], visit));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) walkTexts(one, [...path, key], visit);
  }
}
