/** What the table of faults needs to know about a CRM and its connector. */

/** What can go wrong on its side. */
export type Trouble =
  /** It never answers; answers byte by byte, or half; ends in the middle of an answer. */
  | 'hang'
  | 'drip'
  | 'cut'
  | 'down'
  | 'too many requests'
  | 'quota spent'
  /** A 4xx other than 401, 403 and 429: the request does not suit it. */
  | 'request refused'
  /** A 4xx that the CRM's documents do not know. */
  | 'unknown refusal'
  | 'HTML'
  | 'broken JSON'
  | '20 MB'
  | 'wrong types';

/** Connections that are not the usual one. */
export type Variant = 'wrong credentials' | 'unknown field' | 'renewable token';

export interface EmulatedCrm {
  /** The settings of a connection in YAML, without braces. @param row each has a separate connection. */
  settings(row: string, variant?: Variant): string;
  /** Files that belong beside the configuration. */
  readonly files?: Readonly<Record<string, string>>;
  /** The most requests … */
  readonly allowed: {
    /** … for one person, */
    readonly lone: number;
    /** … for 100 people at once, and how many of them may be reads of people, */
    readonly crowd: number;
    readonly crowdReads: number;
    /** … for one try with wrong credentials. */
    readonly refused: number;
  };
  /** Requests so far that lookups cost, in the contract's count. */
  requests(): number;
  /** Those of them that read people, for one or for many. */
  reads(): number;
  /** Requests that were answered with 401, sign-ins included. */
  refused(): number;
  /** Requests that the bridge gave up before they were answered. */
  aborted(): number;
  /** Access tokens given out so far; what was given out is void from `expire` on. */
  readonly tokens?: { issued(): number; expire(): void };
  /** From now on every request goes wrong. */
  trouble(what: Trouble): void;
  /** Milliseconds before each answer. */
  slow(ms: number): void;
  /** Ends `trouble` and `slow`. */
  repair(): void;
  close(): Promise<void>;
}

export const PEOPLE = 100;

/** The address of the n-th person, who has in every CRM the name `Visitor No. n`. */
export function address(n: number): string {
  return `visitor-${n}@crowd.example`;
}
