/**
 * To be called in `before`: skips what follows where something is missing, and says so.
 * @param needed where `CI` is set, too: it is installed there, or can be.
 * @throws {Error} instead of skipping where `CI` is set and it is needed.
 */
export function skipUnless(
  there: boolean,
  missing: string,
  { context, needed = true }: { readonly context: Mocha.Context; readonly needed?: boolean },
): void {
  if (there) return;
  if (needed && process.env['CI'] !== undefined) throw new Error(missing);
  const { test } = context;
  console.warn(`SKIPPED: ${test?.parent?.fullTitle() ?? test?.title ?? 'a test'}: ${missing}`);
  context.skip();
}
