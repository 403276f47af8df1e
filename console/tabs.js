/** The tabs in their order. A tab is a component with the properties that `app.js` describes. */
import { LookupTab } from './lookup/lookup-tab.js';
import { RecentTab } from './recent/recent-tab.js';
import { SetupTab } from './setup/setup-tab.js';
import { StatusTab } from './status/status-tab.js';
import { TemplatesTab } from './templates/templates-tab.js';

/** @type {readonly { id: string, name: string, Tab: Function, wide?: boolean }[]} */
export const TABS = [
  { id: 'status', name: 'Status', Tab: StatusTab },
  { id: 'lookup', name: 'Lookup', Tab: LookupTab },
  { id: 'templates', name: 'Templates', Tab: TemplatesTab, wide: true },
  { id: 'recent', name: 'Recent', Tab: RecentTab },
  { id: 'set-up', name: 'Set-up', Tab: SetupTab },
];
