/** What a PromQL expression names, by Prometheus' own grammar. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Named {
  readonly selectors: readonly Selector[];
  /** Of `by (…)`, `on (…)` and the like. */
  readonly groupings: readonly string[];
}

/** @throws {Error} at what is no PromQL. */
export function readPromql(expression: string): Named {
  const selectors: { metric: string; matchers: Matcher[] }[] = [];
  const groupings: string[] = [];
  parser.parse(expression).iterate({
    enter({ type, from, to, node }) {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expression}`);
      if (type.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        const metric = name === null ? '' : expression.slice(name.from, name.to);
        selectors.push({ metric, matchers: [] });
      }
      if (type.name === 'UnquotedLabelMatcher') {
        const [, label = '', operator = '', value = ''] =
          /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/s.exec(text) ?? [];
        selectors.at(-1)?.matchers.push({ label, operator, value });
      }
      if (type.name === 'LabelName' && node.parent?.type.name === 'GroupingLabels') {
        groupings.push(text);
      }
    },
  });
  return { selectors, groupings };
}
