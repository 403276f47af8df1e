import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { builtinConnectors } from '../../src/config/schema/json-schema.ts';
import { bridgeSchema } from '../../src/config/schema/schema.ts';
import { isRecord } from '../../src/config/is-record.ts';
import { jsonSchemaOf, type JsonSchema } from '../../src/config/schema/json-schema-paths.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface Row {
  readonly key: string;
  readonly fallback: string;
}

/** The rows of all tables with keys below a heading, up to the next one. */
function rowsBelow(heading: string): readonly Row[] {
  const text = readFileSync(join(ROOT, 'CONFIGURATION.md'), 'utf8');
  const start = text.indexOf(`\n${heading}\n`);
  const section = text.slice(start + heading.length + 2).split(/\n#{2,3} /)[0] ?? '';
  return [...section.matchAll(/^\| `([\w.]+)` \|[^|]*\| ([^|]*) \|/gm)].map((match) => ({
    key: match[1] ?? '',
    fallback: (match[2] ?? '').trim(),
  }));
}

/** Each key that holds no mapping, with its default. */
function leaves(schema: unknown, path: readonly string[] = []): ReadonlyMap<string, unknown> {
  if (!isRecord(schema)) return new Map();
  const branches = [schema, ...['anyOf', 'oneOf'].flatMap((word) => schema[word] ?? [])].filter(
    isRecord,
  );
  const below = branches.flatMap((branch) => [
    ...entriesOf(branch.properties).flatMap(([key, value]) => [...leaves(value, [...path, key])]),
    ...[...leaves(mappingOf(branch.additionalProperties), [...path, 'NAME'])],
  ]);
  return new Map(
    below.length > 0 || path.length === 0 ? below : [[path.join('.'), schema.default]],
  );
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}

function mappingOf(schema: unknown): JsonSchema | undefined {
  return isRecord(schema) && isRecord(schema.properties) ? schema : undefined;
}

/** Both ways, and the defaults. */
function expectSame(rows: readonly Row[], schema: unknown): void {
  const keys = leaves(schema);
  expect(rows.map(({ key }) => key)).to.have.members([...keys.keys()]);
  for (const { key, fallback } of rows) {
    const written = /^`(.*)`$/.exec(fallback)?.[1];
    const documented: unknown = written === undefined ? undefined : parse(written);
    expect(documented, key).to.deep.equal(keys.get(key));
  }
}

describe('CONFIGURATION.md', () => {
  it('has every key of the files with its default, and no other', () => {
    const rows = ['## The main file', '## Connections', '## Tenants'].flatMap(rowsBelow);
    expectSame(rows, jsonSchemaOf(bridgeSchema));
  });

  it('has every key of the connectors with its default, and no other', async () => {
    for (const { name, module } of await builtinConnectors()) {
      expectSame(rowsBelow(`### ${name}`), jsonSchemaOf(module.settings));
    }
  });
});
