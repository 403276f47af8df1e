/** Reads from a JSON Schema what a validator's issue lacks: the keys there are, words for a value. */
import { isRecord } from '../is-record.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The keys a mapping at a path may have. @param value what is there, to choose among alternatives */
export function keysAt(root: JsonSchema, path: readonly PropertyKey[], value: unknown): string[] {
  return [...new Set(formsAt(root, path, value).flat())];
}

/** The same, a list for each alternative. */
export function formsAt(
  root: JsonSchema,
  path: readonly PropertyKey[],
  value: unknown,
): readonly (readonly string[])[] {
  return schemasAt(root, path, value).flatMap(({ properties }) =>
    isRecord(properties) ? [Object.keys(properties)] : [],
  );
}

/** How many keys an example has at most. */
const MAX_EXAMPLE = 3;

/** A mapping that may be at a path, such as `{ requests: 600, per: 1m }`; `undefined` where no keys are known. */
export function exampleAt(
  root: JsonSchema,
  path: readonly PropertyKey[],
  value: unknown,
): string | undefined {
  const [schema] = schemasAt(root, path, value).filter(({ properties }) => isRecord(properties));
  const { properties, required = [] } = schema ?? {};
  if (!isRecord(properties)) return undefined;
  const needed = Object.keys(properties).filter((key) => (required as unknown[]).includes(key));
  const keys = needed.length > 0 ? needed : Object.keys(properties).slice(0, 2);
  const pairs = keys.slice(0, MAX_EXAMPLE).map((key) => `${key}: ${exampleOf(properties[key])}`);
  return pairs.length === 0 ? undefined : `{ ${pairs.join(', ')} }`;
}

/** The value that it must have, or has by default, when that is a plain word or number. */
function exampleOf(schema: unknown): string {
  const { const: fixed, default: fallback } = isRecord(schema) ? schema : {};
  const shown = fixed ?? fallback;
  const isPlain = typeof shown === 'number' || typeof shown === 'string';
  return isPlain && /^[\w.:-]+$/.test(String(shown)) ? String(shown) : '…';
}

/** What the first schema that has it says about the value at a path, such as `title: a duration such as 5s`. */
export function annotationAt(
  word: 'title' | 'pattern',
  root: JsonSchema,
  path: readonly PropertyKey[],
  value: unknown,
): string | undefined {
  const texts = schemasAt(root, path, value).map((schema) => schema[word]);
  return texts.find((text) => typeof text === 'string');
}

/** Every key that any mapping of the schema may have. */
export function allKeys(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(allKeys);
  if (!isRecord(schema)) return [];
  const own = isRecord(schema.properties) ? Object.keys(schema.properties) : [];
  return [...own, ...Object.values(schema).flatMap(allKeys)];
}

/** The JSON Schema of a Standard Schema's input, if it offers one. */
export function jsonSchemaOf(
  schema: unknown,
  target: 'draft-2020-12' | 'draft-07' = 'draft-2020-12',
): JsonSchema | undefined {
  const standard = isRecord(schema) ? schema['~standard'] : undefined;
  const converter = isRecord(standard) ? standard.jsonSchema : undefined;
  const input = isRecord(converter) ? converter.input : undefined;
  if (typeof input !== 'function') return undefined;
  try {
    const made: unknown = Reflect.apply(input, converter, [{ target }]);
    return isRecord(made) ? made : undefined;
  } catch {
    return undefined; // A schema may hold what JSON Schema can't say; then there are no hints.
  }
}

/** All schemas that describe the value at a path, the outermost first. */
function schemasAt(root: JsonSchema, path: readonly PropertyKey[], value: unknown): JsonSchema[] {
  let schemas = alternatives(root, root, value);
  let at = value;
  for (const step of path) {
    at = isRecord(at) || Array.isArray(at) ? Reflect.get(at, step) : undefined;
    const here = at;
    schemas = schemas.flatMap((schema) => {
      const next = typeof step === 'number' ? schema.items : propertyOf(schema, step);
      return isRecord(next) ? alternatives(root, next, here) : [];
    });
  }
  return schemas;
}

function propertyOf(schema: JsonSchema, key: PropertyKey): unknown {
  const { properties, additionalProperties } = schema;
  if (isRecord(properties) && Object.hasOwn(properties, key)) return Reflect.get(properties, key);
  return additionalProperties;
}

/** The schema itself and the branches of its unions whose fixed values don't contradict the value. */
function alternatives(
  root: JsonSchema,
  schema: JsonSchema,
  value: unknown,
  depth = 0,
): JsonSchema[] {
  const target = resolveReference(root, schema);
  if (depth > 20) return [];
  const branches = ['allOf', 'anyOf', 'oneOf']
    .flatMap((word) => target[word] ?? [])
    .filter(isRecord);
  const fitting = branches.filter((branch) => !contradicts(branch, value));
  const below = fitting.flatMap((branch) => alternatives(root, branch, value, depth + 1));
  return [target, ...below];
}

function resolveReference(root: JsonSchema, schema: JsonSchema): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref !== 'string' || !$ref.startsWith('#/')) return schema;
  const target = $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), root);
  return isRecord(target) ? { ...target, ...schema } : schema;
}

function contradicts(schema: JsonSchema, value: unknown): boolean {
  const { properties } = schema;
  if (!isRecord(properties) || !isRecord(value)) return false;
  return Object.entries(properties).some(
    ([key, property]) =>
      isRecord(property) &&
      'const' in property &&
      value[key] !== undefined &&
      value[key] !== property.const,
  );
}
