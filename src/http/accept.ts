/** Whether a request wants JSON: it must ask for it, everything else gets plain text. */

/**
 * @param accept the `Accept` header (RFC 9110, section 12.5.1).
 * @returns true when the quality of `application/json` is strictly higher than those of `text/plain` and
 *   of any type at all. So `application/json` alone is JSON; `application/json, text/plain, *` + `/*`, the
 *   default of some HTTP clients, is text. Invalid ranges are ignored.
 */
export function prefersJson(accept: string | undefined): boolean {
  const qualities = parseQualities(accept ?? '');
  const qualityOf = (...ranges: readonly string[]) =>
    ranges.map((range) => qualities.get(range)).find((quality) => quality !== undefined) ?? 0;
  const json = qualityOf('application/json', 'application/*');
  return json > qualityOf('text/plain', 'text/*') && json > qualityOf('*/*');
}

/** Media range in lower case → its highest quality. */
function parseQualities(accept: string): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>();
  for (const item of split(accept, ',')) {
    const [range = '', ...parameters] = split(item, ';').map((part) => part.trim().toLowerCase());
    const quality = parseQuality(parameters);
    if (quality === undefined) continue;
    qualities.set(range, Math.max(quality, qualities.get(range) ?? 0));
  }
  return qualities;
}

/** 1 without a `q`, `undefined` when it is not a number from 0 to 1. */
function parseQuality(parameters: readonly string[]): number | undefined {
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=', 2).map((part) => part.trim());
    if (name !== 'q') continue;
    return value !== undefined && /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/.test(value)
      ? Number(value)
      : undefined;
  }
  return 1;
}

/** Splits at a separator, but not inside quotes. */
function split(text: string, separator: ',' | ';'): readonly string[] {
  const parts =
    separator === ','
      ? text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g)
      : text.match(/(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g);
  return parts ?? [];
}
