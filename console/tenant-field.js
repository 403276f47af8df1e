import { html } from './html.js';

const MAX_LABEL = 60;

/**
 * The field *Tenant*. What it chooses counts on all tabs.
 * @param {{ tenants: readonly { id: string, name: string }[], tenant: string, selectTenant: (id: string) => void }} props
 */
export function TenantField({ tenants, tenant, selectTenant }) {
  return html`<label class="field">
    Tenant
    <select value=${tenant} onChange=${(event) => selectTenant(event.target.value)}>
      ${tenants.map(({ id, name }) => html`<option key=${id} value=${id}>${labelOf(id, name)}</option>`)}
    </select>
  </label>`;
}

/** The name is isolated, so that one written from right to left does not move the id. */
function labelOf(id, name) {
  return name === id ? id : `\u2068${shorten(name)}\u2069 (${id})`;
}

function shorten(name) {
  const characters = Array.from(name.slice(0, 2 * MAX_LABEL));
  return characters.length > MAX_LABEL ? `${characters.slice(0, MAX_LABEL).join('')}…` : name;
}
