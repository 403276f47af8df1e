/** What a piece of templates is given by those that `render` it: the names it reads and does not make itself. */
import { IncludeTag, type Template } from 'liquidjs';
import { childrenOf, partialName, variablesOf, type ParsedTemplate } from './check/variables.ts';
import { TEMPLATE_SCHEMA } from './template-words.ts';

/**
 * A word that all templates know, such as `deals`, counts only where the comment at the piece's top names it as
 * `deals: …`.
 * @param partials by name, for what the piece includes. @returns each once, in alphabetical order.
 */
export function pieceParameters(
  piece: ParsedTemplate,
  partials: ReadonlyMap<string, ParsedTemplate>,
): readonly string[] {
  const comment = topComment(piece.text) ?? '';
  const isParameter = (name: string) =>
    !Object.hasOwn(TEMPLATE_SCHEMA, name) || new RegExp(`\\b${name}: `, 'u').test(comment);
  return [...namesRead(piece.templates, partials)].filter(isParameter).sort();
}

const TOP_COMMENT =
  /^(?:\{%-?\s*#\s*language:[^\n]*?-?%\}\s*)?\{%-?\s*(?:#(?<line>[^\n]*?)|comment\s*-?%\}(?<block>.*?)\{%-?\s*endcomment)\s*-?%\}/su;

/** The comment at the top of a piece, on one line; not the one that names its language. */
export function topComment(text: string): string | undefined {
  const { line, block } = TOP_COMMENT.exec(text)?.groups ?? {};
  return (line ?? block)?.trim().replace(/\s+/gu, ' ');
}

/** First words of what is read before it is assigned. */
function namesRead(
  templates: readonly Template[],
  partials: ReadonlyMap<string, ParsedTemplate>,
): ReadonlySet<string> {
  const read = new Set<string>();
  const assigned = new Set<string>();
  walk(templates, new Set(), []);
  return read;

  function walk(
    tags: readonly Template[],
    inBlock: ReadonlySet<string>,
    including: readonly string[],
  ): void {
    for (const tag of tags) {
      for (const { segments } of variablesOf(tag.arguments?.() ?? [])) {
        const name = String(segments[0]);
        if (!inBlock.has(name) && !assigned.has(name)) read.add(name);
      }
      walk(childrenOf(tag), new Set([...inBlock, ...(tag.blockScope?.() ?? [])]), including);
      for (const { content } of tag.localScope?.() ?? []) assigned.add(content);
      const included = tag instanceof IncludeTag ? (partialName(tag) ?? '') : '';
      const inner = partials.get(included);
      if (inner === undefined || including.includes(included)) continue;
      const given = [...(tag.partialScope?.()?.scope ?? [])]
        .map((name) => [name].flat()[0])
        .map(String);
      walk(inner.templates, new Set([...inBlock, ...given]), [...including, included]);
    }
  }
}
