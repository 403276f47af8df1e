/** From a template's text to Liquid's tree, or to what is wrong with the text. */
import { LiquidError, type Template } from 'liquidjs';
import { didYouMean } from '../../model/closest-match.ts';
import { MAX_TEMPLATE_LENGTH, type Engine } from '../engine.ts';
import { problemAt, problemOf, type TemplateProblem, type TemplateSource } from '../problem.ts';

/** Tags that only have a meaning inside of others. */
const INNER_TAGS = ['else', 'elsif', 'when'];
const BLOCK_TAGS = ['if', 'unless', 'case', 'for', 'capture', 'comment', 'raw'];
const END_TAGS = BLOCK_TAGS.map((name) => `end${name}`);

export type Parsed =
  | { readonly templates: Template[]; readonly problems?: undefined }
  | { readonly problems: readonly TemplateProblem[]; readonly templates?: undefined };

/** Every unknown tag is a problem; of errors that keep Liquid from reading on, there is one. */
export function parseTemplate(engine: Engine, source: TemplateSource): Parsed {
  const { file, text } = source;
  if (text.length > MAX_TEMPLATE_LENGTH) {
    return { problems: [problemOf(file, `longer than ${MAX_TEMPLATE_LENGTH} characters`)] };
  }
  const problems: TemplateProblem[] = [];
  const unknownTags: string[] = [];
  for (;;) {
    try {
      const templates = engine.parse(text, file, unknownTags);
      return problems.length > 0 ? { problems } : { templates };
    } catch (error) {
      const tag = unknownTag(error);
      if (tag === undefined || unknownTags.includes(tag)) {
        // What follows an unknown tag may be its consequence.
        return { problems: problems.length > 0 ? problems : [describe(error, source)] };
      }
      problems.push(describe(error, source, tagHint(tag, engine.tags)));
      unknownTags.push(tag);
    }
  }
}

function unknownTag(error: unknown): string | undefined {
  return error instanceof Error ? /^tag "(.*)" not found/u.exec(error.message)?.[1] : undefined;
}

function tagHint(tag: string, tags: readonly string[]): string {
  if (END_TAGS.includes(tag)) return `there is no open {% ${tag.slice(3)} %} here`;
  if (INNER_TAGS.includes(tag)) return 'there is no open tag here that it could belong to';
  const words = [...tags, ...INNER_TAGS, ...END_TAGS];
  return didYouMean(tag, words) ?? `there are ${tags.filter((t) => t !== '#').join(', ')}`;
}

function describe(error: unknown, source: TemplateSource, hint?: string): TemplateProblem {
  if (!LiquidError.is(error)) {
    const message = error instanceof RangeError ? 'tags are nested too deep' : String(error);
    return problemOf(source.file, message);
  }
  const { token } = error;
  const message = error.message.replace(/(?:, file:.*)?, line:\d+, col:\d+$/su, '');
  const [plain, advice] = explainError(message, source.text, token.begin);
  return problemAt(source, token.begin, plain, hint ?? advice);
}

function explainError(message: string, text: string, offset: number): [string, string?] {
  const tag = /^tag "(.*)" not found$/u.exec(message)?.[1];
  if (tag !== undefined) {
    const known = [...INNER_TAGS, ...END_TAGS].includes(tag);
    return [`${tag}: ${known ? 'out of place' : 'unknown tag'}`];
  }
  const open = /^(?:tag|raw) "?\{%-?\s*(\w+).* not closed$/su.exec(message)?.[1];
  if (open !== undefined && !message.startsWith('tag "')) {
    return [`{% ${open} %} is not closed`, `put {% end${open} %} where it ends`];
  }
  if (open !== undefined) return ['the tag has no end', 'put %} where it ends'];
  if (message.startsWith('output ') && message.endsWith(' not closed')) {
    return ['the output has no end', 'put }} where it ends'];
  }
  if (message === 'expected "|" before filter') {
    const assignment = /^[^|}%]*?[^=!<>]=[^=]/u.test(text.slice(offset - 2, offset + 20));
    return assignment
      ? ['cannot read on here', 'to compare, write =='] // `{% if a = b %}`
      : ['cannot read on here', 'a filter comes after |, a text stands in quotes'];
  }
  if (message.startsWith('invalid value expression')) {
    return ['there is no value here', 'put a word, a number or a text in quotes'];
  }
  if (message === 'illegal file path') {
    return ['the name of the partial is missing', 'write {% render "owner" %}'];
  }
  return [message];
}
