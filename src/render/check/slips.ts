/** Finds the commonest slips, all at once, before a template is parsed. */
import { problemAt, type TemplateProblem } from '../problem.ts';
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
  const problems: TemplateProblem[] = [];
  let end = 0;
  for (const { start, content, where, next } of markupIn(source.text)) {
    problems.push(
      ...placeholders(source, end, start),
      ...comments(source, end, start),
      ...slipIn(source, start + 2, content, where),
    );
    end = next;
  }
  const { length } = source.text;
  return [...problems, ...placeholders(source, end, length), ...comments(source, end, length)];
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

function placeholders(
  source: TemplateSource,
  start: number,
  end: number,
): readonly TemplateProblem[] {
  const found = source.text.slice(start, end).matchAll(PLACEHOLDER);
  return Array.from(found, ({ index, groups = {} }) => {
    const word = Object.values<string | undefined>(groups).find((each) => each !== undefined) ?? '';
    const message = 'these signs mean nothing here';
    return problemAt(source, start + index, message, `write {{ ${word} }}`);
  });
}

/** Comments of other languages: an agent would read them. */
const COMMENT = /\{#.{0,300}?#\}|<!--.{0,300}?-->/gsu;

function comments(source: TemplateSource, start: number, end: number): readonly TemplateProblem[] {
  const found = source.text.slice(start, end).matchAll(COMMENT);
  return Array.from(found, ({ index }) =>
    problemAt(source, start + index, 'agents would read this', 'a comment is {% # … %}'),
  );
}

/** The first slip of an output or a tag. */
function slipIn(
  source: TemplateSource,
  offset: number,
  content: string,
  where: Where,
): readonly TemplateProblem[] {
  const readable = content
    .slice(0, MAX_MARKUP)
    .replace(LIQUID_COMMENT, blank)
    .replace(QUOTED, (quoted) => `"${'_'.repeat(quoted.length - 2)}"`);
  for (const { where: each, pattern, message, hint } of SLIPS) {
    const found = each === where || each === 'markup' ? pattern.exec(readable) : null;
    if (found !== null) {
      const meant = found[0].trimStart();
      const at = offset + found.index + found[0].length - meant.length;
      const problem = problemAt(source, at, message, hint(...found));
      return [{ ...problem, length: Math.max(1, meant.trimEnd().length) }];
    }
  }
  // Liquid reads an output up to the end of its last text, and says itself what is missing.
  return where === 'output' || content.length > MAX_MARKUP || BLOCK_COMMENT.test(readable)
    ? []
    : missingQuote(source, offset, readable);
}

function missingQuote(
  source: TemplateSource,
  offset: number,
  readable: string,
): readonly TemplateProblem[] {
  const at = readable.replace(WHOLE_TEXT, blank).search(/["']/u);
  if (at === -1) return [];
  return [problemAt(source, offset + at, 'a quote is missing', 'a text has two: "text"')];
}
