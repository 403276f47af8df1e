/**
 * What an app was granted by a refresh token. Many servers replace that token with every use and void the one before:
 * then one process at a time requests, and all others take what it was given.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MonotonicClock } from '../model/clock.ts';
import type { Granted, RefreshGrant, Renewed } from './contract.ts';
import { NotAttemptedError } from './errors.ts';
import type { IssuedToken } from './shared-sign-in.ts';

/** The newest that is known. */
export interface Kept {
  /** Counts the requests for an access token that were answered; 0 before the first. */
  readonly number: number;
  readonly refreshToken: string;
  /** A refresh token was replaced before. */
  readonly rotates: boolean;
  /** Plain JSON. */
  readonly access: unknown;
  /** By the clock of this process. */
  readonly expiresAtMs: number;
}

/** Where processes share one grant. Every call throws while the store is away. */
export interface GrantStore {
  /** It is not known yet whether it is there. */
  readonly isStarting: boolean;
  /**
   * Writes what this process has, if it is newer than what is there; in the same step takes the lock, which ends by
   * itself, or gives it back.
   * @returns what is there if it is newer; whether this process has the lock.
   */
  sync(
    own: Kept,
    lock?: 'take' | 'release',
  ): Promise<{ readonly newer: Kept | undefined; readonly hasLock: boolean }>;
}

/** A request takes no longer: others wait for it. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** While another process requests. */
const POLL_MS = 100;
/** How often a store that is away is tried before a call fails: for a second. */
const MAX_TRIES = 10;
/** What expires sooner is requested newly. */
const MIN_LIFETIME_MS = 5_000;

export class KeptGrant implements RefreshGrant {
  readonly #clock: MonotonicClock;
  readonly #store: GrantStore | undefined;
  #newest: Kept;
  #renewing: Promise<void> | undefined;

  /** @param refreshToken the newest one that is known besides the store. */
  constructor(refreshToken: string, clock: MonotonicClock, store?: GrantStore) {
    this.#clock = clock;
    this.#store = store;
    const none = { access: undefined, expiresAtMs: -Infinity };
    this.#newest = { number: 0, refreshToken, rotates: false, ...none };
  }

  get isShared(): boolean {
    return this.#store !== undefined;
  }

  /** Resolves, at some time, when no request is under way; never rejects. */
  async settled(): Promise<void> {
    await this.#renewing?.catch(() => undefined);
  }

  async renew<T>(since: number, request: RequestAccess<T>): Promise<Renewed<T>> {
    while (!this.#isUsable(since)) {
      const renewing = (this.#renewing ??= this.#renew(since, request).finally(() => {
        this.#renewing = undefined;
      }));
      await renewing;
      // Also one that lasts for a moment.
      if (this.#newest.number > since) break;
    }
    const { number, refreshToken, access, expiresAtMs } = this.#newest;
    const lifetimeMs = expiresAtMs - this.#clock.monotonic();
    return { number, refreshToken, access: access as T, lifetimeMs };
  }

  /** Exchanges the newest with the store; never rejects. */
  async sync(): Promise<void> {
    if (this.#renewing !== undefined) return;
    await this.#exchange().catch(() => undefined);
  }

  async #renew<T>(since: number, request: RequestAccess<T>): Promise<void> {
    const hasLock = await this.#lock(since);
    if (this.#isUsable(since)) {
      if (hasLock) await this.#release();
      return;
    }
    const { number, refreshToken, rotates } = this.#newest;
    let granted: Granted<T>;
    try {
      granted = await request(refreshToken, AbortSignal.timeout(REQUEST_TIMEOUT_MS));
    } catch (thrown) {
      await this.#release();
      throw thrown;
    }
    const { access, lifetimeMs = Infinity, refreshToken: next = refreshToken } = granted;
    this.#newest = {
      number: number + 1,
      refreshToken: next,
      rotates: rotates || next !== refreshToken,
      access,
      expiresAtMs: this.#clock.monotonic() + lifetimeMs,
    };
    await this.#release();
  }

  /**
   * Waits for the lock, or for what another process was given meanwhile.
   * @returns false without a store, or when one process alone does no harm.
   * @throws {NotAttemptedError} when going alone could void the newest refresh token.
   */
  async #lock(since: number): Promise<boolean> {
    if (this.#store === undefined) return false;
    for (let tries = 1; ;) {
      const { number } = this.#newest;
      try {
        if (await this.#exchange('take')) return true;
      } catch {
        if (!this.#newest.rotates && !this.#store.isStarting) return false;
        if (tries++ >= MAX_TRIES) {
          if (!this.#newest.rotates) return false;
          throw notAlone();
        }
      }
      if (this.#isUsable(since)) return false;
      if (this.#newest.number === number) await sleep(POLL_MS);
    }
  }

  /** Writes the newest and gives the lock back; what fails is written later, and the lock ends by itself. */
  async #release(): Promise<void> {
    await this.#exchange('release').catch(() => undefined);
  }

  /** @returns whether this process has the lock. */
  async #exchange(lock?: 'take' | 'release'): Promise<boolean> {
    if (this.#store === undefined) return false;
    const { newer, hasLock } = await this.#store.sync(this.#newest, lock);
    if (newer !== undefined) this.#newest = newer;
    return hasLock;
  }

  #isUsable(since: number): boolean {
    const { number, expiresAtMs } = this.#newest;
    return number > since && expiresAtMs - this.#clock.monotonic() > MIN_LIFETIME_MS;
  }
}

type RequestAccess<T> = (refreshToken: string, signal: AbortSignal) => Promise<Granted<T>>;

function notAlone(): NotAttemptedError {
  return new NotAttemptedError(
    'unavailable',
    'the refresh token is replaced with every use, and the shared store that has the newest one is away',
    { retryAfterMs: 1000 },
  );
}

/** @returns the `signIn` of a {@link SharedSignIn}, which is to be `uncancellable`. */
export function signInByRefresh<T>(
  grant: RefreshGrant,
  request: RequestAccess<T>,
): () => Promise<IssuedToken<T> & { readonly refreshToken: string }> {
  let number = 0;
  return async () => {
    const renewed = await grant.renew(number, request);
    ({ number } = renewed);
    const { access: token, lifetimeMs, refreshToken } = renewed;
    return { token, lifetimeMs, refreshToken };
  };
}
