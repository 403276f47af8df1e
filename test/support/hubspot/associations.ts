/** Associations of many records at once. */
import { shuffled, type Asked } from './objects.ts';
import { batch, invalid, type Reply } from './reply.ts';
import type { ObjectType } from './account-data.ts';

export function readAssociations(asked: Asked, from: ObjectType, to: ObjectType): Reply {
  const { data, body, options } = asked;
  const { inputs } = (body ?? {}) as { inputs?: unknown };
  if (!Array.isArray(inputs)) return invalid('Invalid input JSON on line 1, column 1: …');
  if (inputs.length > 1000) return invalid('The maximum number of inputs supported is 1000');
  const ids = inputs.map((input: unknown) => String((input as { id?: unknown }).id));
  if (from !== 'contacts') return invalid('the emulator knows the associations of contacts only');
  const some = ids.filter((id) => data.associationsOf(id, to).length > 0);
  const none = ids.filter((id) => !some.includes(id));
  const results = some.map((id) => {
    const all = data.associationsOf(id, to);
    const page = all.slice(0, options.associationPage);
    return {
      from: { id },
      to: page.map((association) => ({
        // A number, whatever the documents say.
        toObjectId: Number(association.to),
        associationTypes: association.labels.map(({ category, typeId, label }) => ({
          category,
          typeId,
          label,
        })),
      })),
      ...(page.length < all.length ? { paging: { next: { after: 'MTAw', link: '…' } } } : {}),
    };
  });
  const errors = none.map((id) => ({
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
    message: `No ${to} is associated with contact ${id}.`,
    context: { fromObjectId: [id], fromObjectType: ['0-1'], toObjectType: [to] },
  }));
  return batch(shuffled(results), errors, options.missStatus);
}
