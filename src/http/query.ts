/**
 * Parses the query of a request as leniently as SnapEngage needs it. The configured URL may already
 * have a query, and how SnapEngage joins its parameters to it is not documented, so `…?key=x?email=…` must
 * work like `…?key=x&email=…`.
 */

/**
 * @param url the request target as it came in, such as `/v1/acme/contact?email=a%40b.example`.
 * @returns the decoded parameters: each `?` after the first is `&`, the first of a repeated parameter
 *   wins, `+` is a space. A broken percent escape stays as it is and broken UTF-8 becomes U+FFFD; nothing
 *   throws. Takes time linear in the input.
 */
export function parseQuery(url: string): ReadonlyMap<string, string> {
  const start = url.indexOf('?');
  const parameters = new Map<string, string>();
  if (start < 0) return parameters;
  for (const [name, value] of new URLSearchParams(url.slice(start + 1).replaceAll('?', '&'))) {
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}
