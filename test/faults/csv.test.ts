import { address, PEOPLE } from './emulated-crm.ts';
import { describeFaults } from './fault-table.ts';

describeFaults('csv', () => {
  const rows = Array.from({ length: PEOPLE }, (_, n) => `${address(n)},Visitor,No. ${n}`);
  return Promise.resolve({
    settings: () => 'file: people.csv',
    files: { 'people.csv': ['email,firstName,lastName', ...rows, ''].join('\n') },
    allowed: { lone: 0, crowd: 0, crowdReads: 0, refused: 0 },
    requests: () => 0,
    reads: () => 0,
    refused: () => 0,
    aborted: () => 0,
    trouble: () => undefined,
    slow: () => undefined,
    repair: () => undefined,
    close: () => Promise.resolve(),
  });
});
