/** Explains what the YAML parser finds. The parser's own messages quote the text, which may be a secret. */
import { visit, type Document, type ErrorCode, type YAMLError } from 'yaml';
import { lineAt } from './excerpt.ts';
import { hintForPasted } from './pasted-characters.ts';

export interface SyntaxIssue extends Explanation {
  /** Where it shows in the text. */
  readonly offset: number;
}

interface Explanation {
  readonly message: string;
  readonly hint?: string;
}

/** More are mostly consequences of the first. */
const MAX_ERRORS = 3;
/** Several may be in one line; a broken file can have thousands. */
const MAX_EXAMINED = 20;
const MAX_LOOKED_AT = 1000;

/** What is wrong with the YAML, without quoting the file; at most three, one a line. */
export function explainSyntax(document: Document.Parsed, text: string): readonly SyntaxIssue[] {
  const [first, ...others] = [
    ...document.errors.slice(0, MAX_LOOKED_AT),
    ...document.warnings.slice(0, MAX_LOOKED_AT),
  ];
  if (!first) return [];
  const further = others.filter(({ code }) => code !== 'UNEXPECTED_TOKEN').slice(0, MAX_EXAMINED);
  const lines = new Map<number, SyntaxIssue>();
  for (const error of [first, ...further]) {
    const issue = explain(error, document, text);
    const [line] = lineAt(text, issue.offset);
    if (!lines.has(line)) lines.set(line, issue);
  }
  return [...lines.values()]
    .slice(0, MAX_ERRORS)
    .map(({ message, ...rest }) => ({ message: `not valid YAML: ${message}`, ...rest }));
}

function explain(error: YAMLError, document: Document.Parsed, text: string): SyntaxIssue {
  const [offset] = error.pos;
  const openingToken = /closing .quote|end with a/.test(error.message)
    ? openerBefore(offset, document, text)
    : undefined;
  if (openingToken !== undefined) {
    const closer = CLOSERS[text.charAt(openingToken)] ?? 'end';
    return { offset: openingToken, message: `expected a closing ${closer} for the one here` };
  }
  const missing = MISSING.find(([words]) => error.message.includes(words))?.[1];
  const known = error.code === 'MISSING_CHAR' ? missing : EXPLANATIONS[error.code];
  const [start, end] = lineAt(text, offset);
  const line = text.slice(Math.max(start, offset - NEARBY), Math.min(end, offset + NEARBY));
  const hint =
    hintForPasted(line) ??
    (BARE_REFERENCE.test(line) ? QUOTE_REFERENCE : undefined) ??
    (/^\w[[{]/.test(text.slice(offset - 1, offset + 1)) ? QUOTE_BRACKET : undefined) ??
    (error.code === 'BLOCK_AS_IMPLICIT_KEY' && COLON_INSIDE.test(line) ? QUOTE_COLON : undefined);
  return { offset, ...(known ?? UNEXPECTED), ...(hint && { hint }) };
}

/** How much of a line is looked at. */
const NEARBY = 200;
/** `[${NAME}]` without quotes around it. */
const BARE_REFERENCE = /[[{].*[[{,:]\s*\$\{|[[{]\s*\$\{/;
const QUOTE_REFERENCE = 'inside of { } and [ ] put "${NAME}" in quotes';
/** `match: mails | map: "value"`, with two colons. */
const COLON_INSIDE = /^\s*(?:- )?[^\s'"{[#:]+:\s+[^'"\s{[|>#][^#]*:\s/;
const QUOTE_COLON = `put a value that has a colon and a space in it in quotes: '…'`;
/** `{ domain: domains[0] }` */
const QUOTE_BRACKET = 'inside of { } and [ ] put a value that has brackets in it in quotes';
const UNEXPECTED: Explanation = {
  message: 'unexpected character',
  hint: 'look for a missing quote or bracket',
};

/** Where the quote or bracket that is never closed stands. */
function openerBefore(offset: number, document: Document.Parsed, text: string): number | undefined {
  let openingToken: number | undefined;
  visit(document, {
    Node: (_, node) => {
      const [start, end] = node.range ?? [offset, 0];
      if (start < offset && end >= offset && /["'{[]/.test(text.charAt(start)))
        openingToken = start;
    },
  });
  return openingToken;
}

const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '[': ']', '{': '}' };

const NOT_ONE_LINE: Explanation = {
  message: 'expected "key: value" on one line',
  hint: 'look for a missing colon, quote or space in this line and the one above',
};
const NO_ANCHOR: Explanation = {
  message: 'expected *NAME of an anchor &NAME that stands above',
  hint: 'put a text that begins with * in quotes',
};
const NO_TAG: Explanation = {
  message: 'unknown tag',
  hint: 'put a text that begins with ! in quotes',
};

const EXPLANATIONS: Readonly<Partial<Record<ErrorCode, Explanation>>> = {
  BAD_INDENT: { message: 'expected the same indentation as the lines it belongs to' },
  TAB_AS_INDENT: { message: 'expected spaces at the start of the line, got a tab' },
  BAD_SCALAR_START: { message: 'expected quotes around a text that begins with @, % or `' },
  BAD_ALIAS: NO_ANCHOR,
  ALIAS_PROPS: NO_ANCHOR,
  TAG_RESOLVE_FAILED: NO_TAG,
  BAD_COLLECTION_TYPE: NO_TAG,
  MULTIPLE_TAGS: NO_TAG,
  MULTIPLE_DOCS: { message: 'expected one document in the file, got a further one after ---' },
  BAD_DQ_ESCAPE: {
    message: 'unknown escape after \\ in a text in double quotes',
    hint: 'write \\\\ for a backslash',
  },
  BLOCK_AS_IMPLICIT_KEY: NOT_ONE_LINE,
  BLOCK_IN_FLOW: { message: 'unexpected colon inside of { } or [ ]', hint: QUOTE_COLON },
  MULTILINE_IMPLICIT_KEY: NOT_ONE_LINE,
};

/** By words of the parser's message. */
const MISSING: readonly (readonly [string, Explanation])[] = [
  ['quote', { message: 'expected a closing quote' }],
  [
    'map values',
    { message: 'expected "key: value"', hint: 'is a colon or the space after it missing?' },
  ],
  ['space after :', { message: 'expected a space after the colon' }],
  ['Comments', { message: 'expected a space before the #' }],
  ['between', { message: 'expected a comma between the items' }],
  ['Sequence item', { message: 'expected "- " before the item' }],
  ['end with', { message: 'expected a closing bracket' }],
  ['', { message: 'something is missing', hint: 'look for a missing quote, colon or space' }],
];
