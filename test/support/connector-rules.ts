/** The rules of the connector contract, each a check that throws when the connector breaks it. */
import { closing } from './connector-rules/closing.ts';
import { extras } from './connector-rules/extras.ts';
import { failures } from './connector-rules/failures.ts';
import { opening } from './connector-rules/opening.ts';
import { people } from './connector-rules/people.ts';
import type { Rule } from './connector-rules/rule.ts';

export { NotOffered, type KnownPerson, type Prepared, type Rule } from './connector-rules/rule.ts';

export const connectorRules: readonly Rule[] = [
  ...opening,
  ...people,
  ...failures,
  ...extras,
  ...closing,
];
