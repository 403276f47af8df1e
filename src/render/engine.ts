/** Liquid, set up for agents' texts: what it parses, what it knows, and where it stops. */
import {
  Liquid,
  LiquidError,
  Parser,
  RenderError,
  Tokenizer,
  TypeGuards,
  toValueSync,
  type Context,
  type Emitter,
  type Template,
  type TopLevelToken,
} from 'liquidjs';
import { registerFilters, type Rendering } from './filters.ts';
import { createLineGuard, guardContext, type LineGuard } from './line-guard.ts';
import { markEmptyLines, withoutMarks } from './layout.ts';
import { renderDirectly, type Renderer } from './direct-tags.ts';
import { createFormats } from './format.ts';
import { Budget, LimitedCase, LimitedEmitter, limitedOperators } from './limits.ts';
import type { RenderOptions, TemplateContext } from './template-set.ts';
import { TextContext } from './character-filters.ts';

/** The longest template, in characters. */
export const MAX_TEMPLATE_LENGTH = 50_000;
/** Characters and list items that one rendering makes in all, in between and in the end. */
const MEMORY_LIMIT = 300_000;

/** Tags of liquidjs that are left out: tables of HTML, and layouts of pages. */
const DISABLED_TAGS = ['tablerow', 'layout', 'block'];

export interface Engine {
  readonly tags: readonly string[];
  /**
   * @param file goes into errors.
   * @param ignoredTags unknown ones that do nothing instead of being an error.
   * @throws {Error} liquidjs' own, with the token in question.
   */
  parse(text: string, file: string, ignoredTags?: readonly string[]): Template[];
  /** @throws {Error} when the template fails or exceeds a limit; a `RenderLimitError` or liquidjs' own. */
  render(templates: readonly Template[], context: TemplateContext, style: RenderOptions): RawText;
}

export interface RawText {
  readonly text: string;
  /** Milliseconds since 1970: when a filter that looks at the clock may print something else; else `Infinity`. */
  readonly validUntil: number;
}

/**
 * @param partials what `render` and `include` find, by name without `.liquid`; may be filled later.
 * Nothing else is found: the engine never touches a file.
 */
export function createEngine(partials: ReadonlyMap<string, readonly Template[]>): Engine {
  // Rendering is synchronous, so there is only one at a time.
  let current: Rendering | undefined;
  const liquid = new Liquid({
    templates: {},
    operators: limitedOperators(() => current?.budget.check()),
    ownPropertyOnly: true,
    // Each rendering brings its own; without one liquidjs asks Intl, which is slow.
    locale: 'en',
    memoryLimit: MEMORY_LIMIT,
  });
  const findPartial = (name: string) => {
    const partial = partials.get(withoutExtension(name));
    if (partial === undefined) throw new Error('there is no such partial');
    return partial;
  };
  liquid._parsePartialFile = function* (name) {
    const tree = [...findPartial(name)];
    yield tree;
    return tree;
  };
  for (const tag of DISABLED_TAGS) Reflect.deleteProperty(liquid.tags, tag);
  liquid.registerTag('case', LimitedCase);
  registerFilters(liquid, () => current);
  const block = blockRenderer(() => {
    current?.budget.nextBlock();
    return current?.guard;
  });
  // Every block of tags and every partial is rendered by this one method.
  Object.assign(liquid.renderer, { renderTemplates: block });
  const renderer: Renderer = {
    ...{ liquid, block, findPartial },
    withinPartial: (render) => current?.budget.withinPartial(render),
  };
  const guards = createGuardCache();
  const styles = createStyleCache(liquid);

  return {
    tags: Object.keys(liquid.tags),

    parse(text, file, ignoredTags = []) {
      for (const tag of ignoredTags) liquid.registerTag(tag, { render: () => '' });
      try {
        return new DirectParser(renderer).parseTokens(tokensOf(text, file, liquid.options));
      } finally {
        for (const tag of ignoredTags) Reflect.deleteProperty(liquid.tags, tag);
      }
    },

    render(templates, context, style) {
      const { formats, options } = styles(style);
      const guard = guards(style.lineSeparator);
      const guarded = guardContext(context, guard);
      const { email, ip, url, host } = guarded.visitor;
      // As globals, the context's words are known in partials too; Liquid reads own properties only.
      const globals = { ...guarded, visitor: { email, ip, url, host } };
      const budget = new Budget();
      const tick = () => {
        budget.check();
      };
      const scope = new TextContext(tick, {}, options, { sync: true, globals }, { liquid });
      const emitter = new LimitedEmitter(scope, guard);
      const rendering = { formats, now: context.now, budget, guard, validUntil: Infinity };
      current = rendering;
      block(templates, scope, emitter);
      return { text: emitter.finish(), validUntil: rendering.validUntil };
    },
  };
}

/** Prepares tags, and lets the emitter know what stands in the template itself. */
class DirectParser extends Parser {
  readonly #renderer: Renderer;

  constructor(renderer: Renderer) {
    super(renderer.liquid);
    this.#renderer = renderer;
  }

  override parseToken(...args: Parameters<Parser['parseToken']>): ReturnType<Parser['parseToken']> {
    const template = super.parseToken(...args);
    const [token] = args;
    renderDirectly(template, this.#renderer);
    if (!TypeGuards.isHTMLToken(token)) return template;
    const text = token.getContent();
    template.render = (_, emitter) => {
      if (emitter instanceof LimitedEmitter) emitter.writeOwn(text);
      else emitter.write(text);
    };
    return template;
  }
}

function createGuardCache(): (separator: string) => LineGuard {
  const guards = new Map<string, LineGuard>();
  return (separator) => {
    const known = guards.get(separator) ?? createLineGuard(separator);
    guards.set(separator, known);
    return known;
  };
}

function tokensOf(text: string, file: string, options: Liquid['options']): TopLevelToken[] {
  const tokens = new Tokenizer(text, options.operators, file).readTopLevelTokens(options);
  return tokens.filter((token) => {
    if (!TypeGuards.isHTMLToken(token)) return true;
    const content = markEmptyLines(token.getContent());
    token.getContent = () => content;
    return content !== '';
  });
}

/** `owner.liquid` and `owner` are the same partial. */
export function withoutExtension(name: string): string {
  return name.replace(/\.liquid$/u, '');
}

/** What is made once for each style: formats, and options for Liquid's own `date`. */
function createStyleCache(liquid: Liquid) {
  const made = new Map<string, Pick<Rendering, 'formats'> & { options: Liquid['options'] }>();
  return (style: RenderOptions) => {
    const { locale, timeZone, currency } = style;
    const key = `${locale} ${timeZone} ${currency ?? '-'}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const options = { ...liquid.options, locale, timezoneOffset: timeZone };
    const preparation = { formats: createFormats(style), options };
    made.set(key, preparation);
    return preparation;
  };
}

/** As all is synchronous, blocks need no generators. */
function blockRenderer(next: () => LineGuard | undefined): Renderer['block'] {
  return (templates, context, given) => {
    const guard = next();
    if (given !== undefined) {
      renderBlock(templates, context, given);
      return undefined;
    }
    // The text is not shown but kept, by `capture`.
    const emitter = new LimitedEmitter(context, guard);
    renderBlock(templates, context, emitter);
    return withoutMarks(emitter.finish());
  };
}

function renderBlock(templates: readonly Template[], context: Context, emitter: Emitter): void {
  for (const template of templates) {
    try {
      const text: unknown = toValueSync(template.render(context, emitter));
      // As liquidjs does: most tags write by themselves.
      if (text) emitter.write(text);
    } catch (error) {
      throw LiquidError.is(error) ? error : new RenderError(error as Error, template);
    }
    if (context.breakCalled || context.continueCalled) return;
  }
}
