/** Keeps what a purge forgets from being cached again by a lookup that had begun before. */

export interface Purge {
  /** The keys and links of what is forgotten; grows while the purge finds more. */
  readonly names: Set<string>;
  /** To be called when nothing more is found. */
  end(): void;
}

interface Recorded {
  readonly number: number;
  readonly names: Set<string>;
  isRunning: boolean;
}

export class Purges {
  #count = 0;
  #purges: Recorded[] = [];
  /** How many purges there had been when each lookup in flight began, the oldest lookup first. */
  readonly #lookups = new Set<{ readonly since: number }>();

  begin(): Purge {
    const purge: Recorded = { number: (this.#count += 1), names: new Set(), isRunning: true };
    this.#purges.push(purge);
    return {
      names: purge.names,
      end: () => {
        purge.isRunning = false;
        this.#trim();
      },
    };
  }

  /** Runs a lookup. @param work gets a function that says whether its result was purged since it began. */
  async track<T>(
    work: (isPurged: (names: readonly string[]) => boolean) => Promise<T>,
  ): Promise<T> {
    const lookup = { since: this.#count };
    this.#lookups.add(lookup);
    try {
      return await work((names) =>
        this.#purges.some(
          (purge) =>
            purge.number > lookup.since &&
            // What it will find is not known yet.
            (purge.isRunning || names.some((name) => purge.names.has(name))),
        ),
      );
    } finally {
      this.#lookups.delete(lookup);
      this.#trim();
    }
  }

  #trim(): void {
    const [oldest = { since: this.#count }] = this.#lookups;
    this.#purges = this.#purges.filter(
      ({ number, isRunning }) => isRunning || number > oldest.since,
    );
  }
}
