/** From a template's text to Liquid's tree, or to what is wrong with the text. */
import { LiquidError, type Template } from 'liquidjs';
import { didYouMean } from '../../model/closest-match.ts';
import { MAX_TEMPLATE_LENGTH, type Engine } from '../engine.ts';
import { tagNamed } from './other-languages.ts';
import { findSlips } from './slips.ts';
import { problemAt, problemOf, type TemplateProblem } from '../problem.ts';
import type { TemplateSource } from '../template-sources.ts';

/** Tags that only have a meaning inside of others. */
const INNER_TAGS = ['else', 'elsif', 'when'];
const BLOCK_TAGS = ['if', 'unless', 'case', 'for', 'capture', 'comment', 'raw'];
const END_TAGS = BLOCK_TAGS.map((name) => `end${name}`);

export interface Parsed {
  readonly templates: Template[];
  readonly problems: readonly TemplateProblem[];
}

/** Every unknown tag is a problem; of errors that keep Liquid from reading on, there is one. No tree with a problem. */
export function parseTemplate(engine: Engine, source: TemplateSource): Parsed {
  const { file, text } = source;
  if (text.length > MAX_TEMPLATE_LENGTH) {
    const problem = problemOf(file, `longer than ${MAX_TEMPLATE_LENGTH} characters`);
    return { templates: [], problems: [problem] };
  }
  const slips = findSlips(source);
  if (slips.length > 0) return { templates: [], problems: slips };
  const problems: TemplateProblem[] = [];
  const unknownTags: string[] = [];
  for (;;) {
    try {
      const templates = engine.parse(text, file, unknownTags);
      return { templates: problems.length === 0 ? templates : [], problems };
    } catch (error) {
      const tag = unknownTag(error);
      if (tag === undefined || unknownTags.includes(tag)) {
        // What follows an unknown tag may be its consequence.
        return {
          templates: [],
          problems: problems.length > 0 ? problems : [describe(error, source)],
        };
      }
      problems.push(describe(error, source, tagHint(tag, engine.tags, text)));
      unknownTags.push(tag);
    }
  }
}

function unknownTag(error: unknown): string | undefined {
  return error instanceof Error ? /^tag "(.*)" not found/u.exec(error.message)?.[1] : undefined;
}

function tagHint(tag: string, tags: readonly string[], text: string): string {
  if (END_TAGS.includes(tag)) {
    const name = tag.slice(3);
    return new RegExp(`\\{%-?\\s*${name}\\b`, 'u').test(text)
      ? `no {% ${name} %} is open here, or a tag within it lacks its end`
      : `there is no open {% ${name} %} here`;
  }
  if (INNER_TAGS.includes(tag)) return 'there is no open tag here that it could belong to';
  const own = tagNamed(tag);
  if (own !== undefined) return `write ${own}`;
  if (tag === 'end') return 'write the whole name, such as {% endif %} or {% endfor %}';
  const words = [...tags, ...INNER_TAGS, ...END_TAGS];
  return didYouMean(tag, words) ?? `there are ${tags.filter((t) => t !== '#').join(', ')}`;
}

function describe(error: unknown, source: TemplateSource, hint?: string): TemplateProblem {
  if (!LiquidError.is(error)) {
    const message = error instanceof RangeError ? 'tags are nested too deep' : String(error);
    return problemOf(source.file, message);
  }
  const { begin } = error.token;
  const message = error.message.replace(/(?:, file:.*)?, line:\d+, col:\d+$/su, '');
  const tag = unknownTag(error);
  if (tag !== undefined) {
    const isKnown = [...INNER_TAGS, ...END_TAGS].includes(tag);
    return problemAt(source, begin, `${tag}: ${isKnown ? 'out of place' : 'unknown tag'}`, hint);
  }
  const [pattern, plain = message, advice] = EXPLAINED.find(([known]) => known.test(message)) ?? [];
  const explain = (text: string) => (pattern ? message.replace(pattern, text) : text);
  return problemAt(source, begin, explain(plain), advice && explain(advice));
}

/** liquidjs' messages, and what to say and to advise instead. */
const EXPLAINED: readonly (readonly [message: RegExp, plain: string, advice: string])[] = [
  [
    /^expected "\|" before filter$/u,
    'cannot read on here',
    'a filter comes after |, a text stands in quotes',
  ],
  [
    /^expected ":" after filter name$/u,
    'cannot read on here',
    'what a filter needs comes after a colon, the next filter after |',
  ],
  [/^expected filter name$/u, 'a filter is missing', 'write its name after |'],
  [/^expected "="$/u, 'no assignment', 'write {% assign name = value %}'],
  [/^invalid capture name$/u, 'the name is missing', 'write {% capture name %}'],
  [/^illegal tag: (\{% for .*)$/su, 'no loop', 'write {% for deal in deals %}'],
  [/^tag "\{%.* not closed$/su, 'the tag has no end', 'put %} where it ends'],
  [
    /^output ".*["'].*" not closed$/su,
    'the output has no end',
    'put }} where it ends; a text has a quote at both ends',
  ],
  [/^output .* not closed$/su, 'the output has no end', 'put }} where it ends'],
  [/^tag (\w+).* not closed$/su, '{% $1 %} is not closed', 'put end$1 where it ends'],
  [/^\[ not closed$/u, 'a bracket is not closed', 'put ] where it ends'],
  [/^illegal tag syntax.*$/su, 'a tag without a name', 'write such as {% if contact.name %}'],
  [
    /^unexpected (?:character )?"(.*)"$/su,
    'cannot read $1',
    'leave it out; a text stands in quotes',
  ],
  [
    /^(?:tag|raw) "?\{%-?\s*(\w+).* not closed$/su,
    '{% $1 %} is not closed',
    'put {% end$1 %} where it ends',
  ],
  [
    /^invalid value expression.*$/su,
    'there is no value here',
    'put a word, a number or a text in quotes',
  ],
  [
    /^Maximum call stack size exceeded$/u,
    'the tags stand too deep in each other',
    'close each with its end, or move inner ones to a partial',
  ],
  [/^illegal file path$/u, 'the name of the partial is missing', 'write {% render "owner" %}'],
];
