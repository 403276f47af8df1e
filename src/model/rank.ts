/**
 * Which of several records with one address is shown: contact before lead, then latest activity, then
 * latest change, then id (contract, section 4). The same every time, whatever order the CRM answers in.
 */
export interface Match {
  readonly kind: 'contact' | 'lead';
  readonly id: string;
  /** ISO 8601; a bare date counts as its first moment. */
  readonly lastActivityAt?: string | null | undefined;
  readonly updatedAt?: string | null | undefined;
}

/** For `Array.sort`: the record to show comes first. */
export function compareMatches(a: Match, b: Match): number {
  return (
    Number(a.kind === 'lead') - Number(b.kind === 'lead') ||
    time(b.lastActivityAt) - time(a.lastActivityAt) ||
    time(b.updatedAt) - time(a.updatedAt) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

function time(iso: string | null | undefined): number {
  const ms = Date.parse(iso ?? '');
  return Number.isNaN(ms) ? 0 : ms;
}
