/**
 * Renders the tags that templates use most without liquidjs' generators, as direct-values.ts reads values.
 * `case`, `include` and the rest are rendered as liquidjs does it.
 */
import {
  AssignTag,
  CaptureTag,
  Drop,
  EchoTag,
  ForTag,
  IfTag,
  IncludeTag,
  isTruthy,
  LiquidTag,
  Output,
  RenderTag,
  toValue,
  toValueSync,
  UnlessTag,
  Value,
  type Context,
  type Emitter,
  type Liquid,
  type Template,
  type Token,
} from 'liquidjs';
import { readDirectly, readerOf, tokenReader } from './direct-values.ts';

type Render = (context: Context, emitter: Emitter) => void;
type Argument = ReturnType<RenderTag['arguments']> extends Iterable<infer T> ? T : never;

/** What tags render with. */
export interface Renderer {
  /** It has its filters already. */
  readonly liquid: Liquid;
  /** @returns the text, when it is not written. */
  block(templates: readonly Template[], context: Context, emitter?: Emitter): string | undefined;
  /** Runs what renders a partial. */
  withinPartial(render: () => void): void;
  /** @throws {Error} when there is none. */
  findPartial(name: string): readonly Template[];
}

/** Prepares a tag or an output. */
export function renderDirectly(template: Template, renderer: Renderer): void {
  readDirectly(template, renderer.liquid);
  const render = rendererOf(template, renderer);
  if (render !== undefined) Object.assign(template, { render });
}

function rendererOf(template: Template, renderer: Renderer): Render | undefined {
  if (template instanceof Output || template instanceof EchoTag)
    return outputRenderer(template, renderer);
  if (template instanceof IfTag || template instanceof UnlessTag)
    return conditionRenderer(template, renderer);
  if (template instanceof ForTag) return loopRenderer(template, renderer);
  if (template instanceof AssignTag) return assignRenderer(template, renderer);
  if (template instanceof CaptureTag) {
    const { variable, templates } = template;
    return (context) => {
      context.bottom()[variable] = renderer.block(templates, context);
    };
  }
  if (template instanceof LiquidTag) {
    const { templates } = template;
    return (context, emitter) => void renderer.block(templates, context, emitter);
  }
  if (template instanceof RenderTag || template instanceof IncludeTag) {
    const render = partialRenderer(template, renderer);
    return (context, emitter) => renderer.withinPartial(() => render(context, emitter));
  }
  return undefined;
}

function outputRenderer(template: Output | EchoTag, { liquid }: Renderer): Render | undefined {
  const [value] = template.arguments();
  if (!(value instanceof Value)) return undefined;
  const read = readerOf(value, liquid);
  return (context, emitter) => emitter.write(toValue(read(context)));
}

function assignRenderer(tag: AssignTag, { liquid }: Renderer): Render | undefined {
  const [value] = tag.arguments();
  const [name] = tag.localScope();
  if (!(value instanceof Value) || name === undefined) return undefined;
  const read = readerOf(value, liquid);
  return (context) => {
    context.bottom()[name.content] = read(context);
  };
}

function conditionRenderer(tag: IfTag | UnlessTag, renderer: Renderer): Render {
  const branches = tag.branches.map((branch) => ({
    read: readerOf(branch.value, renderer.liquid),
    test: 'test' in branch ? branch.test : isTruthy,
    templates: branch.templates,
  }));
  const { elseTemplates = [] } = tag;
  return (context, emitter) => {
    for (const { read, test, templates } of branches) {
      if (!test(toValue(read(context)), context)) continue;
      renderer.block(templates, context, emitter);
      return;
    }
    renderer.block(elseTemplates, context, emitter);
  };
}

/** Of a loop without `limit` and the like. */
function loopRenderer(tag: ForTag, renderer: Renderer): Render | undefined {
  const { variable, collection, hash, templates, elseTemplates } = tag;
  if (Object.keys(hash.hash).length > 0) return undefined;
  const read = tokenReader(collection);
  const name = `${variable}-${collection.getText()}`;
  return (context, emitter) => {
    const items = itemsOf(read(context));
    if (items.length === 0) {
      renderer.block(elseTemplates, context, emitter);
      return;
    }
    // Where another loop over the same begins with `offset: continue`.
    context.setRegister(`continue-${name}`, items.length);
    const forloop = new Forloop(items.length, name);
    const scope = Object.assign(Object.create(null) as Record<string, unknown>, { forloop });
    context.push(scope);
    for (const item of items) {
      scope[variable] = item;
      clearJumps(context);
      renderer.block(templates, context, emitter);
      if (context.breakCalled) break;
      forloop.i++;
    }
    clearJumps(context);
    context.pop();
  };
}

/** Forgets `break` and `continue`. They may be older than the loop: `case` continues with its next branch. */
function clearJumps(context: Context): void {
  context.continueCalled = context.breakCalled = false;
}

/** Of a group its names and values, as pairs. */
function itemsOf(value: unknown): readonly unknown[] {
  const plain: unknown = toValue(value);
  if (Array.isArray(plain)) return plain;
  if (typeof plain === 'string' && plain !== '') return [plain];
  return typeof plain === 'object' && plain !== null ? Object.entries(plain) : [];
}

/** As liquidjs' own, which it does not export: one for all turns of a loop, and as a text its properties as JSON. */
class Forloop extends Drop {
  i = 0;
  readonly length: number;
  readonly name: string;

  constructor(length: number, name: string) {
    super();
    this.length = length;
    this.name = name;
  }

  index0(): number {
    return this.i;
  }

  index(): number {
    return this.i + 1;
  }

  rindex0(): number {
    return this.length - this.i - 1;
  }

  rindex(): number {
    return this.length - this.i;
  }

  first(): boolean {
    return this.i === 0;
  }

  last(): boolean {
    return this.i === this.length - 1;
  }

  override valueOf(): string {
    return JSON.stringify(this);
  }
}

/** Of `render` with a name and named values; `with`, `for` and `include` are rarer. */
function partialRenderer(tag: RenderTag | IncludeTag, renderer: Renderer): Render {
  const call = tag instanceof RenderTag ? tag.partialScope() : undefined;
  const names = [...(call?.scope ?? [])];
  // A name without a value is true.
  const values: readonly (Argument | undefined)[] = [...tag.arguments()];
  if (call === undefined || !names.every(isText) || names.length !== values.length) {
    const render = tag.render.bind(tag);
    return (context, emitter) => toValueSync<unknown>(render(context, emitter));
  }
  const readers = values.map((value) => (value ? tokenReader(value as Token) : () => true));
  return (context, emitter) => {
    const inner = context.spawn();
    const scope = inner.bottom();
    names.forEach((name, index) => (scope[name] = readers[index]?.(context)));
    renderer.block(renderer.findPartial(call.name), inner, emitter);
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
