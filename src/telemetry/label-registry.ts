/**
 * Remembers the label sets a metric was given, so that those of one connection or tenant can be dropped:
 * the client library removes a series only by all of its labels.
 */
export interface SeriesMemory<Label extends string> {
  /** @returns the labels, for the call that records a value. */
  note(labels: Readonly<Record<Label, string>>): Record<Label, string>;
  forget(label: Label, value: string): void;
}

export function trackLabels<Label extends string>(metric: {
  remove(labels: Record<Label, string>): void;
}): SeriesMemory<Label> {
  const seen = new Map<string, Record<Label, string>>();
  return {
    note(labels) {
      let id = '';
      for (const label in labels) id += `${labels[label]}\0`;
      const known = seen.get(id);
      if (known !== undefined) return known;
      const noted = { ...labels };
      seen.set(id, noted);
      return noted;
    },
    forget(label, value) {
      for (const [id, labels] of seen) {
        if (labels[label] !== value) continue;
        seen.delete(id);
        metric.remove(labels);
      }
    },
  };
}
