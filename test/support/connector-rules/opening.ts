/** The settings, and what `open` may do. */
import { expect } from 'chai';
import { rule, type Rule } from './rule.ts';
import { open } from './use.ts';

export const opening: readonly Rule[] = [
  rule('the settings have a schema that takes good ones and refuses an unknown key', async (it) => {
    const standard = it.module.settings['~standard'];
    expect(standard.version).to.equal(1);
    expect(await standard.validate(it.settings)).to.not.have.property('issues');
    const wrong = await standard.validate({ ...it.settings, notASetting: true });
    expect(wrong.issues, 'issues of an unknown key').to.not.be.undefined;
    expect(JSON.stringify(wrong.issues), 'the issue names the key').to.contain('notASetting');
    const notAnObject = await standard.validate('text');
    expect(notAnObject.issues, 'issues of a text').to.not.be.undefined;
  }),

  rule('a JSON Schema can be made of the settings', (it) => {
    const standard: object = it.module.settings['~standard'];
    expect(standard, 'the Standard Schema').to.have.property('jsonSchema');
    const { jsonSchema } = standard as { jsonSchema: { input: (o: object) => object } };
    const schema = jsonSchema.input({ target: 'draft-2020-12' }) as ObjectSchema;
    const variants = schema.anyOf ?? schema.oneOf ?? [schema];
    for (const variant of variants)
      expect(variant).to.include({ type: 'object', additionalProperties: false });
    const names = variants.flatMap(({ properties }) => Object.keys(properties ?? {}));
    expect(names, 'settings').to.include.members(Object.keys(it.settings));
    expect(names, 'what belongs to the bridge').to.not.include.members(['connector']);
    expect(names, 'what belongs to the bridge').to.not.include.members(['limits']);
  }),

  rule('opening asks nothing of the CRM, and works while it is down', async (it) => {
    await it.makeUnavailable?.();
    await open(it, (_connector, context) => {
      expect(context.observed, 'requests').to.deep.equal([]);
    });
  }),
];

interface ObjectSchema {
  readonly properties?: object;
  readonly anyOf?: readonly ObjectSchema[];
  readonly oneOf?: readonly ObjectSchema[];
}
