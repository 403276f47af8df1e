/** Metric labels: keeps their values a closed set, and removes those of one connection or tenant. */
import type { CrmRequest } from '../connector/contract.ts';

const MAX_OPERATIONS = 64;

/** @returns the operation, or `other` if it does not look like one: connectors may pass any text. */
export function operationLabel(operation: string): string {
  return /^[A-Za-z0-9/][A-Za-z0-9 _./:-]{0,63}$/.test(operation) ? operation : 'other';
}

/** @returns an HTTP status as text, `ok`, `timeout`, `aborted`, or `error` for all else. */
export function statusLabel(status: CrmRequest['status']): string {
  if (typeof status === 'number') {
    return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : 'error';
  }
  return ['ok', 'timeout', 'aborted'].includes(status) ? status : 'error';
}

/** Limits the operations of each connection: those beyond 64 are `other` too. */
export function limitOperations() {
  const known = new Map<string, Set<string>>();
  return {
    label(connection: string, operation: string): string {
      if (operationLabel(operation) === 'other') return 'other';
      const seen = known.get(connection) ?? new Set();
      known.set(connection, seen);
      if (seen.size >= MAX_OPERATIONS && !seen.has(operation)) return 'other';
      seen.add(operation);
      return operation;
    },
    remove: (connection: string) => void known.delete(connection),
  };
}

/** Tracks the label sets of a metric. */
export function trackLabels<Label extends string>(metric: RemovableMetric<Label>) {
  const { of, remove } = keepByLabels(metric, (labels) => labels);
  return {
    /** @returns the labels, for the call that records a value. */
    track: of,
    remove,
  };
}

/**
 * Counts for a counter that counts each request: it is called only before a scrape.
 * Called each time, counters took 3 % of a cached answer's time.
 */
export function trackCounts<Label extends string>(
  counter: RemovableMetric<Label> & { inc(labels: Record<string, string>, by: number): void },
) {
  const { of, all, remove } = keepByLabels(counter, (labels) => {
    counter.inc(labels, 0); // shows the series from now on
    return { labels, count: 0 };
  });
  return {
    /** @param by 0 only shows the series. */
    add(labels: Readonly<Record<Label, string>>, by = 1): void {
      of(labels).count += by;
    },
    /** Hands on what was counted since the last time. */
    flush(): void {
      for (const counted of all()) {
        if (counted.count > 0) counter.inc(counted.labels, counted.count);
        counted.count = 0;
      }
    },
    remove,
  };
}

interface RemovableMetric<Label extends string> {
  remove(labels: Record<Label, string>): void;
}

/** Keeps something for each label set, because the client library removes a series only by all of its labels. */
function keepByLabels<Label extends string, Kept>(
  metric: RemovableMetric<Label>,
  create: (labels: Record<Label, string>) => Kept,
) {
  const series = new Map<string, { readonly labels: Record<Label, string>; readonly kept: Kept }>();
  return {
    of: (labels: Readonly<Record<Label, string>>): Kept => {
      let id = '';
      for (const label in labels) id += `${labels[label]}\0`;
      const known = series.get(id);
      if (known !== undefined) return known.kept;
      const own = { ...labels };
      const kept = create(own);
      series.set(id, { labels: own, kept });
      return kept;
    },
    all: () => [...series.values()].map(({ kept }) => kept),
    remove: (label: Label, value: string): void => {
      for (const [id, { labels }] of series) {
        if (labels[label] !== value) continue;
        series.delete(id);
        metric.remove(labels);
      }
    },
  };
}
