import type { CrmRequest } from '../connector/contract.ts';

/** Keeps the labels of CRM requests a closed set, whatever a connector says. */
export interface Operations {
  /** @returns the operation, or `other` for an odd one and for those beyond 64 of one connection. */
  label(connection: string, operation: string): string;
  forget(connection: string): void;
}

const maxOperations = 64;

export function createOperations(): Operations {
  const known = new Map<string, Set<string>>();
  return {
    label(connection, operation) {
      if (operationLabel(operation) === 'other') return 'other';
      const own = known.get(connection) ?? new Set();
      known.set(connection, own);
      if (own.size >= maxOperations && !own.has(operation)) return 'other';
      own.add(operation);
      return operation;
    },
    forget(connection) {
      known.delete(connection);
    },
  };
}

/** @returns the operation if it looks like one, else `other`. */
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
