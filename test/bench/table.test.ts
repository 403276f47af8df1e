import { expect } from 'chai';
import type { Table } from '../../bench/measurement.ts';
import { markdownOf } from '../../bench/results.ts';
import { RIVALS } from '../../bench/rival.ts';
import { alignedTable, markdownTable, wrapped } from '../../bench/table.ts';

const TABLE: Table = {
  title: 'Answers',
  measured: 'What was done.',
  rounds: 7,
  goal: { text: 'at least half', isMet: false },
  rows: [
    { server: 'ours', 'requests/s': { median: 8412, min: 8100.4, max: 8700 }, ratio: 0.987 },
    { server: 'another', 'requests/s': { median: 12, min: 12, max: 12 }, ratio: undefined },
  ],
};

describe('tables of figures', () => {
  it('shows what was measured, how many rounds, the goal and whether it was met', () => {
    expect(markdownTable(TABLE).split('\n').slice(0, 6)).to.deep.equal([
      '### Answers',
      '',
      '- Measured: What was done.',
      '- Rounds: 7, taking turns; medians, in brackets the least and the most where they differ.',
      '- Goal: at least half: missed.',
      '',
    ]);
  });

  it('calls one round one run, and says so when no goal is set', () => {
    const text = markdownTable({ title: 'Once', measured: 'It.', rounds: 1, rows: [] });
    expect(text).to.include('- Rounds: one run.\n- Goal: none.');
  });

  it('shows the spread where rounds differ, a dash for what does not apply, and numbers to the right', () => {
    expect(markdownTable(TABLE).split('\n').slice(6)).to.deep.equal([
      '| server  |          requests/s | ratio |',
      '| ------- | ------------------: | ----: |',
      '| ours    | 8,412 (8,100–8,700) |  0.99 |',
      '| another |                  12 |     – |',
    ]);
  });

  it('aligns the same cells by spaces for a terminal', () => {
    expect(alignedTable(TABLE)).to.include('\n  another                   12      –');
  });

  it('loses no word when it wraps lines', () => {
    const text = 'some words '.repeat(40).trim();
    const lines = wrapped(text, '  ').split('\n');
    expect(lines.every((line) => line.length <= 102)).to.equal(true);
    expect(lines.map((line) => line.trim()).join(' ')).to.equal(text);
  });
});

describe('RESULTS.md', () => {
  it('names commit, machine, what ours is compared with, and every table', () => {
    const text = markdownOf({
      began: new Date('2026-11-24T08:00:00Z'),
      minutes: 12.4,
      commit: '0123456789',
      machine: '2 × CPU',
      busyness: 0.25,
      reports: { some: { title: 'Some', about: 'About it.', tables: [TABLE] } },
    });
    expect(text).to.include('- 2026-11-24 08:00 UTC, 12 minutes\n- commit 0123456789\n- 2 × CPU\n');
    expect(text).to.include('## Some\n\nAbout it.\n\n### Answers\n');
    for (const [name, about] of Object.entries(RIVALS)) {
      expect(text).to.include(`- **${name}**: ${about}`);
    }
  });
});
