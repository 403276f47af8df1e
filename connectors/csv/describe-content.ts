/** What `check --live` says about the files. */
import type { Finding } from '../../src/connector.ts';
import type { FileSettings, Live } from './open-files.ts';

export function describeContent(files: FileSettings, live: Live): readonly Finding[] {
  const { people, addresses, unreachable, companies, deals, tickets } = live.directory.counts;
  const content = [
    `${people} people with ${addresses} addresses in ${files.file}`,
    ...(unreachable === 0 ? [] : [`${unreachable} more without a usable address`]),
    ...(companies === undefined ? [] : [`${companies} companies in ${files.companies ?? ''}`]),
    ...(deals === undefined ? [] : [`${deals} deals in ${files.deals ?? ''}`]),
    ...(tickets === undefined ? [] : [`${tickets} tickets in ${files.tickets ?? ''}`]),
  ];
  return [
    { level: 'ok', message: content.join(', ') },
    ...live.warnings.texts.map((message) => ({ level: 'warning', message }) as const),
    ...(live.problem === undefined
      ? []
      : [{ level: 'error', message: `the last good content is in use: ${live.problem}` } as const]),
  ];
}
