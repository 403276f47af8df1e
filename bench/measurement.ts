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
  /** Shows the current step on a terminal. */
  readonly progress: (what: string) => void;
}

export interface Report {
  readonly title: string;
  /** What one must know to read any of the tables. */
  readonly about: string;
  readonly tables: readonly Table[];
}

export interface Table {
  readonly title: string;
  /** What was done, and what the headings leave open. */
  readonly measured: string;
  /** How many times each row was measured. */
  readonly rounds: number;
  /** Left out where none is set. */
  readonly goal?: Goal;
  /** Cells by the heading of their column; the first row sets the order. */
  readonly rows: readonly Row[];
}

export interface Goal {
  readonly text: string;
  readonly isMet: boolean;
}

export type Row = Readonly<Record<string, Cell>>;

/** `undefined` for what does not apply. */
export type Cell = string | number | Spread | undefined;

export function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'missed';
}
