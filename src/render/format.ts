/**
 * Values as people of the tenant's locale, zone and currency write them. Nothing in, nothing out; what
 * cannot be read comes out as it went in.
 */
import { UNKNOWN_CURRENCY } from '../model/intl.ts';
import { createWallClock, parseDate, type Moment } from './parse-date.ts';
import type { RenderOptions } from './template-set.ts';

export interface Formats {
  /** An amount and its currency, if one is known (`XXX` is none): `84.000 EUR`. Decimals only when there are any. */
  money(amount: unknown, currency?: unknown): unknown;
  /** The currency that `money` prints: its code (`XXX` as nothing), another text as it is, or the tenant's; `undefined` when there is none. */
  currency(named: unknown): string | undefined;
  /** @param decimals exactly so many; without it at most three. */
  number(value: unknown, decimals?: unknown): unknown;
  /** A bare date is that day everywhere; a moment is the day it has in the tenant's zone. */
  day(value: unknown, length?: unknown): unknown;
  time(value: unknown): unknown;
  /** @param now ISO 8601. @param expire takes when the result may change, in milliseconds since 1970. */
  ago(value: unknown, now: string, expire?: (at: number) => void): unknown;
  /** How many days of the calendar lie between a date and now, negative for one to come. As `ago` has it. */
  days(value: unknown, now: string, expire?: (at: number) => void): number | undefined;
  /** When the day ends in the tenant's zone, or a little before. Milliseconds since 1970. */
  endOfDay(now: string): number;
}

/** How long a date may be written; without one it is `medium`. */
export const DATE_LENGTHS = ['short', 'medium', 'long', 'full'] as const;
type DateLength = (typeof DATE_LENGTHS)[number];

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** @throws {RangeError} for a locale or zone that does not exist; the configuration has checked them. */
export function createFormats(style: RenderOptions): Formats {
  const { locale, timeZone } = style;
  const currencies = new Set(Intl.supportedValuesOf('currency'));
  const plain = new Intl.NumberFormat(locale);
  const currencyFormats = memo(
    (currency: string) =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        currencyDisplay: 'code',
        trailingZeroDisplay: 'stripIfInteger',
      }),
  );
  const withoutCurrency = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    trailingZeroDisplay: 'stripIfInteger',
  });
  const decimalNumbers = memo(
    (decimals: number) =>
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      }),
  );
  const days = memo(
    (key: `${DateLength} ${Moment['kind']}`) =>
      new Intl.DateTimeFormat(locale, {
        dateStyle: key.split(' ')[0] as 'medium',
        timeZone: key.endsWith('day') ? 'UTC' : timeZone,
      }),
  );
  const times = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  });
  const relativeTime = new Intl.RelativeTimeFormat(locale);
  const wallClock = createWallClock(timeZone);
  const todayAt = createToday(wallClock);
  const nearDays = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const currencyOf = (named: unknown): string | undefined => {
    const text = (typeof named === 'string' ? named.trim() : '') || style.currency;
    const code = text?.toUpperCase();
    return code === UNKNOWN_CURRENCY || (code !== undefined && currencies.has(code)) ? code : text;
  };

  return {
    currency: currencyOf,

    money(amount, currency) {
      const value = readNumber(amount);
      if (value === undefined) return amount;
      const code = currencyOf(currency);
      if (code === undefined || code === UNKNOWN_CURRENCY)
        return plainSpaces(withoutCurrency.format(value));
      return currencies.has(code)
        ? plainSpaces(currencyFormats(code).format(value))
        : plainSpaces(`${plain.format(value)} ${code}`);
    },

    number(value, decimals) {
      const number = readNumber(value);
      if (number === undefined) return value;
      const count = readNumber(decimals);
      const format =
        count === undefined ? plain : decimalNumbers(Math.min(Math.max(Math.trunc(count), 0), 20));
      return plainSpaces(format.format(number));
    },

    day(value, length) {
      const moment = parseDate(value);
      if (moment === undefined) return value;
      const form = DATE_LENGTHS.find((known) => known === length) ?? 'medium';
      return plainSpaces(days(`${form} ${moment.kind}`).format(moment.at));
    },

    time(value) {
      const moment = parseDate(value);
      return moment?.kind === 'instant' ? plainSpaces(times.format(moment.at)) : value;
    },

    endOfDay: (now) => todayAt(Date.parse(now)).end,

    ago(value, now, expire = () => undefined) {
      const moment = parseDate(value);
      const nowAt = Date.parse(now);
      if (moment === undefined || Number.isNaN(nowAt)) return value;
      const away = moment.at - nowAt;
      if (moment.kind === 'instant' && Math.abs(away) < DAY_MS) {
        const size = Math.abs(away) < HOUR_MS ? MINUTE_MS : HOUR_MS;
        const count = Math.trunc(away / size);
        expire(away > 0 ? moment.at - count * size + 1 : moment.at + (1 - count) * size);
        return plainSpaces(
          count === 0
            ? nearDays.format(0, 'second')
            : relativeTime.format(count, size === MINUTE_MS ? 'minute' : 'hour'),
        );
      }
      const { number, end } = todayAt(nowAt);
      expire(moment.kind === 'instant' && away > 0 ? Math.min(end, moment.at - DAY_MS + 1) : end);
      const daysAway = dayNumber(moment) - number;
      const whole = Math.abs(daysAway);
      if (whole < 31) return plainSpaces(nearDays.format(daysAway, 'day'));
      if (whole < 365) {
        const months = Math.min(Math.round(whole / 30.44), 11);
        return plainSpaces(relativeTime.format(Math.sign(daysAway) * months, 'month'));
      }
      return plainSpaces(
        relativeTime.format(Math.sign(daysAway) * Math.floor(whole / 365.25 + 0.01), 'year'),
      );
    },

    days(value, now, expire = () => undefined) {
      const moment = parseDate(value);
      if (moment === undefined) return undefined;
      const { number, end } = todayAt(Date.parse(now));
      expire(end);
      return number - dayNumber(moment);
    },
  };

  function dayNumber({ kind, at }: Moment): number {
    return Math.floor((kind === 'day' ? at : wallClock(at)) / DAY_MS);
  }
}

/** The day that it is in a zone: its number since 1970, and when it ends. Kept until then. */
function createToday(wallClock: (at: number) => number) {
  let today = { number: 0, from: 0, end: 0 };
  return (now: number) => {
    if (now >= today.from && now < today.end) return today;
    const wall = wallClock(now);
    const number = Math.floor(wall / DAY_MS);
    const end = Math.floor(now / SECOND_MS) * SECOND_MS + (number + 1) * DAY_MS - wall;
    // Where clocks go forward before the day ends, it ends an hour earlier.
    const isRight = Math.floor(wallClock(end - 1) / DAY_MS) === number;
    today = { number, from: now, end: isRight ? end : Math.max(end - HOUR_MS, now + 1) };
    return today;
  };
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu;

function readNumber(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value.trim()) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Intl's no-break blanks and direction marks as plain blanks and nothing: the agent's window may show them as boxes. */
function plainSpaces(text: string): string {
  return text.replace(/[\u00a0\u2009\u202f]/gu, ' ').replace(/\p{Bidi_Control}/gu, '');
}

/** Making an Intl object costs more than a hundred uses of it. */
function memo<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
