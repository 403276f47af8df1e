import { expect } from 'chai';
import { createMetrics } from '../../src/telemetry/metrics.ts';

type Metrics = ReturnType<typeof createMetrics>;

/** The lines of the exposition that are ours, without comments. */
async function series(metrics: Metrics): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => line.startsWith('crm_bridge_'));
}

/** Histograms without their many bucket lines. */
async function totals(metrics: Metrics): Promise<string[]> {
  return (await series(metrics)).filter((line) => !line.includes('_bucket{'));
}

/** These start at 0 with the registry. */
const ANONYMOUS = [
  'crm_bridge_requests_total{tenant="-",outcome="unauthorized",status="401"} 0',
  'crm_bridge_requests_total{tenant="-",outcome="rate_limited",status="429"} 0',
];

const EMPTY = [
  'crm_bridge_cache_entries 0',
  'crm_bridge_cache_max_entries 0',
  'crm_bridge_cache_bytes 0',
  'crm_bridge_cache_max_bytes 0',
];
const LOG = ['crm_bridge_log_lines_dropped_total 0'];
const RELOADS = [
  'crm_bridge_config_reload_success 0',
  'crm_bridge_config_reload_timestamp_seconds 0',
];

describe('createMetrics', () => {
  it('has exactly the names, types and labels of the contract', async () => {
    const metrics = createMetrics();
    metrics.request('acme', 'found', 200);
    metrics.answered('acme', 0.15);
    metrics.lookup('sales', 'found', 0.12);
    metrics.cacheEvent('sales', 'miss');
    metrics.cache({ entries: 7, maxEntries: 50, size: 9000, maxSize: 70_000 });
    metrics.crmRequest('sales', 'composite', 200);
    metrics.batch('sales', 3);
    metrics.circuit('sales', 'closed');
    metrics.quota('sales', { used: 10, limit: 100 });
    metrics.configReload(true, 1_700_000_000_500);
    metrics.logLineDropped();
    metrics.build('1.2.3');
    expect(await totals(metrics)).to.deep.equal([
      ...ANONYMOUS,
      'crm_bridge_requests_total{tenant="acme",outcome="found",status="200"} 1',
      'crm_bridge_request_seconds_sum{tenant="acme"} 0.15',
      'crm_bridge_request_seconds_count{tenant="acme"} 1',
      'crm_bridge_lookup_seconds_sum{connection="sales",result="found"} 0.12',
      'crm_bridge_lookup_seconds_count{connection="sales",result="found"} 1',
      'crm_bridge_cache_events_total{connection="sales",event="miss"} 1',
      'crm_bridge_cache_entries 7',
      'crm_bridge_cache_max_entries 50',
      'crm_bridge_cache_bytes 9000',
      'crm_bridge_cache_max_bytes 70000',
      'crm_bridge_crm_requests_total{connection="sales",operation="composite",status="200"} 1',
      'crm_bridge_batch_size_sum{connection="sales"} 3',
      'crm_bridge_batch_size_count{connection="sales"} 1',
      'crm_bridge_circuit_state{connection="sales"} 0',
      'crm_bridge_quota_used{connection="sales"} 10',
      'crm_bridge_quota_limit{connection="sales"} 100',
      'crm_bridge_config_reload_success 1',
      'crm_bridge_config_reload_timestamp_seconds 1700000000.5',
      'crm_bridge_log_lines_dropped_total 1',
      'crm_bridge_build_info{version="1.2.3"} 1',
    ]);
    const types = [...(await metrics.text()).matchAll(/^# TYPE (crm_bridge_\w+) (\w+)$/gm)];
    expect(Object.fromEntries(types.map(([, name, type]) => [name, type]))).to.deep.equal({
      crm_bridge_requests_total: 'counter',
      crm_bridge_request_seconds: 'histogram',
      crm_bridge_lookup_seconds: 'histogram',
      crm_bridge_cache_events_total: 'counter',
      crm_bridge_cache_entries: 'gauge',
      crm_bridge_cache_max_entries: 'gauge',
      crm_bridge_cache_bytes: 'gauge',
      crm_bridge_cache_max_bytes: 'gauge',
      crm_bridge_crm_requests_total: 'counter',
      crm_bridge_batch_size: 'histogram',
      crm_bridge_circuit_state: 'gauge',
      crm_bridge_quota_used: 'gauge',
      crm_bridge_quota_limit: 'gauge',
      crm_bridge_config_reload_success: 'gauge',
      crm_bridge_config_reload_timestamp_seconds: 'gauge',
      crm_bridge_connection_notices: 'gauge',
      crm_bridge_log_lines_dropped_total: 'counter',
      crm_bridge_build_info: 'gauge',
    });
  });

  it("adds Node's default metrics, once, however often it is scraped", async () => {
    const metrics = createMetrics();
    await metrics.text();
    const text = await metrics.text();
    expect(text.match(/^# TYPE process_resident_memory_bytes gauge$/gm)).to.have.lengthOf(1);
    expect(text).to.contain('nodejs_eventloop_lag_seconds');
  });

  it('names the media type of the text format', () => {
    expect(createMetrics().contentType).to.equal('text/plain; version=0.0.4; charset=utf-8');
  });

  it('shares nothing with other metrics of the process', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.request('acme', 'found', 200);
    expect(await totals(other)).to.deep.equal([...ANONYMOUS, ...EMPTY, ...RELOADS, ...LOG]);
  });

  it('counts lookups into buckets from 5 ms to 10 s, dense where people wait', async () => {
    const metrics = createMetrics();
    metrics.lookup('sales', 'timeout', 0.18);
    const buckets = (await series(metrics)).flatMap((line) => {
      const [, bound, count] = /_bucket\{le="([^"]+)".*\} (\d)$/.exec(line) ?? [];
      return bound === undefined ? [] : [[bound, count]];
    });
    expect(buckets.at(0)).to.deep.equal(['0.005', '0']);
    expect(buckets).to.deep.include.members([
      ['0.15', '0'],
      ['0.2', '1'],
    ]);
    expect(buckets.slice(-2)).to.deep.equal([
      ['10', '1'],
      ['+Inf', '1'],
    ]);
    const dense = buckets.filter(([bound]) => Number(bound) >= 0.05 && Number(bound) <= 5);
    expect(dense).to.have.length.greaterThan(12);
  });

  it('shows the circuit as 0 closed, 1 half-open, 2 open', async () => {
    const metrics = createMetrics();
    metrics.circuit('a', 'closed');
    metrics.circuit('b', 'half_open');
    metrics.circuit('c', 'open');
    metrics.circuit('c', 'half_open');
    expect(await totals(metrics)).to.include.members([
      'crm_bridge_circuit_state{connection="a"} 0',
      'crm_bridge_circuit_state{connection="b"} 1',
      'crm_bridge_circuit_state{connection="c"} 1',
    ]);
  });

  it('keeps the time of the last good load when a later one fails', async () => {
    const metrics = createMetrics();
    metrics.configReload(true, 1000);
    metrics.configReload(false, 2000);
    expect(await totals(metrics)).to.include.members([
      'crm_bridge_config_reload_success 0',
      'crm_bridge_config_reload_timestamp_seconds 1',
    ]);
  });

  it('ignores a quota that is not a number', async () => {
    const metrics = createMetrics();
    metrics.quota('sales', { used: NaN, limit: 100 });
    expect((await totals(metrics)).join()).not.to.contain('sales');
  });

  describe('labels that a connector passes', () => {
    async function labelsOf(...requests: [operation: string, status: number | string][]) {
      const metrics = createMetrics();
      for (const [operation, status] of requests) {
        metrics.crmRequest('sales', operation, status as number);
      }
      return (await totals(metrics)).flatMap((line) => {
        const [, operation, status] = /operation="(.*)",status="(.*)"/.exec(line) ?? [];
        return operation === undefined ? [] : [[operation, status]];
      });
    }

    it('keeps plain operations', async () => {
      const operations = [
        'composite',
        'batch/read contacts',
        'token',
        'v3.search:2',
        'x'.repeat(64),
      ];
      const labels = await labelsOf(...operations.map((name): [string, number] => [name, 200]));
      expect(labels.map(([operation]) => operation)).to.deep.equal(operations);
    });

    it('calls odd and long operations other', async () => {
      const odd = [
        '',
        ' x',
        'x'.repeat(65),
        'bob@example.com',
        'a\nb',
        'a"b',
        'a|b',
        'é',
        '/q?email=x',
      ];
      expect(await labelsOf(...odd.map((name): [string, number] => [name, 200]))).to.deep.equal([
        ['other', '200'],
      ]);
    });

    it('keeps at most 64 operations of a connection, and those it knows stay', async () => {
      const many = Array.from({ length: 100 }, (_, n): [string, number] => [`op${n}`, 200]);
      const labels = await labelsOf(...many, ['op0', 500], ['op99', 500]);
      expect(labels).to.have.lengthOf(64 + 1 + 2);
      expect(labels).to.deep.include.members([
        ['op0', '500'],
        ['other', '200'],
        ['other', '500'],
      ]);
    });

    it('takes HTTP statuses and timeout, aborted, error; all else is error', async () => {
      const statuses = [200, 503, 'timeout', 'aborted', 'error', 0, 99, 600, 200.5, NaN, 'bob'];
      const labels = await labelsOf(
        ...statuses.map((status): [string, number | string] => ['x', status]),
      );
      expect(labels.map(([, status]) => status)).to.have.members([
        '200',
        '503',
        'timeout',
        'aborted',
        'error',
      ]);
    });
  });

  it('removes a connection with all its series, and no other', async () => {
    const metrics = createMetrics();
    for (const connection of ['sales', 'sales2']) {
      metrics.lookup(connection, 'found', 1);
      metrics.lookup(connection, 'timeout', 1);
      metrics.cacheEvent(connection, 'hit');
      metrics.crmRequest(connection, 'token', 200);
      metrics.crmRequest(connection, 'token', 'timeout');
      metrics.batch(connection, 1);
      metrics.circuit(connection, 'open');
      metrics.quota(connection, { used: 1, limit: 2 });
    }
    metrics.removeConnection('sales');
    const left = (await series(metrics)).join('\n');
    expect(left).not.to.contain('connection="sales"');
    expect(left.match(/_total\{connection="sales2"/g)).to.have.lengthOf(3);
    for (const name of [
      'lookup_seconds_count',
      'batch_size_count',
      'circuit_state',
      'quota_used',
      'quota_limit',
    ]) {
      expect(left).to.contain(`crm_bridge_${name}{connection="sales2"`);
    }
  });

  it('removes a tenant with all its series', async () => {
    const metrics = createMetrics();
    metrics.request('acme', 'found', 200);
    metrics.request('acme', 'not_found', 200);
    metrics.answered('acme', 1);
    metrics.request('other', 'found', 200);
    metrics.answered('other', 1);
    metrics.removeTenant('acme');
    expect((await totals(metrics)).filter((line) => line.includes('tenant='))).to.deep.equal([
      ...ANONYMOUS,
      'crm_bridge_requests_total{tenant="other",outcome="found",status="200"} 1',
      'crm_bridge_request_seconds_sum{tenant="other"} 1',
      'crm_bridge_request_seconds_count{tenant="other"} 1',
    ]);
  });

  describe('what has not happened yet', () => {
    it('is 0 for a connection: each result, each event of the cache, the batches', async () => {
      const metrics = createMetrics();
      metrics.initConnection('sales');
      const lines = (await totals(metrics)).filter((line) => line.includes('"sales"'));
      for (const line of lines) expect(line).to.match(/ 0$/);
      const values = (name: string, label: string) =>
        lines.flatMap((line) => {
          if (!line.startsWith(`crm_bridge_${name}{`)) return [];
          return new RegExp(`${label}="([a-z_]+)"`).exec(line)?.[1] ?? [];
        });
      expect(values('lookup_seconds_count', 'result')).to.have.members([
        'found',
        'not_found',
        'timeout',
        'unavailable',
        'rate_limited',
        'quota',
        'auth',
        'bad_response',
        'misconfigured',
      ]);
      expect(values('cache_events_total', 'event')).to.have.members([
        'hit',
        'stale',
        'miss',
        'collapsed',
        'refresh',
        'refresh_failed',
      ]);
      expect(lines).to.include('crm_bridge_batch_size_count{connection="sales"} 0');
    });

    it('is 0 for a tenant: each outcome, with the status that unavailable has', async () => {
      const metrics = createMetrics();
      metrics.initTenant('acme', 503);
      expect((await totals(metrics)).filter((line) => line.includes('"acme"'))).to.deep.equal([
        'crm_bridge_requests_total{tenant="acme",outcome="found",status="200"} 0',
        'crm_bridge_requests_total{tenant="acme",outcome="not_found",status="200"} 0',
        'crm_bridge_requests_total{tenant="acme",outcome="no_email",status="200"} 0',
        'crm_bridge_requests_total{tenant="acme",outcome="rate_limited",status="429"} 0',
        'crm_bridge_requests_total{tenant="acme",outcome="bad_request",status="400"} 0',
        'crm_bridge_requests_total{tenant="acme",outcome="unavailable",status="503"} 0',
        'crm_bridge_request_seconds_sum{tenant="acme"} 0',
        'crm_bridge_request_seconds_count{tenant="acme"} 0',
      ]);
    });

    it('begins once: a reload takes nothing back', async () => {
      const metrics = createMetrics();
      const begin = () => {
        metrics.initConnection('sales');
        metrics.initTenant('acme', 200);
      };
      begin();
      metrics.lookup('sales', 'found', 1);
      metrics.cacheEvent('sales', 'miss');
      metrics.batch('sales', 1);
      metrics.request('acme', 'found', 200);
      metrics.answered('acme', 1);
      const before = await series(metrics);
      begin();
      expect(await series(metrics)).to.deep.equal(before);
    });

    it('goes with its connection and its tenant', async () => {
      const metrics = createMetrics();
      metrics.initConnection('sales');
      metrics.initTenant('acme', 200);
      metrics.removeConnection('sales');
      metrics.removeTenant('acme');
      expect((await series(metrics)).join()).not.to.match(/sales|acme/);
    });
  });

  it('counts from 0 for a connection that comes back', async () => {
    const metrics = createMetrics();
    metrics.cacheEvent('sales', 'hit');
    metrics.removeConnection('sales');
    metrics.cacheEvent('sales', 'hit');
    expect(await totals(metrics)).to.include(
      'crm_bridge_cache_events_total{connection="sales",event="hit"} 1',
    );
    metrics.removeConnection('sales');
    expect((await totals(metrics)).join()).not.to.contain('sales');
  });
});
