/**
 * HubSpot's client writes the paths of `/crm/v3` and `/crm/v4`, which end on 30 March 2027 and in September
 * 2027. Their dated successors differ in the path alone.
 */

/** Forms of `apiVersion`: `v3`, or a release such as `2026-09`. */
export const apiVersions = /^(v3|20\d\d-(03|09))$/;

/** @param url of the client. @returns the same for `apiVersion`. */
export function datedPath(url: string, apiVersion: string): string {
  if (apiVersion === 'v3') return url;
  return url
    .replace('/crm/v3/objects/', `/crm/objects/${apiVersion}/`)
    .replace('/crm/v4/associations/', `/crm/associations/${apiVersion}/`)
    .replace(/\/crm\/v3\/(owners|pipelines|properties)(\/(?=\?|$))?/, `/crm/$1/${apiVersion}`);
}

export function tokenPath(apiVersion: string): string {
  return `/oauth/${apiVersion}/token`;
}

export function accountPath(apiVersion: string): string {
  return `/account-info/${apiVersion}/details`;
}
