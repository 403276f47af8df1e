/** The metrics of a store that several processes share; a process without one does not have them. */
import { Counter, Gauge, type Registry } from '@prometheus-io/client';
import {
  SHARED_ENTRY_EVENTS,
  SHARED_FAILURES,
  SHARED_MESSAGE_RESULTS,
  SHARED_OPERATIONS,
  type SharedEvents,
} from '../model/shared-events.ts';

/** Registers them; counters start at 0. */
export function createSharedMetrics(registry: Registry): SharedEvents {
  const registers = [registry];
  const processes = new Gauge({
    name: 'crm_bridge_shared_processes',
    help: 'Processes that share the store, as this one sees them; 0 while it has not joined.',
    registers,
  });
  const calls = new Counter({
    name: 'crm_bridge_shared_calls_total',
    help: 'Calls to the shared store by operation and by result: ok, or why it failed.',
    labelNames: ['operation', 'result'],
    registers,
  });
  const entries = new Counter({
    name: 'crm_bridge_shared_entries_total',
    help: 'Entries of the shared store: hit, stale, miss, unreadable, written, refused.',
    labelNames: ['event'],
    registers,
  });
  const messages = new Counter({
    name: 'crm_bridge_shared_messages_total',
    help: 'Messages of other processes: applied; or skipped as unreadable, unknown, invalid.',
    labelNames: ['result'],
    registers,
  });
  for (const operation of SHARED_OPERATIONS) {
    for (const result of ['ok', ...Object.keys(SHARED_FAILURES)])
      calls.inc({ operation, result }, 0);
  }
  for (const event of SHARED_ENTRY_EVENTS) entries.inc({ event }, 0);
  for (const result of Object.keys(SHARED_MESSAGE_RESULTS)) messages.inc({ result }, 0);
  return {
    joined: (count) => processes.set(count),
    call: (operation, result) => calls.inc({ operation, result }),
    entry: (event) => entries.inc({ event }),
    message: (result) => messages.inc({ result }),
  };
}
