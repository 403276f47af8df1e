/** What `check --live` says about the files. */
import type { CheckResult } from '../../src/connector/index.ts';
import type { FileSettings, Live } from './open-files.ts';

export function describeContent(files: FileSettings, live: Live): readonly CheckResult[] {
  const { people, addresses, unreachable, companies, deals, tickets } = live.directory.counts;
  const content = [
    `${count(people, 'person', 'people')} with ${count(addresses, 'address', 'addresses')} in ${files.file}`,
    ...(unreachable === 0 ? [] : [`${unreachable} more without a usable address`]),
    ...contentOf(files.companies, companies, 'company', 'companies'),
    ...contentOf(files.deals, deals, 'deal', 'deals'),
    ...contentOf(files.tickets, tickets, 'ticket', 'tickets'),
  ];
  return [
    { level: 'ok', message: content.join(', ') },
    ...live.warnings.texts.map((message) => ({ level: 'warning', message }) as const),
    ...(live.problem === undefined
      ? []
      : [{ level: 'error', message: `the last good content is in use: ${live.problem}` } as const]),
  ];
}

function contentOf(
  file: string | undefined,
  rows: number | undefined,
  one: string,
  many: string,
): readonly string[] {
  return file === undefined || rows === undefined ? [] : [`${count(rows, one, many)} in ${file}`];
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
