import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { jsonSchemas } from '../../../src/config/schema/json-schema.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'config', 'schema');

async function schemaWith(connectors: Parameters<typeof jsonSchemas>[0]): Promise<unknown> {
  return JSON.parse((await jsonSchemas(connectors)).get('bridge.schema.json') ?? '');
}

describe('the JSON Schemas for editors', () => {
  it('in config/schema/ are current; "npm run -s bridge -- schema" writes them', async () => {
    const files = await jsonSchemas();
    expect([...files.keys()]).to.deep.equal(['bridge.schema.json', 'include.schema.json']);
    for (const [name, text] of files) {
      expect(readFileSync(join(FOLDER, name), 'utf8'), name).to.equal(text);
    }
  });

  it('allow ${…} where a number, a choice or a pattern is expected', async () => {
    expect(await schemaWith([]))
      .to.have.nested.property('properties.server.properties.port.anyOf[1]')
      .that.deep.equals({
        type: 'string',
        pattern: '\\$\\{',
      });
  });

  it('have the settings of a connector beside the keys of the bridge', async () => {
    const settings = z.strictObject({ url: z.string() });
    const connection = 'properties.connections.additionalProperties';
    const schema = await schemaWith([{ name: 'crm', module: { settings } }]);
    expect(schema).to.have.nested.property(
      `${connection}.allOf[0].if.properties.connector.const`,
      'crm',
    );
    expect(schema)
      .to.have.nested.property(`${connection}.allOf[0].then.properties`)
      .that.has.all.keys('url', 'connector', 'limits');
    expect(schema).to.have.nested.property(
      `${connection}.properties.connector.anyOf[0].enum[0]`,
      'crm',
    );
  });

  it('keep the definitions of connectors apart', async () => {
    const node: z.ZodType = z
      .strictObject({
        get children() {
          return z.array(node);
        },
      })
      .meta({ id: 'Node' });
    const module = { settings: z.strictObject({ node }) };
    const schema = await schemaWith([
      { name: 'a', module },
      { name: 'b', module },
    ]);
    expect(schema).to.have.property('definitions').that.has.all.keys('a.Node', 'b.Node');
    expect(JSON.stringify(schema)).to.include('"$ref":"#/definitions/b.Node"');
    expect(JSON.stringify(schema)).not.to.include('"$ref":"#/definitions/Node"');
  });

  it('leave a connector out that offers no JSON Schema', async () => {
    const settings = {
      '~standard': { version: 1 as const, vendor: 'x', validate: (value: unknown) => ({ value }) },
    };
    expect(await schemaWith([{ name: 'crm', module: { settings } }]))
      .to.have.nested.property('properties.connections.additionalProperties.allOf')
      .that.is.an('array').that.is.empty;
  });
});
