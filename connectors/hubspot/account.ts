/** The account that the records belong to. */
import { objectTypes, type AccountDetails, type ObjectType } from './shapes.ts';
import { zone, type Zone } from './zone.ts';

/** HubSpot's account, as far as records need it. */
export interface Account {
  readonly portalId: string;
  /** Such as `app-eu1.hubspot.com`. */
  readonly uiDomain: string | undefined;
  /** The currency of amounts without one of their own. */
  readonly currency: string | undefined;
  readonly zone: Zone | undefined;
}

/** @returns what is usable of the details; the domain becomes part of links, so it must look like one. */
export function accountOf(details: AccountDetails): Account {
  const { portalId, timeZone, companyCurrency, uiDomain } = details;
  return {
    portalId,
    uiDomain: uiDomain && /^[a-z0-9.-]+$/i.test(uiDomain) ? uiDomain : undefined,
    currency: companyCurrency ?? undefined,
    zone: timeZone ? zone(timeZone) : undefined,
  };
}

/** @returns the address of a record in HubSpot, when the account is known. */
export function linkOf(
  account: Account | undefined,
  type: ObjectType,
  id: string,
): string | undefined {
  if (account?.uiDomain === undefined) return undefined;
  const { uiDomain, portalId } = account;
  return `https://${uiDomain}/contacts/${portalId}/record/${objectTypes[type]}/${id}`;
}
