/** All of the console: its page, and what the page asks for. A new request is a line here. */
import type { Route } from '../../base-app.ts';
import type { OpsContext } from '../context.ts';
import { configurationRoute } from './configuration.ts';
import { forgetRoute } from './forget.ts';
import { liveCheckRoute } from './live-check.ts';
import { lookupRoute } from './lookup.ts';
import { overviewRoute } from './overview.ts';
import { pageRoutes } from './page-routes.ts';
import { recentRoute } from './recent.ts';
import { revealKeyRoute, setUpRoute } from './set-up.ts';
import { templateRoutes } from './templates.ts';

const REQUESTS = [
  overviewRoute,
  configurationRoute,
  lookupRoute,
  forgetRoute,
  recentRoute,
  setUpRoute,
  revealKeyRoute,
  liveCheckRoute,
] as const;

export function consoleRoutes(context: OpsContext): readonly Route[] {
  const requests = REQUESTS.map((route) => route(context));
  return [...pageRoutes(), ...requests, ...templateRoutes(context)];
}
