/** `RESULTS.md`: what the last full run found. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from './measurement.ts';
import { RIVALS } from './rival.ts';
import { markdownTable } from './table.ts';

export interface Run {
  readonly began: Date;
  readonly minutes: number;
  readonly commit: string;
  readonly machine: string;
  /** See `busyness`, before the run. */
  readonly busyness: number;
  readonly reports: Readonly<Record<string, Report>>;
}

export async function writeResults(run: Run): Promise<string> {
  const file = join(import.meta.dirname, 'RESULTS.md');
  await writeFile(file, markdownOf(run));
  return file;
}

export function markdownOf({ began, minutes, commit, machine, busyness, reports }: Run): string {
  const sections = Object.values(reports).map(({ title, about, tables }) =>
    [`## ${title}`, about, ...tables.map(markdownTable)].join('\n\n'),
  );
  const head = [
    '# Measured',
    'Written by `npm run bench`: the product beside what else one could take, in one run. Compare ratios, not figures: other machines have other ones.',
    [
      `- ${began.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${Math.round(minutes)} minutes`,
      `- commit ${commit}`,
      `- ${machine}`,
      `- load average before the run: ${busyness.toFixed(1)}`,
    ].join('\n'),
    '## What it is compared with',
    Object.entries(RIVALS)
      .map(([name, about]) => `- **${name}**: ${about}`)
      .join('\n'),
  ];
  return `${[...head, ...sections].join('\n\n')}\n`;
}
