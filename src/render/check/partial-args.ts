/** What `render` and `include` give to a partial. */
import type { Hash, IncludeTag, RenderTag, ValueToken } from 'liquidjs';
import { withoutExtension } from '../engine.ts';
import { typeOf, typeOfToken, type LintContext } from './infer.ts';
import { elementType } from './property-type.ts';
import { BOOLEAN, FORLOOP, type Type } from './template-schema.ts';

/** Arguments by name. */
export type PartialArgs = Map<string, Type>;

export interface PartialCall {
  /** Without `.liquid`; `undefined` when it is only known as the template runs. */
  readonly name: string | undefined;
  readonly given: PartialArgs;
}

/** What liquidjs keeps to itself of these tags. */
interface Parts {
  readonly file: unknown;
  readonly hash: Hash;
  readonly with?: Binding;
  readonly forBinding?: Binding;
  readonly withVar?: ValueToken;
}
interface Binding {
  readonly value: ValueToken;
  readonly alias?: string;
}

/** Checks the values that are given, too. */
export function readCall(tag: RenderTag | IncludeTag, place: LintContext): PartialCall {
  const { file, hash, with: bound, forBinding, withVar } = tag as unknown as Parts;
  const name = typeof file === 'string' ? withoutExtension(file) : undefined;
  const given: PartialArgs = new Map();
  for (const [key, value] of Object.entries(hash.hash)) {
    given.set(key, value === undefined ? BOOLEAN : typeOfToken(value, place));
  }
  if (withVar !== undefined) given.set(name ?? '', typeOf(withVar, place));
  if (bound !== undefined) given.set(bound.alias ?? name ?? '', typeOf(bound.value, place));
  if (forBinding !== undefined) {
    const { value, alias } = forBinding;
    const item = elementType(typeOf(value, place));
    given.set('forloop', FORLOOP);
    if (alias === undefined) {
      const hint = `write for ${value.getText()} as NAME`;
      place.report(tag.token.begin, 'the partial gets no name for the items', hint);
    } else {
      given.set(alias, item);
    }
  }
  return { name, given };
}
