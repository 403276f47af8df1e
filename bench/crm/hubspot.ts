/** A HubSpot account with so many people; its limits are kept as HubSpot keeps them. */
import { Door } from '../../test/support/hubspot/door.ts';
import type { Tier } from '../../test/support/hubspot/limiter.ts';
import { canonical } from '../../test/support/hubspot/paths.ts';
import { crowd } from '../../test/support/hubspot/people.ts';
import { World } from '../../test/support/hubspot/world.ts';
import type { Answering } from './answering.ts';

/** @param people `visitor-0@crowd.example` and so on. */
export function hubspot(people: number, tier: Tier): Answering {
  const world = new World();
  crowd(world, people);
  world.start(Date.now);
  const door = new Door(world, { tier });

  return ({ method, target, headers, body }) => {
    const { pathname, searchParams: query } = new URL(target, 'http://hubspot');
    return door.answer({ method, path: canonical(pathname), query, headers, body });
  };
}

/** The requests that the limit of ten seconds does not count. Source: HubSpot's usage guidelines. */
export function isExempt(target: string): boolean {
  return /\/associations\/|\/search(?:\?|$)/.test(target);
}
