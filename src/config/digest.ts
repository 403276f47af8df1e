/** What is compared to tell whether a file or folder is another than before. */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';

export interface Digest {
  /** Equal as long as the content is the same. */
  readonly content: string;
  /** Equal as long as nobody has even touched it; spares reading it again. */
  readonly statKey: string;
}

const MISSING: Digest = { content: 'missing', statKey: 'missing' };

/** @param known what it was before */
export function digestOfFile(path: string, known: Digest | undefined): Digest {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    const statKey = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    if (known?.statKey === statKey) return known;
    return { content: hash('sha256', readFileSync(path)), statKey };
  } catch {
    return MISSING;
  }
}

/** The names in a folder, without those that editors leave for a moment. */
export function digestOfFolder(path: string): Digest {
  try {
    const names = readdirSync(path).filter((name) => !/^\.|~$|\.(?:swp|tmp)$|^\d+$/.test(name));
    const content = JSON.stringify(names.sort());
    return { content, statKey: content };
  } catch {
    return MISSING;
  }
}
