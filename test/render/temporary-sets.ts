/** Template sets in temporary folders, removed after each test. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTemplateSet } from '../../src/render/load.ts';
import type { TemplateProblem } from '../../src/render/problem.ts';
import type { RenderOptions, TemplateSet } from '../../src/render/template-set.ts';
import type { TemplateContext } from '../../src/render/template-set.ts';
import { BERLIN, fullView } from '../support/views.ts';

/** The templates that come with the product. */
export const PRODUCT = fileURLToPath(new URL('../../templates', import.meta.url));

const made: string[] = [];

afterEach(async () => {
  await Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true })));
});

/** @param files texts by path, such as `acme/found.liquid`. @returns the parent folder. */
export async function writeSets(files: Readonly<Record<string, string>>): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'templates-'));
  made.push(parent);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(parent, path)), { recursive: true });
    await writeFile(join(parent, path), text);
  }
  return parent;
}

/** A set whose `found.liquid` is the given text, with pieces beside it. */
export async function loadText(
  text: string,
  pieces: Readonly<Record<string, string>> = {},
): Promise<{ set?: TemplateSet | undefined; problems: readonly TemplateProblem[] }> {
  const files = { 'found.liquid': text, ...pieces };
  const parent = await writeSets(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`own/${name}`, content])),
  );
  const { set, problems = [] } = await loadTemplateSet({ name: 'own', folders: [parent, PRODUCT] });
  return { set, problems };
}

/** What the text prints. @throws {Error} with the problems, or the failure. */
export async function renderText(
  text: string,
  view: TemplateContext = fullView(),
  style: Partial<RenderOptions> = {},
): Promise<string> {
  const { set, problems } = await loadText(text);
  if (set === undefined) throw new Error(problems.map(describeProblem).join('\n'));
  const { text: rendered, failure } = set.render(view, { ...BERLIN, ...style });
  if (failure !== undefined) throw new Error(failure);
  return rendered;
}

/** `line:column message; hint` of each problem of a text. */
export async function problemsOf(
  text: string,
  pieces: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { problems } = await loadText(text, pieces);
  return problems.map(describeProblem);
}

export function describeProblem({ file, line, column, message, hint }: TemplateProblem): string {
  const name = file.split('/').at(-1) ?? '';
  const where = name === 'found.liquid' ? '' : `${name}:`;
  return `${where}${line}:${column} ${message}${hint === undefined ? '' : `; ${hint}`}`;
}
