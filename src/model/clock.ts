let latest = { ms: NaN, text: '' };

/**
 * ISO 8601, UTC. Many ask for the moment it is: as long as that is the same millisecond, the text is made once.
 * @param ms since 1970.
 */
export function isoTime(ms: number): string {
  if (ms !== latest.ms) latest = { ms, text: new Date(ms).toISOString() };
  return latest.text;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export const SYSTEM_CLOCK: Clock = { now: () => Date.now() };
