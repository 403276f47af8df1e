/** What a rule is, and what it is checked against. */
import type { ConnectorModule, Limits } from '../contract.ts';

/** A CRM (a real server, real files) with people in it, and what is known about them. */
export interface Prepared {
  readonly module: ConnectorModule;
  /** As the configuration gives it, before the schema. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The folder that relative paths of the settings belong to. */
  readonly baseDir?: string;
  readonly limits?: Partial<Limits>;
  /** A person with many properties in the CRM. */
  readonly known: KnownPerson;
  /** Addresses of at least three different people, normalized. */
  readonly manyKnown: readonly string[];
  /** A well-formed address that is not in the CRM. */
  readonly unknown: string;
  /** The normalized address of a person whose stored address has capital letters. */
  readonly storedInMixedCase?: string;
  /** A company the CRM knows by its domain. */
  readonly companyDomain?: { readonly domain: string; readonly name: string };
  readonly unknownDomain?: string;
  /** From now on every lookup must fail (connection refused, 500, …). */
  readonly makeUnavailable?: () => Promise<void> | void;
  /** Undoes `makeUnavailable` and `hang`. */
  readonly restore?: () => Promise<void> | void;
  /** From now on the CRM answers with the person `to` when it is asked for `from`, as a fuzzy search would. */
  readonly confuse?: (from: string, to: string) => void;
  /** What a lookup is then: `unknown` where searches are fuzzy, so that other people in a response are usual. */
  readonly confused?: 'unknown';
  /** From now on the CRM takes requests and never answers them. */
  readonly hang?: () => Promise<void> | void;
  /** In which an aborted call and a closed connection must end. Milliseconds; {@link END_MS} when left out. */
  readonly endMs?: number;
  close(): Promise<void> | void;
}

/** Generous for a busy machine, far below any deadline. */
export const END_MS = 1000;

export interface KnownPerson {
  /** Normalized. */
  readonly email: string;
  readonly name: string;
  readonly companyName?: string;
  /** The names of all the person's deals, at most `limits.deals`. */
  readonly deals?: readonly string[];
  /** The subjects of all the person's tickets, at most `limits.tickets`. */
  readonly tickets?: readonly string[];
}

export interface Rule {
  readonly rule: string;
  /** @throws {NotOffered} when `prepared` lacks what the rule needs. */
  readonly check: (prepared: Prepared) => Promise<void>;
}

/** The connector, or what was prepared, lacks what a rule is about. */
export class NotOffered extends Error {
  /** @param members of {@link Prepared}, or of the connector, that are missing. */
  constructor(owner: 'prepare' | 'the connector', members: string) {
    super(`${owner} has no ${members}`);
  }
}

/** For reading a list of rules from top to bottom. */
export function rule(text: string, check: (prepared: Prepared) => Promise<void> | void): Rule {
  return { rule: text, check: async (prepared) => await check(prepared) };
}

/** @returns what is there. @throws {NotOffered} naming the member of {@link Prepared} that a rule needs. */
export function required<K extends keyof Prepared>(
  prepared: Prepared,
  member: K,
): NonNullable<Prepared[K]> {
  const value = prepared[member];
  if (value === undefined) throw new NotOffered('prepare', `\`${member}\``);
  return value;
}
