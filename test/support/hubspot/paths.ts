/** Both families of HubSpot's paths: `/crm/v3/…` and the dated ones, as one canonical path. */

const DATE = '2026-0[39]';
const families: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^/crm/(?:v3/objects|v4/objects|objects/${DATE})/`), 'objects/'],
  [new RegExp(`^/crm/(?:v4/associations|associations/${DATE})/`), 'associations/'],
  [new RegExp(`^/crm/(?:v3/owners|owners/${DATE})/?`), 'owners/'],
  [new RegExp(`^/crm/(?:v3/pipelines|pipelines/${DATE})/`), 'pipelines/'],
  [new RegExp(`^/crm/(?:v3/properties|properties/${DATE})/`), 'properties/'],
  [new RegExp(`^/account-info/(?:v3|${DATE})/`), 'account/'],
  [new RegExp(`^/oauth/(?:v1|v3|${DATE})/`), 'oauth/'],
];

/** @returns such as `objects/contacts/batch/read`; `undefined` for a path that HubSpot does not have. */
export function canonical(pathname: string): string | undefined {
  for (const [pattern, prefix] of families) {
    if (pattern.test(pathname)) return pathname.replace(pattern, prefix).replace(/\/$/, '');
  }
  return undefined;
}

/** @returns method and canonical path; of a single read only the kind of record: `GET objects/contacts`. */
export function routeName(method: string, pathname: string): string {
  const path = canonical(pathname) ?? pathname;
  const single = /^(objects\/\w+)\/[^/]+$/.exec(path)?.[1];
  return `${method} ${method === 'GET' && single !== undefined ? single : path}`;
}
