import { html } from '../html.js';
import { TenantField } from '../tenant-field.js';
import { ConnectionTests } from './connection-tests.js';
import { FirstRequest } from './first-request.js';
import { Instructions } from './instructions.js';
import { PasteUrl } from './paste-url.js';

/** All that it takes until SnapEngage asks: the URL, the plugin, the connections, and the first request. */
export function SetupTab({ active, overview, tenant, selectTenant, api }) {
  const chosen = overview.tenants.find(({ id }) => id === tenant);
  if (chosen === undefined) {
    return html`<p class="empty">The configuration has no tenant yet.</p>`;
  }
  return html`<div class="card setup-tenant">
      <${TenantField} tenants=${overview.tenants} tenant=${tenant} selectTenant=${selectTenant} />
      <${FirstRequest} tenant=${chosen} refused=${overview.activity.total.refused} />
    </div>
    <div class="setup-parts">
      <div>
        <${PasteUrl} key=${tenant} tenant=${tenant} active=${active} api=${api} />
        <${Instructions} />
      </div>
      <${ConnectionTests} tenant=${chosen} connections=${overview.connections} api=${api} />
    </div>`;
}
