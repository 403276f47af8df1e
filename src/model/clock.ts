let lastFormatted = { ms: NaN, text: '' };

/**
 * ISO 8601, UTC. Many ask for the moment it is: as long as that is the same millisecond, the text is made once.
 * @param ms since 1970.
 */
export function toIsoString(ms: number): string {
  if (ms !== lastFormatted.ms) lastFormatted = { ms, text: new Date(ms).toISOString() };
  return lastFormatted.text;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export const SYSTEM_CLOCK: Clock = { now: () => Date.now() };
