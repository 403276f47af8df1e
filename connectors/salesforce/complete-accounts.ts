/** The accounts of the people shown, complete. */
import { ConnectorError } from '../../src/connector/index.ts';
import { query, rowsOf, type QueryContext, type Result, type Results } from './query.ts';
import { boolean, childRows, idOf, text, withRows, type Row } from './rows.ts';
import {
  dealsLimit,
  statementForAccounts,
  statementForClosedDeals,
  type Wanted,
} from './statements.ts';

/**
 * Adds the rest of the accounts of the records shown, by one more request where the first had no room for it: of an
 * address with many accounts, or of an account with many opportunities, of which the latest closed ones are shown.
 */
export async function completeAccounts(
  context: QueryContext,
  results: Results,
  shown: readonly Row[],
  signal: AbortSignal,
): Promise<Results> {
  const accounts = results.byName.get('accounts');
  if (accounts?.ok !== true) return results;
  const ids = new Set(shown.flatMap((row) => text(row, 'AccountId') ?? []));
  const present = new Map(accounts.rows.map((row) => [idOf(row), row]));
  const absent = accounts.truncated ? [...ids].filter((id) => !present.has(id)) : [];
  const cut = [...ids].filter((id) => needsClosedDeals(present.get(id), context.limits));
  if (absent.length + cut.length === 0) return results;
  const build = (wanted: Wanted) => [
    ...(absent.length === 0 ? [] : [statementForAccounts(absent, wanted)]),
    ...(cut.length === 0 ? [] : [statementForClosedDeals(cut, wanted)]),
  ];
  const more = await query(context, build, signal).catch((error: unknown) => {
    const isPartial =
      error instanceof ConnectorError && !['quota', 'rate_limited'].includes(error.kind);
    if (!isPartial) throw error;
    return error;
  });
  if (more instanceof ConnectorError) {
    return absent.length === 0 ? results : withResult(results, { ok: false, error: more });
  }
  const failed = more.byName.get('accountsById');
  if (failed?.ok === false) return withResult(results, failed);
  const closed = new Map(rowsOf(more, 'closedDeals').map((row) => [idOf(row), row]));
  const rows = [...accounts.rows, ...rowsOf(more, 'accountsById')];
  return withResult(results, {
    ...accounts,
    rows: rows.map((row) => withRows(row, 'Opportunities', closed.get(idOf(row)))),
  });
}

function withResult(results: Results, accounts: Result): Results {
  return { ...results, byName: new Map([...results.byName, ['accounts', accounts]]) };
}

/** The open ones come first, so the closed ones of a list that is cut are not the latest. */
function needsClosedDeals(account: Row | undefined, limits: Wanted['limits']): boolean {
  if (account === undefined) return false;
  const { rows } = childRows(account, 'Opportunities');
  const open = rows.filter((row) => boolean(row, 'IsClosed') !== true);
  return rows.length >= dealsLimit(limits) && open.length < limits.deals;
}
