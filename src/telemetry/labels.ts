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

/** Tracks the label sets of a metric, because the client library removes a series only by all of its labels. */
export function trackLabels<Label extends string>(metric: {
  remove(labels: Record<Label, string>): void;
}) {
  const seen = new Map<string, Record<Label, string>>();
  return {
    /** @returns the labels, for the call that records a value. */
    track(labels: Readonly<Record<Label, string>>): Record<Label, string> {
      const id = idOf(labels);
      const known = seen.get(id);
      if (known !== undefined) return known;
      const tracked = { ...labels };
      seen.set(id, tracked);
      return tracked;
    },
    remove(label: Label, value: string): void {
      for (const [id, labels] of seen) {
        if (labels[label] !== value) continue;
        seen.delete(id);
        metric.remove(labels);
      }
    },
  };
}

/**
 * The same for a counter that counts each request: it is called only before a scrape.
 * Called each time, counters took 3 % of a cached answer's time.
 */
export function trackCounts<Label extends string>(counter: {
  inc(labels: Record<string, string>, by: number): void;
  remove(labels: Record<Label, string>): void;
}) {
  const counts = new Map<string, { readonly labels: Record<Label, string>; count: number }>();
  return {
    /** Hands on what was counted since the last time. */
    flush(): void {
      for (const counted of counts.values()) {
        if (counted.count > 0) counter.inc(counted.labels, counted.count);
        counted.count = 0;
      }
    },
    /** @param by 0 shows the series from now on. */
    add(labels: Readonly<Record<Label, string>>, by = 1): void {
      const id = idOf(labels);
      const known = counts.get(id);
      if (known !== undefined) {
        known.count += by;
        return;
      }
      const series = { ...labels };
      counter.inc(series, 0);
      counts.set(id, { labels: series, count: by });
    },
    remove(label: Label, value: string): void {
      for (const [id, { labels }] of counts) {
        if (labels[label] !== value) continue;
        counts.delete(id);
        counter.remove(labels);
      }
    },
  };
}

function idOf(labels: Readonly<Record<string, string>>): string {
  let id = '';
  for (const label in labels) id += `${labels[label]}\0`;
  return id;
}
