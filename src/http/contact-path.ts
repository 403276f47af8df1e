/** The path of the lookup route, `/v1/{tenant}/contact/{key}`; the key may be somewhere else. */

export interface ContactPath {
  /** A tenant's id, decoded. */
  readonly tenant: string;
  readonly key: string | undefined;
}

const PATH = /^\/v1\/([^/?]+)\/contact(?:\/([^/?]+))?\/?(?:\?|$)/;

/**
 * @param url path and query.
 * @returns `undefined` for another route. A part that cannot be decoded stays as it is: no key looks like that.
 */
export function parseContactPath(url: string): ContactPath | undefined {
  const [, tenant, key] = PATH.exec(url) ?? [];
  return tenant === undefined ? undefined : { tenant: decode(tenant), key: key && decode(key) };
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
