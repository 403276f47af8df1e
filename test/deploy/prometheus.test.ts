import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { promtool, skipWithoutPrometheus } from './prometheus-programs.ts';
import { DEPLOY, readRules } from './queries.ts';

const FOLDER = join(DEPLOY, 'prometheus');

interface UnitTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly { readonly exp_labels: { readonly severity: string } }[];
    }[];
  }[];
}

describe('the alert rules, by promtool', function () {
  this.timeout(60_000);
  before(function () {
    skipWithoutPrometheus(this);
  });

  it('are valid', () => {
    const { code, text } = promtool('check', 'rules', join(FOLDER, 'alerts.yml'));
    expect(code, text).to.equal(0);
    expect(text).to.match(new RegExp(`SUCCESS: ${readRules().length} rules found`));
  });

  it('fire when they should and stay silent when they should not', () => {
    const { code, text } = promtool('test', 'rules', join(FOLDER, 'alerts.test.yml'));
    expect(code, text).to.equal(0);
  });

  it('are loaded by the example of a scrape, which is valid', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-prometheus-'));
    try {
      await cp(FOLDER, folder, { recursive: true });
      await writeFile(join(folder, 'ops_key'), 'the-ops-key\n');
      const file = join(folder, 'prometheus.yml');
      const example = await readFile(file, 'utf8');
      for (const variant of [example, forKubernetes(example)]) {
        await writeFile(file, variant.replaceAll('/run/secrets/', ''));
        const { code, text } = promtool('check', 'config', file);
        expect(code, text).to.equal(0);
        expect(text).to.match(/1 rule files found/);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** With what its comment offers in place of `static_configs`. */
function forKubernetes(example: string): string {
  const [comment = ''] = /^ +# dns_sd_configs:\n(?: +# .*\n)+/m.exec(example) ?? [];
  expect(comment).to.contain('crm-bridge-ops.crm-bridge.svc');
  return example.replace(/^ +static_configs:\n.*\n/m, comment.replace(/^( +)# /gm, '$1'));
}

describe('the alert rules', () => {
  const rules = readRules();
  const names = [...new Set(rules.map(({ alert }) => alert))];
  const tested = (
    parse(readFileSync(join(FOLDER, 'alerts.test.yml'), 'utf8')) as UnitTests
  ).tests.flatMap(({ alert_rule_test }) => alert_rule_test);

  it('have a test in which they fire and one in which they stay silent, in each severity', () => {
    for (const { alert, labels } of rules) {
      const own = tested.filter(({ alertname }) => alertname === alert);
      const severities = own.map(({ exp_alerts }) =>
        exp_alerts.map(({ exp_labels }) => exp_labels.severity),
      );
      expect(severities.flat(), alert).to.include(labels['severity'] ?? '?');
      expect(severities, alert).to.deep.include([]);
    }
  });

  it('page only when agents get nothing', () => {
    const pages = rules.filter(({ labels }) => labels['severity'] === 'page');
    expect(pages.map(({ alert }) => alert)).to.deep.equal([
      'CrmBridgeAgentsSeeUnavailable',
      'CrmBridgeDown',
    ]);
    for (const { labels } of rules) expect(labels['severity']).to.be.oneOf(['page', 'ticket']);
  });

  it('wait before they fire, and say what is wrong and where', () => {
    for (const { alert, annotations, expr, ...rule } of rules) {
      expect(rule.for, alert).to.match(/^([5-9]|[1-9]\d)m$/);
      const { summary = '', description = '' } = annotations;
      expect(summary, alert).not.to.be.empty;
      expect(description, alert).to.match(/\.$/);
      for (const label of ['tenant', 'connection']) {
        if (!new RegExp(`by \\([^)]*\\b${label}\\b`).test(expr)) continue;
        expect(summary + description, alert).to.include(`$labels.${label}`);
      }
    }
  });

  it('name a section of the runbook that exists, and the runbook names no other', () => {
    const guide = readFileSync(join(DEPLOY, '../docs/operations.md'), 'utf8');
    const runbook = /\n## Runbook by alert\n(.*?)\n## /s.exec(guide)?.[1] ?? '';
    const sections = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(sections).to.deep.equal(names);
    for (const { alert, annotations } of rules) {
      expect(annotations['runbook']).to.equal(`docs/operations.md#${alert.toLowerCase()}`);
    }
  });
});
