/** Reads an object's description: its fields as the Run-As user sees them. */
import type { Part } from './composite.ts';

export function describePart(object: string): Part {
  return { name: `describe${object}`, path: `/sobjects/${object}/describe` };
}

/** @returns the names in lower case, of fields and of relationships to parents; `undefined` when it is no description. */
export function visibleFields(description: unknown): ReadonlySet<string> | undefined {
  const { fields } = Object(description) as { fields?: unknown };
  if (!Array.isArray(fields)) return undefined;
  return new Set(
    fields
      .flatMap((field: unknown) => {
        const { name, relationshipName } = Object(field) as Record<string, unknown>;
        return [name, relationshipName];
      })
      .filter((name) => typeof name === 'string')
      .map((name) => name.toLowerCase()),
  );
}
