/**
 * Whether the org has several currencies and Person Accounts. Most have neither, and asking for
 * `CurrencyIsoCode` there would cost every first lookup a second request. So two tiny queries travel along
 * with a lookup once an hour; that they fail is the answer "no".
 */
import type { Clock } from '../../src/connector/index.ts';
import type { PartAnswer } from './composite.ts';
import type { FeatureFields } from './fields.ts';

export interface Probe {
  readonly name: string;
  readonly soql: string;
}

const PROBES: readonly (Probe & { readonly feature: keyof FeatureFields })[] = [
  {
    name: 'hasCurrencies',
    feature: 'multiCurrency',
    soql: 'SELECT CurrencyIsoCode FROM Account LIMIT 1',
  },
  {
    name: 'hasPersonAccounts',
    feature: 'personAccounts',
    soql: 'SELECT IsPersonAccount FROM Account LIMIT 1',
  },
];

const REMEMBERED = 3_600_000;

export class Features {
  readonly #clock: Clock;
  #present: FeatureFields = { multiCurrency: false, personAccounts: false };
  #probedAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get present(): FeatureFields {
    return this.#present;
  }

  /** What has to be asked along this time; nothing for an hour after. */
  due(): readonly Probe[] {
    return this.#clock.now() - this.#probedAt < REMEMBERED ? [] : PROBES;
  }

  /** @returns whether a feature has turned up that the statements did not know of. */
  learn(parts: ReadonlyMap<string, PartAnswer>): boolean {
    const before = this.#present;
    const probed = PROBES.flatMap(({ name, feature }) => {
      const part = parts.get(name);
      return part !== undefined && isTelling(part) ? [[feature, part.ok] as const] : [];
    });
    if (probed.length === PROBES.length) this.#probedAt = this.#clock.now();
    this.#present = { ...before, ...Object.fromEntries(probed) };
    return probed.some(([feature, present]) => present && !before[feature]);
  }
}

/** A part that failed for another reason than a missing field says nothing. */
function isTelling(part: PartAnswer): boolean {
  return part.ok || part.code === 'INVALID_FIELD' || part.code === 'INVALID_TYPE';
}
