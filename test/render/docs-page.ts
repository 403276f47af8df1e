/** Reads docs/templates.md: its blocks of code, and the tables of what is printed. */
import { join } from 'node:path';

export const PAGE = join(import.meta.dirname, '../../docs/templates.md');

export interface Cell {
  /** Of the first column. */
  readonly head: string;
  readonly code: string;
  readonly says: string;
  /** Whom it is about, in brackets; empty for Jane. */
  readonly who: string;
  /** Where `says` begins. */
  readonly at: number;
}

/** The rows of all tables that say what is printed. */
export function cellsOf(page: string): readonly Cell[] {
  let head = '';
  const lines = page.matchAll(
    /^\| (?<head>\w+) \| prints \|.*$|^\| `(?<code>(?:\\\||[^`])*)` \| `(?<says>(?:\\\||[^`])*)`(?: \((?<who>\p{L}+)\))? \|.*$|^$/dgmu,
  );
  return [...lines].flatMap(({ groups = {}, indices }) => {
    if (groups['code'] === undefined) head = groups['head'] ?? '';
    if (groups['code'] === undefined || head === '') return [];
    const code = groups['code'].replaceAll('\\|', '|');
    const [at = 0] = indices?.groups?.['says'] ?? [];
    const says = groups['says'] ?? '';
    const who = groups['who'] ?? '';
    return [{ head, code: head === 'piece' ? code : `{{ ${code} }}`, says, who, at }];
  });
}

export interface Block {
  /** Such as `liquid`. */
  readonly info: string;
  readonly code: string;
  /** Where the code begins. */
  readonly at: number;
  /** The code of the following block. */
  readonly next: string;
}

export function blocksOf(page: string): readonly Block[] {
  const all = [...page.matchAll(/^```(\w[^\n]*)\n(.*?)^```$/gmsu)];
  return all.map(({ 1: info = '', 2: code = '', index }, position) => ({
    info,
    code,
    at: index + '```'.length + info.length + 1,
    next: all[position + 1]?.[2] ?? '',
  }));
}
