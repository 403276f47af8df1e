/** The rules of the connector contract, each a check that throws when the connector breaks it. */
import { closing } from './closing.ts';
import { extras } from './optional-methods.ts';
import { failures } from './failures.ts';
import { opening } from './opening.ts';
import { people } from './people.ts';
import type { Rule } from './rule.ts';

export const connectorRules: readonly Rule[] = [
  ...opening,
  ...people,
  ...failures,
  ...extras,
  ...closing,
];
