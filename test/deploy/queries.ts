/** Every query that we ship: of the dashboard's panels, variables and annotations, and of the alert rules. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const DEPLOY = join(import.meta.dirname, '../../deploy');
export const DASHBOARD_FILE = 'grafana/provisioning/dashboards/crm-bridge.json';

export interface Query {
  /** The panel's title or the alert's name. */
  readonly from: string;
  /** Plain PromQL: what Grafana puts in is there. */
  readonly expr: string;
}

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly datasource: { readonly uid: string };
  }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

export interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly definition?: string;
    }[];
  };
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly expr?: string }[];
  };
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(join(DEPLOY, DASHBOARD_FILE), 'utf8')) as Dashboard;
}

export function readRules(): readonly Rule[] {
  const file = parse(readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8')) as {
    groups: readonly { readonly rules: readonly Rule[] }[];
  };
  return file.groups.flatMap(({ rules }) => rules);
}

export function panelQueries({ panels }: Dashboard): readonly Query[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ from: title, expr: withoutVariables(expr) })),
  );
}

/** The series that the variables take their values from, and what draws annotations. */
export function otherQueries({ templating, annotations }: Dashboard): readonly Query[] {
  return [
    ...templating.list.flatMap(({ name, definition }) => {
      const expr = /^label_values\((.*), (\w+)\)$/.exec(definition ?? '');
      return expr === null ? [] : [{ from: name, expr: `count by (${expr[2]}) (${expr[1]})` }];
    }),
    ...annotations.list.flatMap(({ name, expr }) =>
      expr === undefined ? [] : [{ from: name, expr }],
    ),
  ];
}

export function alertQueries(): readonly Query[] {
  return readRules().map(({ alert, expr }) => ({ from: alert, expr }));
}

function withoutVariables(expr: string): string {
  return expr
    .replaceAll(/\$__(rate_interval|range)\b/g, '1m')
    .replaceAll(/"\$(tenant|connection)"/g, '".+"');
}
