/** What a measuring program is given, and what it gives back. */
import type { Cores } from './cores.ts';
import type { Spread } from './spread.ts';

export type Measure = (setting: Setting) => Promise<Report>;

export interface Setting {
  /** A smoke run: everything once and briefly; the figures mean nothing. */
  readonly quick: boolean;
  readonly cores: Cores;
  /** A folder of this run for configurations and logs. */
  readonly folder: string;
  /** Shows what is being done to whoever waits in front of a terminal. */
  readonly progress: (what: string) => void;
}

export interface Report {
  readonly title: string;
  /** How it was measured, and what else one must know to read the tables. */
  readonly about: string;
  readonly tables: readonly Table[];
}

export interface Table {
  readonly title: string;
  /** Cells by the heading of their column; the first row tells the order. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** `undefined` for what does not apply. */
export type Cell = string | number | Spread | undefined;

export function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'missed';
}
