/** Reads what `/metrics` answers. */

export interface Family {
  readonly type: string;
  /** The labels of each series, `le` left out. */
  readonly series: readonly Readonly<Record<string, string>>[];
}

/** @returns by the name of the family, and by the names of the series that a histogram consists of. */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; series: Record<string, string>[] }>();
  for (const line of text.split('\n')) {
    const [, declared, type = ''] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
    if (declared !== undefined) {
      const family = { type, series: [] };
      for (const suffix of type === 'histogram' ? ['', '_bucket', '_sum', '_count'] : ['']) {
        families.set(`${declared}${suffix}`, family);
      }
    }
    const [, name = '', labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const entries = pairs.map(([, label = '', value = '']) => [label, value] as const);
    families
      .get(name)
      ?.series.push(Object.fromEntries(entries.filter(([label]) => label !== 'le')));
  }
  return families;
}

/** The values a label has in any series. */
export function valuesOf(family: Family, label: string): ReadonlySet<string> {
  return new Set(family.series.flatMap((series) => series[label] ?? []));
}

export function labelsOf(family: Family): ReadonlySet<string> {
  return new Set(family.series.flatMap((series) => Object.keys(series)));
}
