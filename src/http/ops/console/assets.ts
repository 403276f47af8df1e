/**
 * The files of the console's page: those of `console/` and the libraries' modules, read once and kept compressed.
 * Their addresses begin with a digest of them all, so browsers may keep them for good.
 */
import { createHash, hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { packageRoot } from '../../../model/package-info.ts';
import { readLibraries } from './modules.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

export interface Assets {
  /** Changes with any of the files. */
  readonly version: string;
  /** By path, such as `lookup/lookup-tab.js` or `lib/preact.js`. */
  readonly files: ReadonlyMap<string, Asset>;
  /** The path of each library's module by its specifier. */
  readonly libraries: ReadonlyMap<string, string>;
}

export interface Asset {
  readonly type: string;
  /** For the import map: `sha384-…`. */
  readonly integrity: string;
  readonly text: string;
  encoded(encoding: Encoding): Promise<Buffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Files of `console/` that take the place of a library, which would be half of the editor's size. */
const REPLACED_LIBRARIES = [['@codemirror/lang-html', 'templates/plain-text.js']] as const;

/** All files take 50 ms; a higher quality takes six times as long and saves 2 %. */
const BROTLI_QUALITY = 6;

/** @throws {Error} when a file cannot be read or a library is not installed. */
export async function readAssets(): Promise<Assets> {
  const folder = join(packageRoot(), 'console');
  const names = await readdir(folder, { recursive: true });
  const paths = names.filter((name) => extname(name) in TYPES).sort();
  const own = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(folder, path), 'utf8')] as const),
  );
  const libraries = (await readLibraries()).map(
    ({ specifier, text }) => [specifier, `lib/${specifier}.js`, text] as const,
  );
  const files = [...own, ...libraries.map(([, path, text]) => [path, text] as const)];
  const digest = createHash('sha256');
  for (const [path, text] of files) digest.update(`${path}\0${text}\0`);
  return {
    version: digest.digest('base64url').slice(0, 16),
    files: new Map(files.map(([path, text]) => [path, createAsset(path, text)])),
    libraries: new Map([
      ...libraries.map(([specifier, path]) => [specifier, path] as const),
      ...REPLACED_LIBRARIES,
    ]),
  };
}

function createAsset(path: string, text: string): Asset {
  const encodings = new Map<Encoding, Promise<Buffer>>();
  return {
    text,
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    integrity: `sha384-${hash('sha384', text, 'base64')}`,
    encoded(encoding) {
      const known = encodings.get(encoding);
      if (known !== undefined) return known;
      const encoded = encode(text, encoding);
      encodings.set(encoding, encoded);
      return encoded;
    },
  };
}

export function encode(text: string, encoding: Encoding): Promise<Buffer> {
  const body = Buffer.from(text);
  if (encoding === 'gzip') return promisify(gzip)(body, { level: 9 });
  if (encoding === 'identity') return Promise.resolve(body);
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  return promisify(brotliCompress)(body, { params });
}
