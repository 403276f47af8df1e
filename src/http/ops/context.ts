import type { Response } from 'express';
import type { Activity } from '../../bridge/activity.ts';
import type { Bridge } from '../../bridge/bridge.ts';
import type { RecentRequests } from '../../bridge/recent.ts';
import type { Reloader } from '../../bridge/reload.ts';
import type { Tenant } from '../../bridge/tenant.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { sendJson } from '../respond.ts';

/** What the routes of the ops listener answer from. */
export interface OpsContext {
  readonly bridge: Bridge;
  readonly reloader: Reloader;
  readonly metrics: Metrics;
  readonly recent: RecentRequests;
  readonly activity: Activity;
  readonly version: string;
  /** Seconds since the start of the process. */
  readonly uptime: () => number;
  /** The public listener accepts and is not draining. */
  readonly serving: () => boolean;
  /** Where the public listener is bound, such as `http://0.0.0.0:8080`; `undefined` before that. */
  readonly publicListenerUrl: () => string | undefined;
}

/** @returns the tenant; `undefined` after a 404. */
export function findTenant({ bridge }: OpsContext, id: unknown, response: Response) {
  const tenant: Tenant | undefined = bridge.current.tenants.get(String(id));
  if (tenant === undefined) sendJson(response, 404, { error: 'unknown tenant' });
  return tenant;
}
