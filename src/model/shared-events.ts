/** What is counted of the store that several processes share. */

export const SHARED_OPERATIONS = [
  'read',
  'write',
  'purge',
  'claim',
  'rest',
  'limit',
  'token',
  'presence',
] as const;
export type SharedOperation = (typeof SHARED_OPERATIONS)[number];

/** Why Redis did not do what it was asked for, in words that hold no address. */
export const SHARED_FAILURES = {
  unreachable: 'Redis is not reachable',
  timeout: 'Redis did not answer in time',
  refused: 'Redis refused the sign-in, or its user may not do what is needed',
  read_only: 'Redis is a replica that takes no writes',
  full: 'Redis takes no more writes: its memory or its disk is used up',
  busy: 'Redis is loading its data or busy',
  invalid: 'Redis answered with something else than expected',
} as const;
export type SharedFailure = keyof typeof SHARED_FAILURES;

/**
 * `unreadable`: changed, moved to another name, or written with a key that is not known here. `refused`: not written,
 * since a purge was under way, or since it is a part of a person and there is an entry already.
 */
export const SHARED_ENTRY_EVENTS = [
  'hit',
  'stale',
  'miss',
  'unreadable',
  'written',
  'refused',
] as const;
export type SharedEntryEvent = (typeof SHARED_ENTRY_EVENTS)[number];

/** What became of a message of another process; all but `applied` are skipped, and why. */
export const SHARED_MESSAGE_RESULTS = {
  applied: undefined,
  unreadable: 'it was changed, or written with a key that is missing in shared.keys',
  unknown: 'this version does not know its kind: let all processes run the same version',
  invalid: 'it holds something else than expected: let all processes run the same version',
} as const;
export type SharedMessageResult = keyof typeof SHARED_MESSAGE_RESULTS;

export interface SharedEvents {
  /** @param processes that share the store, this one included; 0 while it is not joined. */
  joined(processes: number): void;
  call(operation: SharedOperation, result: 'ok' | SharedFailure): void;
  entry(event: SharedEntryEvent): void;
  message(result: SharedMessageResult): void;
}
