/** Which folders to watch so that nothing that happens to a path is missed. */
import { lstatSync, readlinkSync } from 'node:fs';
import { join, parse, resolve, sep } from 'node:path';

/** As many symbolic links in one path as Linux follows. */
const MOST_LINKS = 40;

/**
 * The folder of the file and, for every symbolic link on the way to it, the folder that has the link: so a
 * swap of a link far above is noticed (Kubernetes mounts `..data` that way). Of what is missing, the
 * nearest folder that exists. @param path absolute
 */
export function foldersToWatch(path: string): readonly string[] {
  const folders = new Set<string>();
  let at = parse(path).root;
  let rest = stepsOf(path);
  let links = 0;
  while (rest.length > 0) {
    const [step = '', ...further] = rest;
    const next = join(at, step);
    const kind = kindOf(next);
    if (kind === 'missing') break;
    if (kind === 'link') {
      folders.add(at);
      if (++links > MOST_LINKS) break;
      rest = [...stepsOf(resolve(at, readlinkSync(next))), ...further];
      at = parse(path).root;
    } else {
      if (further.length === 0) break;
      rest = further;
      at = next;
    }
  }
  return [...folders.add(at)];
}

function kindOf(path: string): 'link' | 'missing' | 'other' {
  try {
    return lstatSync(path).isSymbolicLink() ? 'link' : 'other';
  } catch {
    return 'missing'; // Or not to be looked at, which comes to the same.
  }
}

function stepsOf(path: string): readonly string[] {
  return path.slice(parse(path).root.length).split(sep).filter(Boolean);
}
