import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { startAllCrms } from '../support/all-crms.ts';
import { labelsOf, readExposition, valuesOf, type Family } from './exposition.ts';
import { readPromql, type Matcher } from './promql.ts';
import { alertQueries, otherQueries, panelQueries, readDashboard, type Query } from './queries.ts';

/** Made by Prometheus itself. */
const OF_PROMETHEUS = new Set(['up', 'ALERTS']);
/** Put on every series by the scrape. */
const OF_THE_SCRAPE = ['job', 'instance'];

/** Type and labels of every family of ours. */
const FAMILIES: Readonly<Record<string, readonly [type: string, ...labels: string[]]>> = {
  crm_bridge_requests_total: ['counter', 'tenant', 'outcome', 'status'],
  crm_bridge_request_seconds: ['histogram', 'tenant'],
  crm_bridge_lookup_seconds: ['histogram', 'connection', 'result'],
  crm_bridge_cache_events_total: ['counter', 'connection', 'event'],
  crm_bridge_cache_entries: ['gauge'],
  crm_bridge_cache_max_entries: ['gauge'],
  crm_bridge_cache_bytes: ['gauge'],
  crm_bridge_cache_max_bytes: ['gauge'],
  crm_bridge_crm_requests_total: ['counter', 'connection', 'operation', 'status'],
  crm_bridge_batch_size: ['histogram', 'connection'],
  crm_bridge_circuit_state: ['gauge', 'connection'],
  crm_bridge_quota_used: ['gauge', 'connection'],
  crm_bridge_quota_limit: ['gauge', 'connection'],
  crm_bridge_connection_notices: ['gauge', 'connection'],
  crm_bridge_config_reload_success: ['gauge'],
  crm_bridge_config_reload_timestamp_seconds: ['gauge'],
  crm_bridge_log_lines_dropped_total: ['counter'],
  crm_bridge_build_info: ['gauge', 'version'],
};

/** Of a process with a shared store alone. */
const SHARED_FAMILIES: typeof FAMILIES = {
  crm_bridge_shared_processes: ['gauge'],
  crm_bridge_shared_calls_total: ['counter', 'operation', 'result'],
  crm_bridge_shared_entries_total: ['counter', 'event'],
  crm_bridge_shared_messages_total: ['counter', 'result'],
};

describe('a real /metrics answer', () => {
  let served: ReadonlyMap<string, Family>;
  /** With those of a shared store. */
  let metrics: ReadonlyMap<string, Family>;
  const dashboard = readDashboard();
  const queries = [...panelQueries(dashboard), ...otherQueries(dashboard), ...alertQueries()];

  before(async () => {
    await using all = await startAllCrms();
    await Promise.all([all.ask('sales'), all.ask('marketing'), all.ask('directory')]);
    served = readExposition((await all.ops('/metrics')).text);
    metrics = new Map([...served, ...(await sharedFamilies())]);
  });

  it('has exactly the families, types and labels we promise', () => {
    const ours = [...served].filter(([name]) => name.startsWith('crm_bridge_'));
    const families = ours.filter(([name]) => !/_(bucket|sum|count)$/.test(name));
    const shown = families.map(([name, family]) => [name, [family.type, ...labelsOf(family)]]);
    expect(Object.fromEntries(shown)).to.deep.equal(FAMILIES);
  });

  it('has further ones with a shared store', async () => {
    const shown = [...(await sharedFamilies())].map(([name, family]) => [
      name,
      [family.type, ...labelsOf(family)],
    ]);
    expect(Object.fromEntries(shown)).to.deep.equal(SHARED_FAMILIES);
  });

  it('has every metric and every label that the dashboard and the alerts name', () => {
    for (const { from, expr } of queries) {
      const { selectors, groupings } = readPromql(expr);
      const known = selectors.filter(({ metric }) => !OF_PROMETHEUS.has(metric));
      const labels = new Set(OF_THE_SCRAPE);
      for (const { metric, matchers } of known) {
        const family = metrics.get(metric);
        if (family === undefined) throw new Error(`${from}: there is no ${metric}`);
        for (const label of labelsOf(family)) labels.add(label);
        if (family.type === 'histogram') labels.add('le');
        for (const matcher of matchers) expectSense(from, family, matcher);
      }
      if (known.length < selectors.length) continue;
      for (const label of groupings) expect([...labels], `${from}: ${expr}`).to.include(label);
    }
  });

  it('is explained in docs/operations.md, family by family, and nothing else is', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const section = /\n## Metrics\n(.*?)\n## /s.exec(text)?.[1] ?? '';
    const explained = [...section.matchAll(/^\| `(crm_bridge_\w+)`([^|]*)\|/gm)];
    const rows = explained.map(([, name, rest = '']) => [name, rest.match(/\w+/g) ?? []]);
    const promised = Object.entries({ ...FAMILIES, ...SHARED_FAMILIES }).map(
      ([name, [, ...labels]]) => [name, labels],
    );
    expect(rows).to.deep.equal(promised);
    for (const [name] of text.matchAll(/crm_bridge_\w+/g)) {
      expect(metrics.has(name), name).to.equal(true);
    }
  });

  it('is what the PromQL in docs/operations.md asks for', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const blocks = [...text.matchAll(/```promql\n(.*?)```/gs)].map(([, block = '']) => block);
    expect(blocks.length).to.be.at.least(6);
    for (const expr of blocks.flatMap((block) => block.trim().split('\n\n'))) {
      for (const { metric, matchers } of readPromql(expr).selectors) {
        const family = metrics.get(metric);
        if (family === undefined) throw new Error(`there is no ${metric}: ${expr}`);
        for (const matcher of matchers) expectSense('docs/operations.md', family, matcher);
      }
    }
  });
});

async function sharedFamilies(): Promise<readonly (readonly [string, Family])[]> {
  const metrics = createMetrics();
  metrics.shared();
  const families = readExposition(await metrics.text());
  return [...families].filter(([name]) => name.startsWith('crm_bridge_shared_'));
}

/** A label that the family has, and only values that exist; `.+` stands for a variable. */
function expectSense(
  from: Query['from'],
  family: Family,
  { label, operator, value }: Matcher,
): void {
  if (OF_THE_SCRAPE.includes(label) || label === 'le') return;
  expect([...labelsOf(family)], from).to.include(label);
  if (value === '.+' || (label === 'tenant' && value === '-')) return;
  for (const one of operator.includes('~') ? value.split('|') : [value]) {
    expect([...valuesOf(family, label)], `${from}: ${label}`).to.include(one);
  }
}
