/** Sends a lookup's CRM requests again, as they were, without any program around them: the least it can take. */
import { request, type Dispatcher } from 'undici';
import type { Seen } from './crm/listen.ts';

/** Requests that were under way together. */
export type Round = readonly Seen[];

/** A round begins when nothing of the one before is under way any more. */
export function roundsOf(seen: readonly Seen[]): readonly Round[] {
  const rounds: Seen[][] = [];
  let end = -Infinity;
  for (const one of seen.toSorted((a, b) => a.at - b.at)) {
    if (one.at >= end) rounds.push([]);
    rounds.at(-1)?.push(one);
    end = Math.max(end, one.until);
  }
  return rounds;
}

/** @returns milliseconds. */
export async function replay(
  url: string,
  rounds: readonly Round[],
  dispatcher: Dispatcher,
): Promise<number> {
  const start = performance.now();
  for (const round of rounds) {
    await Promise.all(
      round.map(async ({ method, target, headers, body }) => {
        const { authorization = '', 'content-type': type } = headers;
        const answer = await request(`${url}${target}`, {
          dispatcher,
          method: method as Dispatcher.HttpMethod,
          headers: { authorization, ...(type !== undefined && { 'content-type': type }) },
          ...(body !== '' && { body }),
        });
        await answer.body.text();
      }),
    );
  }
  return performance.now() - start;
}
