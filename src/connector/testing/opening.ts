/** The settings, and what `open` may do. */
import assert from 'node:assert/strict';
import { rule, type Rule } from './rule.ts';
import { open } from './use.ts';

export const opening: readonly Rule[] = [
  rule(
    'the settings have a schema that takes good ones and refuses an unknown key',
    async (crm) => {
      const standard = crm.module.settings['~standard'];
      assert.equal(standard.version, 1);
      assert.equal((await standard.validate(crm.settings)).issues, undefined);
      const wrong = await standard.validate({ ...crm.settings, notASetting: true });
      assert.ok(wrong.issues, 'an unknown key has to be an issue');
      assert.match(JSON.stringify(wrong.issues), /notASetting/, 'the issue names the key');
      const notAnObject = await standard.validate('text');
      assert.ok(notAnObject.issues, 'a text in place of settings has to be an issue');
    },
  ),

  rule('a JSON Schema can be made of the settings', (crm) => {
    const standard = crm.module.settings['~standard'] as { jsonSchema?: JsonSchemaMaker };
    assert.ok(standard.jsonSchema, 'the Standard Schema has no jsonSchema');
    const schema = standard.jsonSchema.input({ target: 'draft-2020-12' });
    const variants = schema.anyOf ?? schema.oneOf ?? [schema];
    for (const { type, additionalProperties } of variants) {
      const expected = { type: 'object', additionalProperties: false };
      assert.deepEqual({ type, additionalProperties }, expected);
    }
    const names = variants.flatMap(({ properties }) => Object.keys(properties ?? {}));
    for (const name of Object.keys(crm.settings)) assert.ok(names.includes(name), name);
    for (const name of ['connector', 'limits'])
      assert.ok(!names.includes(name), `the bridge itself reads the setting ${name}`);
  }),

  rule('opening asks nothing of the CRM, and works while it is down', async (crm) => {
    await crm.makeUnavailable?.();
    await open(crm, (_connector, context) => {
      assert.deepEqual(context.observed, [], 'requests');
    });
  }),
];

interface JsonSchemaMaker {
  input(options: { readonly target: string }): ObjectSchema;
}

interface ObjectSchema {
  readonly type?: string;
  readonly additionalProperties?: unknown;
  readonly properties?: object;
  readonly anyOf?: readonly ObjectSchema[];
  readonly oneOf?: readonly ObjectSchema[];
}
