/** Finds the commonest slips, all at once, before a template is parsed. */
import { ProblemList, type TemplateProblem } from '../problem.ts';
import type { TemplateSource } from '../template-sources.ts';
import { TEMPLATE_SCHEMA } from '../template-words.ts';
import { SLIPS, type Where } from './slip-table.ts';

/** How other programs write `{{ contact.name }}`. */
const PLACEHOLDER = new RegExp(
  ['(?<!\\{)\\{!?WORD\\}', '\\[\\[WORD\\]\\]', '<%=?WORD%>', '(?<![{%])%WORD%(?!\\})']
    .map((form, index) => {
      const roots = Object.keys(TEMPLATE_SCHEMA).join('|');
      return form.replace('WORD', `\\s*(?<form${index}>(?:${roots})\\.[\\w.]+)\\s*`);
    })
    .join('|'),
  'giu',
);
const CONDITION = /^-?\s*(?:if|elsif|unless|else)\b/u;
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gsu;
/** Within `{% liquid %}`, too. */
const BLOCK_COMMENT = /\bendcomment\b/u;
const WHOLE_TEXT = /"_*"/gu;
/** Within `{% liquid %}`. */
const LIQUID_COMMENT = /(?<=\n)\s*#[^\n]*/gu;
/** More of one tag or text is not looked at: some patterns look far ahead. */
const MAX_MARKUP = 2000;

export function findSlips(source: TemplateSource): readonly TemplateProblem[] {
  const found: Found = { source, problems: new ProblemList() };
  let end = 0;
  for (const { start, content, where, next } of markupIn(source.text)) {
    if (found.problems.isFull) break;
    findPlaceholders(found, end, start);
    findComments(found, end, start);
    findSlipIn(found, start + 2, content, where);
    end = next;
  }
  findPlaceholders(found, end, source.text.length);
  findComments(found, end, source.text.length);
  return found.problems.all;
}

/** The problems of a source so far. */
interface Found {
  readonly source: TemplateSource;
  readonly problems: ProblemList;
}

interface Markup {
  /** Of its braces. */
  readonly start: number;
  readonly content: string;
  readonly where: Where;
  /** Where what follows it begins: for comments and raw text after their end. */
  readonly next: number;
}

/** Up to what has no end: of that the parser speaks. */
function* markupIn(text: string): Generator<Markup> {
  const opening = /\{[{%]/gu;
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    const start = found.index;
    const isOutput = found[0] === '{{';
    const close = text.indexOf(isOutput ? '}}' : '%}', start);
    if (close === -1) return;
    const content = text.slice(start + 2, close);
    const block = isOutput ? undefined : /^-?\s*(?:#|(?<skipped>comment|raw)\b)/u.exec(content);
    let next: number | undefined = close + 2;
    const skipped = block?.groups?.['skipped'];
    if (skipped !== undefined) next = endOf(skipped, text, next);
    if (next === undefined) return;
    opening.lastIndex = next;
    const where = isOutput ? 'output' : CONDITION.test(content) ? 'condition' : 'assignment';
    yield { start, content: block ? '' : content, where, next };
  }
}

function blank(text: string): string {
  return ' '.repeat(text.length);
}

function endOf(block: string, text: string, from: number): number | undefined {
  const end = new RegExp(`\\{%-?\\s*end${block}\\s*-?%\\}`, 'gu');
  end.lastIndex = from;
  return end.exec(text) === null ? undefined : end.lastIndex;
}

function findPlaceholders({ source, problems }: Found, start: number, end: number): void {
  for (const { index, groups = {} } of source.text.slice(start, end).matchAll(PLACEHOLDER)) {
    if (problems.isFull) return;
    const word = Object.values<string | undefined>(groups).find((each) => each !== undefined) ?? '';
    const message = 'these signs mean nothing here';
    problems.add(source, start + index, [message, `write {{ ${word} }}`]);
  }
}

/** Comments of other languages: an agent would read them. */
const COMMENT = /\{#.{0,300}?#\}|<!--.{0,300}?-->/gsu;

function findComments({ source, problems }: Found, start: number, end: number): void {
  for (const { index } of source.text.slice(start, end).matchAll(COMMENT)) {
    if (problems.isFull) return;
    problems.add(source, start + index, ['agents would read this', 'a comment is {% # … %}']);
  }
}

/** The first slip of an output or a tag. */
function findSlipIn(found: Found, offset: number, content: string, where: Where): void {
  const readable = content
    .slice(0, MAX_MARKUP)
    .replace(LIQUID_COMMENT, blank)
    .replace(QUOTED, (quoted) => `"${'_'.repeat(quoted.length - 2)}"`);
  for (const { where: each, pattern, message, hint } of SLIPS) {
    const slip = each === where || each === 'markup' ? pattern.exec(readable) : null;
    if (slip !== null) {
      const meant = slip[0].trimStart();
      const at = offset + slip.index + slip[0].length - meant.length;
      const length = Math.max(1, meant.trimEnd().length);
      found.problems.add(found.source, at, [message, hint(...slip)], { length });
      return;
    }
  }
  // Liquid reads an output up to the end of its last text, and says itself what is missing.
  if (where === 'output' || content.length > MAX_MARKUP || BLOCK_COMMENT.test(readable)) return;
  findMissingQuote(found, offset, readable);
}

function findMissingQuote({ source, problems }: Found, offset: number, readable: string): void {
  const at = readable.replace(WHOLE_TEXT, blank).search(/["']/u);
  if (at === -1) return;
  problems.add(source, offset + at, ['a quote is missing', 'a text has two: "text"']);
}
