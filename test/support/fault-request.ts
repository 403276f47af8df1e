/** What is posted to `/__faults` of an emulator: checked, so that a typing mistake does not look like a fault. */
import { z } from 'zod';

export const times = z.int().positive().optional();
/** Milliseconds, at most ten minutes. */
export const delay = z.number().min(0).max(600_000).optional();

/** A regular expression. */
export const pattern = z.string().transform((text, context) => {
  try {
    return new RegExp(text);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});

/** @returns the fault, or a sentence about what is wrong with it. */
export function parseFault<T>(
  schema: z.ZodType<T>,
  body: string,
): { readonly fault: T } | { readonly message: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { message: 'the body is not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { fault: parsed.data };
  const [issue] = parsed.error.issues;
  return { message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`.replace(/^: /, '') };
}

/** `label` and names, as lines of a comment that fit into 100 columns. */
export function listed(label: string, names: readonly string[]): string {
  const indent = '#                   ';
  const lines = [`${indent}${label}`];
  for (const [i, name] of names.entries()) {
    const word = i === names.length - 1 ? name : `${name},`;
    const line = lines.at(-1) ?? '';
    if (line.length + word.length < 100) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}
