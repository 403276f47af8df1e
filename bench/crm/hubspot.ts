/** A HubSpot account with so many people; its limits are kept as HubSpot keeps them. */
import { Gateway } from '../../test/support/hubspot/gateway.ts';
import type { Tier } from '../../test/support/hubspot/limiter.ts';
import { canonical } from '../../test/support/hubspot/paths.ts';
import { crowd } from '../../test/support/hubspot/people.ts';
import { AccountData } from '../../test/support/hubspot/account-data.ts';
import type { Answering } from './answering.ts';

/** @param people `visitor-0@crowd.example` and so on. */
export function hubspot(people: number, tier: Tier): Answering {
  const data = new AccountData();
  crowd(data, people);
  data.start(Date.now);
  const gateway = new Gateway(data, { tier });

  return ({ method, target, headers, body }) => {
    const { pathname, searchParams: query } = new URL(target, 'http://hubspot');
    return gateway.answer({ method, path: canonical(pathname), query, headers, body });
  };
}

/** The requests that the limit of ten seconds does not count. Source: HubSpot's usage guidelines. */
export function isExempt(target: string): boolean {
  return /\/associations\/|\/search(?:\?|$)/.test(target);
}
