/** CONTRIBUTING.md names files that exist. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '..');

describe('CONTRIBUTING.md', () => {
  const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');

  it('names every file on the way of a request once, and each exists', () => {
    const [, way = ''] = /## The way of a request.*?```\n(.*?)```/s.exec(page) ?? [];
    const files = filesOf(way);
    expect(files).to.have.length.above(40);
    for (const file of files) expect(globSync(file, { cwd: ROOT }), file).not.to.deep.equal([]);
    expect(new Set(files).size, 'named twice').to.equal(files.length);
  });

  it('names every file of the folders that are only there for requests', () => {
    const files = new Set(filesOf(page));
    const onTheWay = globSync('src/{http,auth,limits,lookup,cache,upstream}/*.ts', { cwd: ROOT });
    expect(onTheWay.filter((file) => !files.has(file))).to.deep.equal([]);
  });

  it('names files and folders elsewhere that exist', () => {
    const paths = [...page.matchAll(/`((?:src|test|bench|connectors)\/[\w./*-]+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !path.includes('NAME'));
    expect(paths).to.have.length.above(8);
    for (const path of paths) expect(globSync(path, { cwd: ROOT }), path).not.to.deep.equal([]);
  });

  it('names scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    for (const [, name = ''] of page.matchAll(/`npm run (?:-s )?([\w:]+)/g))
      expect(scripts, name).to.have.property(name);
  });
});

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}

/** A line that ends with a slash names the folder of the files below it. */
function filesOf(text: string): readonly string[] {
  let folder = '';
  return text.split('\n').flatMap((line) => {
    if (/^\S+\/$/.test(line)) folder = line;
    if (!line.startsWith('  ')) return [];
    return [...line.matchAll(/(?<![\w/])[\w-]+\.ts\b/g)].map(([name]) => folder + name);
  });
}
